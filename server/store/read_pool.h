// Threads that read from the embedded store, each with a connection of its own. Thread-safe.
#ifndef HOOKD_STORE_READ_POOL_H_
#define HOOKD_STORE_READ_POOL_H_

#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "store/sqlite_database.h"

namespace hookd {

class ReadPool {
 public:
  using Read = std::function<void(Database&)>;

  // One thread for each connection.
  explicit ReadPool(std::vector<std::unique_ptr<Database>> connections);

  // Does the reads that wait, then ends.
  ~ReadPool();

  // Never blocks; `read` is called once, on a thread of the pool's.
  void Push(Read read) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run(Database& connection) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::vector<std::unique_ptr<Database>> connections_;
  absl::Mutex mutex_;
  std::deque<Read> waiting_ ABSL_GUARDED_BY(mutex_);
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_READ_POOL_H_
