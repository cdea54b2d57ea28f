#include "store/read_pool.h"

#include <utility>

#include "base/thread_name.h"

namespace hookd {

ReadPool::ReadPool(std::vector<std::unique_ptr<Database>> connections)
    : connections_(std::move(connections)) {
  threads_.reserve(connections_.size());
  for (const auto& connection : connections_) {
    threads_.emplace_back([this, database = connection.get()] { Run(*database); });
  }
}

ReadPool::~ReadPool() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  for (std::thread& thread : threads_) thread.join();
}

void ReadPool::Push(Read read) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(read));
}

void ReadPool::Run(Database& connection) {
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
      read = std::move(waiting_.front());
      waiting_.pop_front();
    }
    read(connection);
  }
}

}  // namespace hookd
