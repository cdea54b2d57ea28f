#include "store/commit_queue.h"

#include <utility>

#include "absl/time/time.h"
#include "spdlog/spdlog.h"

namespace hookd {
namespace {

// Between two tries of writes that must succeed: quick to resume, easy on a disk that is full.
constexpr absl::Duration kPause = absl::Milliseconds(100);

}  // namespace

CommitQueue::CommitQueue(Engine engine, size_t max_bytes)
    : engine_(std::move(engine)), max_bytes_(max_bytes), thread_([this] { Run(); }) {}

CommitQueue::~CommitQueue() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  thread_.join();
}

void CommitQueue::Push(Write write) {
  {
    absl::MutexLock lock(&mutex_);
    if (write.repeated || bytes_ < max_bytes_) {
      bytes_ += write.bytes;
      waiting_.push_back(std::move(write));
      return;
    }
  }
  write.answer(
      absl::ResourceExhaustedError("more is waiting to be stored than the store keeps up with: try again"));
}

void CommitQueue::Run() {
  std::vector<Write> batch;
  std::vector<Write> kept;  // writes that must succeed and have not
  while (true) {
    batch.clear();
    bool closing = false;
    {
      absl::MutexLock lock(&mutex_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return !waiting_.empty() || closing_;
      };
      if (kept.empty()) {
        mutex_.Await(absl::Condition(&has_work));
      } else {
        mutex_.AwaitWithTimeout(absl::Condition(&closing_), kPause);
      }
      batch.swap(waiting_);
      closing = closing_;
    }
    if (closing && batch.empty() && kept.empty()) return;
    // Apart from the others, which may be what does not fit.
    if (!kept.empty()) {
      const absl::Status status = Commit(kept, closing);
      if (status.ok()) spdlog::info("the store can be written again");
    }
    if (batch.empty()) continue;
    const absl::Status status = Commit(batch, false);
    if (!status.ok() && kept.empty()) spdlog::error("writing failed: {}", status.message().data());
    for (Write& write : batch) kept.push_back(std::move(write));
  }
}

absl::Status CommitQueue::Commit(std::vector<Write>& writes, bool last_time) {
  absl::Status status = engine_.begin();
  for (const Write& write : writes) {
    if (!status.ok()) break;
    status = write.apply();
  }
  if (status.ok()) status = engine_.commit();
  if (!status.ok()) engine_.rollback();

  size_t answered_bytes = 0;
  std::vector<Write> kept;
  for (Write& write : writes) {
    if (!status.ok() && write.repeated && !last_time) {
      kept.push_back(std::move(write));
      continue;
    }
    answered_bytes += write.bytes;
    write.answer(status);
  }
  writes = std::move(kept);
  absl::MutexLock lock(&mutex_);
  bytes_ -= answered_bytes;
  return status;
}

}  // namespace hookd
