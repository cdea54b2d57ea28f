#include "store/commit/commit_queue.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread_name.h"

namespace hookd {
namespace {

// Between two retries of writes: short enough to resume quickly, long enough for a full disk.
constexpr absl::Duration kPause = absl::Milliseconds(100);

// How often a transaction is run that conflicts with others. In each conflict another transaction succeeds.
constexpr int kMaxRuns = 10;

// How many writes of a batch may fail alone before the rest of it is set aside undivided, so that many bad
// writes do not delay the others.
constexpr int kMaxFailures = 16;

// How many of the writes that are set aside are retried at a time.
constexpr size_t kMaxRetried = 256;

// Log lines a second about refused writes.
constexpr int kLines = 2;

}  // namespace

CommitQueue::CommitQueue(Engine engine, size_t max_bytes, std::function<void(const Commit&)> on_commit,
                         absl::Duration patience, absl::Duration aside_interval)
    : engine_(std::move(engine)),
      max_bytes_(max_bytes),
      on_commit_(std::move(on_commit)),
      patience_(patience),
      aside_interval_(aside_interval),
      lines_(kLines),
      thread_([this] { Run(); }) {}

CommitQueue::~CommitQueue() { Close(); }

void CommitQueue::Close() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
    changed_.Signal();
  }
  if (thread_.joinable()) thread_.join();
}

void CommitQueue::Push(Write write) {
  {
    absl::MutexLock lock(&mutex_);
    if (write.repeated || write.bytes == 0 || bytes_ < max_bytes_) {
      // Signals only what Gather may wait for.
      if ((write.urgent && !urgent_) || (idle_ && waiting_.empty())) changed_.Signal();
      bytes_ += write.bytes;
      urgent_ |= write.urgent;
      waiting_.push_back(std::move(write));
      return;
    }
  }
  CommitBatch alone;
  write.answer(absl::ResourceExhaustedError("the store's write queue is full: try again"), alone);
}

void CommitQueue::Ping(std::function<void()> done) {
  absl::MutexLock lock(&mutex_);
  pings_.push_back(std::move(done));
  changed_.Signal();
}

