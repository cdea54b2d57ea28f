// Threads that read from a store, each with its own connection. Thread-safe.
#ifndef HOOKD_STORE_READ_POOL_H_
#define HOOKD_STORE_READ_POOL_H_

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "base/thread_name.h"
#include "store/fair_queue.h"

namespace hookd {

// `Connection` is used by one thread at a time.
template <typename Connection>
class ReadPool {
 public:
  using Read = std::function<void(Connection&)>;

  // One thread for each connection.
  explicit ReadPool(std::vector<std::unique_ptr<Connection>> connections)
      : connections_(std::move(connections)) {
    threads_.reserve(connections_.size());
    for (const auto& connection : connections_) {
      threads_.emplace_back([this, each = connection.get()] { Run(*each); });
    }
  }

  // Does the pending reads, then ends.
  ~ReadPool() {
    {
      absl::MutexLock lock(&mutex_);
      closing_ = true;
    }
    for (std::thread& thread : threads_) thread.join();
  }

  // Never blocks. `read` is called once, on a thread of the pool. The reads of different holders, such as
  // projects, take turns.
  void Push(const std::string& holder, Read read) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    waiting_.Push(holder, std::move(read));
  }
  // The same for reads of hookd itself, which are one holder.
  void Push(Read read) ABSL_LOCKS_EXCLUDED(mutex_) { Push(std::string(), std::move(read)); }

 private:
  void Run(Connection& connection) ABSL_LOCKS_EXCLUDED(mutex_) {
    NameThread("hookd-read");
    while (true) {
      Read read;
      {
        absl::MutexLock lock(&mutex_);
        const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
          return !waiting_.empty() || closing_;
        };
        mutex_.Await(absl::Condition(&has_work));
        if (waiting_.empty()) return;
        read = waiting_.Pop();
      }
      read(connection);
    }
  }

  const std::vector<std::unique_ptr<Connection>> connections_;
  absl::Mutex mutex_;
  FairQueue<Read> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_READ_POOL_H_
