#include "store/commit_queue.h"

#include <chrono>
#include <utility>

#include "absl/time/time.h"
#include "base/afterwards.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread_name.h"

namespace hookd {
namespace {

// Between two tries of writes that must succeed: quick to resume, easy on a disk that is full.
constexpr absl::Duration kPause = absl::Milliseconds(100);

// How often a transaction is made again that failed because of another one: each time one of them succeeds.
constexpr int kMostTimes = 10;

}  // namespace

CommitQueue::CommitQueue(Engine engine, size_t max_bytes, std::function<void(const Commit&)> on_commit,
                         absl::Duration patience)
    : engine_(std::move(engine)),
      max_bytes_(max_bytes),
      on_commit_(std::move(on_commit)),
      patience_(patience),
      thread_([this] { Run(); }) {}

CommitQueue::~CommitQueue() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    changed_.Signal();
  }
  thread_.join();
}

void CommitQueue::Push(Write write) {
  {
    absl::MutexLock lock(&mutex_);
    if (write.repeated || write.bytes == 0 || bytes_ < max_bytes_) {
      // Only what Gather may wait for wakes it.
      if ((write.urgent && !urgent_) || (idle_ && waiting_.empty())) changed_.Signal();
      bytes_ += write.bytes;
      urgent_ |= write.urgent;
      waiting_.push_back(std::move(write));
      return;
    }
  }
  write.answer(
      absl::ResourceExhaustedError("more is waiting to be stored than the store keeps up with: try again"));
}

void CommitQueue::Run() {
  NameThread("hookd-store");
  std::vector<Write> batch;
  std::vector<Write> kept;  // writes that must succeed and have not
  bool failing = false;     // the last transaction was not made
  while (true) {
    batch.clear();
    bool closing = false;
    {
      absl::MutexLock lock(&mutex_);
      if (!kept.empty()) {
        Wait([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closing_; }, kPause);
      } else if (failing) {
        Wait([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !waiting_.empty() || closing_; },
             kPause);
      } else {
        Gather();
      }
      batch.swap(waiting_);
      urgent_ = false;
      closing = closing_;
    }
    if (closing && batch.empty() && kept.empty()) return;
    const auto note = [&failing](const absl::Status& status) {
      if (!status.ok() && !failing) LogError("the store cannot be written", {{"error", status.message()}});
      if (status.ok() && failing) LogInfo("the store can be written again");
      failing = !status.ok();
    };
    // Nothing may be written again by itself: nobody would be told that it can be.
    if (failing && batch.empty() && kept.empty() && engine_.try_write) note(CommitAll(batch, false));
    // Apart from the others, which may be what does not fit.
    if (!kept.empty()) note(CommitAll(kept, closing));
    if (batch.empty()) continue;
    pace_.Begin(batch.size(), std::chrono::steady_clock::now());
    note(CommitAll(batch, false));
    for (Write& write : batch) kept.push_back(std::move(write));
  }
}

template <typename Ready>
void CommitQueue::Wait(Ready ready, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  while (!ready() && !changed_.WaitWithDeadline(&mutex_, deadline)) {
  }
}

void CommitQueue::Gather() {
  const auto urgent = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return urgent_ || closing_; };
  // What is not urgent, and comes soon after a transaction, needs to wake nobody by this.
  Wait(urgent, patience_);
  if (waiting_.empty() && !closing_) {
    idle_ = true;
    Wait([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !waiting_.empty() || closing_; },
         absl::InfiniteDuration());
    idle_ = false;
    Wait(urgent, patience_);
  }
  const absl::Duration rest = absl::FromChrono(pace_.next() - std::chrono::steady_clock::now());
  if (rest <= absl::ZeroDuration()) return;
  Wait([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return closing_; }, rest);
}

absl::Status CommitQueue::Transact(const std::vector<Write>& writes) {
  absl::Status status = engine_.begin();
  if (status.ok() && writes.empty()) status = engine_.try_write();
  for (const Write& write : writes) {
    if (!status.ok()) break;
    status = write.apply();
  }
  if (status.ok()) status = engine_.commit();
  if (!status.ok()) engine_.rollback();
  return status;
}

absl::Status CommitQueue::CommitAll(std::vector<Write>& writes, bool last_time) {
  const auto begun = std::chrono::steady_clock::now();
  absl::Status status = Transact(writes);
  for (int times = 1; absl::IsAborted(status) && times < kMostTimes; ++times) status = Transact(writes);
  // To a caller ABORTED would mean that a webhook was changed.
  if (absl::IsAborted(status)) status = absl::UnavailableError(status.message());
  if (on_commit_) {
    on_commit_({.writes = writes.size(),
                .duration = absl::FromChrono(std::chrono::steady_clock::now() - begun),
                .status = status});
  }

  size_t answered_bytes = 0;
  std::vector<Write> kept;
  {
    const Afterwards::Scope answers;
    for (Write& write : writes) {
      if (!status.ok() && write.repeated && !last_time) {
        kept.push_back(std::move(write));
        continue;
      }
      answered_bytes += write.bytes;
      write.answer(status);
    }
  }
  writes = std::move(kept);
  bool idle;
  {
    absl::MutexLock lock(&mutex_);
    bytes_ -= answered_bytes;
    idle = waiting_.empty();
  }
  if (status.ok() && engine_.after_commit) engine_.after_commit(idle);
  return status;
}

}  // namespace hookd