void CommitQueue::Run() {
  NameThread("hookd-store");
  std::vector<Write> batch;
  std::vector<Write> kept;  // repeated writes that have failed
  bool failing = false;     // the last transaction failed
  while (true) {
    batch.clear();
    std::vector<std::function<void()>> pings;
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
      pings.swap(pings_);
      urgent_ = false;
      closing = closing_;
    }
    for (const auto& done : pings) done();
    RetryAside(closing);
    if (closing && batch.empty() && kept.empty()) return;
    const auto note = [this, &failing](absl::Status status) {
      // Small writes may find room on the disk where the kept writes do not.
      if (status.ok()) status = kept_error_;
      if (!status.ok() && !failing) LogError("store not writable", {{"error", status.message()}});
      if (status.ok() && failing) LogInfo("store writable again");
      failing = !status.ok();
    };
    // Without a write, nothing would show that the store can be written again.
    if (failing && batch.empty() && kept.empty() && engine_.try_write) note(CommitAll(batch, false));
    // Separate from the other writes, which may be what does not fit.
    kept_error_ = absl::OkStatus();
    if (!kept.empty()) {
      const absl::Status status = CommitAll(kept, closing);
      note(status);
      kept_error_ = status;
    }
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
  // Writes that are not urgent, and arrive soon after a transaction, do not have to wake this thread.
  Wait(urgent, patience_);
  if (waiting_.empty() && !closing_) {
    idle_ = true;
    Wait([this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(
             mutex_) { return !waiting_.empty() || !pings_.empty() || closing_; },
         absl::FromChrono(AsideDue() - std::chrono::steady_clock::now()));
    idle_ = false;
    if (waiting_.empty()) return;  // a ping, or RetryAside is due
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

absl::Status CommitQueue::TransactRepeatedly(const std::vector<Write>& writes) {
  absl::Status status = Transact(writes);
  for (int times = 1; absl::IsAborted(status) && times < kMaxRuns; ++times) status = Transact(writes);
  // For callers ABORTED means that a webhook was changed.
  return absl::IsAborted(status) ? absl::UnavailableError(status.message()) : status;
}

bool CommitQueue::CanWrite(const absl::Status& error) {
  // A full disk refuses some writes and accepts others.
  if (absl::IsResourceExhausted(error) || !engine_.try_write) return false;
  return TransactRepeatedly({}).ok();
}

void CommitQueue::Report(size_t writes, absl::Duration duration, const absl::Status& status) {
  if (!on_commit_) return;
  on_commit_({.writes = writes,
              .duration = duration,
              .status = status,
              .writable = status.ok() && kept_error_.ok(),
              .set_aside = set_aside()});
}

void CommitQueue::AnswerAll(std::vector<Write>& writes, const absl::Status& status, bool last_time) {
  size_t answered_bytes = 0;
  std::vector<Write> kept;
  {
    CommitBatch batch;
    for (Write& write : writes) {
      if (!status.ok() && write.repeated && !last_time) {
        kept.push_back(std::move(write));
        continue;
      }
      answered_bytes += write.bytes;
      write.answer(status, batch);
    }
  }
  writes = std::move(kept);
  absl::MutexLock lock(&mutex_);
  bytes_ -= answered_bytes;
}

void CommitQueue::Divide(std::vector<Write> writes, const absl::Status& error, bool last_time,
                         int& failures) {
  if (writes.size() == 1) {
    ++failures;
    return SetAside(std::move(writes), error, last_time, refused_);
  }
  if (failures >= kMaxFailures) return SetAside(std::move(writes), error, last_time, undivided_);
  const auto middle = writes.begin() + static_cast<ptrdiff_t>(writes.size() / 2);
  std::vector<Write> second(std::make_move_iterator(middle), std::make_move_iterator(writes.end()));
  writes.erase(middle, writes.end());
  for (std::vector<Write>* half : {&writes, &second}) {
    const absl::Status status = TransactRepeatedly(*half);
    if (status.ok()) {
      AnswerAll(*half, status, last_time);
    } else {
      Divide(std::move(*half), status, last_time, failures);
    }
  }
}

void CommitQueue::SetAside(std::vector<Write> writes, const absl::Status& error, bool last_time,
                           std::deque<Write>& aside) {
  for (const Write& write : writes) {
    if (writes.size() > 1) break;  // not all of them have failed alone
    const auto left_out = lines_.Take(Clock::Real()->Steady());
    if (!left_out.has_value()) continue;
    LogError("write refused by the store",
             {{"delivery", write.delivery_key == 0 ? "" : EncodeId(write.delivery_key)},
              {"error", error.message()},
              {"retried", write.repeated && !last_time ? "later" : "no"},
              {"lines_omitted", *left_out}});
  }
  AnswerAll(writes, error, last_time);
  for (Write& write : writes) aside.push_back(std::move(write));
}

std::chrono::steady_clock::time_point CommitQueue::AsideDue() const {
  const auto due = [this](absl::Duration pause) { return aside_tried_ + absl::ToChronoNanoseconds(pause); };
  if (!undivided_.empty()) return due(kPause);
  return refused_.empty() ? std::chrono::steady_clock::time_point::max() : due(refused_pause_);
}

void CommitQueue::RetryAside(bool last_time) {
  if (!last_time && std::chrono::steady_clock::now() < AsideDue()) return;
  const size_t before = set_aside();
  // The last time, every write is retried once.
  for (size_t left = last_time ? before : std::min(before, size_t{1}); left > 0;) {
    std::deque<Write>& from = undivided_.empty() ? refused_ : undivided_;
    const auto end = from.begin() + static_cast<ptrdiff_t>(std::min(from.size(), kMaxRetried));
    std::vector<Write> again(std::make_move_iterator(from.begin()), std::make_move_iterator(end));
    from.erase(from.begin(), end);
    const bool of_refused = &from == &refused_;
    const size_t refused_before = refused_.size() + (of_refused ? again.size() : 0);
    left -= std::min(left, again.size());
    const absl::Status status = TransactRepeatedly(again);
    if (!status.ok() && CanWrite(status)) {
      int failures = 0;
      Divide(std::move(again), status, last_time, failures);
    } else {
      AnswerAll(again, status, last_time);
      // The engine cannot be written: the writes stay set aside.
      from.insert(from.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
    }
    if (of_refused) {
      refused_pause_ =
          refused_.size() < refused_before ? kPause : std::min(2 * refused_pause_, aside_interval_);
    }
  }
  aside_tried_ = std::chrono::steady_clock::now();
  if (set_aside() == before) return;
  LogInfo("refused writes stored", {{"writes", before - set_aside()}, {"left", set_aside()}});
  Report(0, absl::ZeroDuration(), absl::OkStatus());
}

absl::Status CommitQueue::CommitAll(std::vector<Write>& writes, bool last_time) {
  const auto begun = std::chrono::steady_clock::now();
  const size_t count = writes.size();
  absl::Status status = TransactRepeatedly(writes);
  const bool divided = !status.ok() && count > 0 && CanWrite(status);
  if (divided) {
    int failures = 0;
    if (set_aside() == 0) {
      aside_tried_ = std::chrono::steady_clock::now();
      refused_pause_ = kPause;
    }
    Divide(std::exchange(writes, {}), status, last_time, failures);
    status = absl::OkStatus();
  }
  Report(count, absl::FromChrono(std::chrono::steady_clock::now() - begun), status);
  if (!divided) AnswerAll(writes, status, last_time);
  bool idle;
  {
    absl::MutexLock lock(&mutex_);
    idle = waiting_.empty();
  }
  if (status.ok() && engine_.after_commit) engine_.after_commit(idle);
  return status;
}

}  // namespace hookd
