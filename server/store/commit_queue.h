// Group commit, for any engine: writes wait while a transaction is under way, and all that came meanwhile
// make up the next; under load they also gather for a moment (commit_pace.h), and what nobody waits for goes
// with what somebody does. One thread does them.
//
// Thread-safe. The engine and the writes are used on the queue's thread alone.
#ifndef HOOKD_STORE_COMMIT_QUEUE_H_
#define HOOKD_STORE_COMMIT_QUEUE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/line_limiter.h"
#include "base/tuning.h"
#include "store/commit_pace.h"

namespace hookd {

class CommitQueue {
 public:
  // What the queue does to the engine. Rollback is called after any of the others failed; after ABORTED,
  // which says that another transaction was in the way, all is done again at once.
  struct Engine {
    std::function<absl::Status()> begin;
    std::function<absl::Status()> commit;
    std::function<void()> rollback;
    // Writes something that changes nothing; null for nothing. In a transaction, to see whether the engine
    // can be written again after it could not.
    std::function<absl::Status()> try_write = nullptr;
    // What is put off until the writes of a transaction that was made are answered; `idle`: no other waits.
    // Null for nothing.
    std::function<void(bool idle)> after_commit = nullptr;
  };

  struct Write {
    // Makes the change, within a transaction. A refusal is OK and stays with the write; an error is the
    // engine's: it undoes the transaction, and every write in it. May be called again, after it was undone.
    std::function<absl::Status()> apply;
    // The change is durable, or it could not be made. Called once, in the order of Push, and must not block.
    // Those of a transaction are called within one Afterwards::Scope.
    std::function<void(const absl::Status&)> answer;
    // What it holds in memory until it is answered; with none it is never refused by Push.
    size_t bytes = 0;
    // Done again until it succeeds, or the queue closes, rather than answered with an error; never refused by
    // Push. One that alone cannot be made is set aside, and done again by itself from time to time.
    bool repeated = false;
    // Of the delivery that it is about, for the log; 0: of none.
    int64_t delivery_key = 0;
    // False: nobody waits for it, and it may wait for a write that is urgent.
    bool urgent = true;
  };

  // One transaction, as it went.
  struct Commit {
    size_t writes = 0;  // 0: a try, whether the engine can be written again
    absl::Duration duration;
    absl::Status status;   // an error: of the engine, not of one write
    bool writable = true;  // and no write that must succeed waits for the engine
    size_t set_aside = 0;  // writes that are set aside now
  };

  // `on_commit`, if set, is told of every transaction before its writes are answered, on the queue's thread;
  // of one that had to be divided, afterwards and once.
  // What is not urgent waits for `patience` at most. What is set aside is done again after
  // `aside_interval` at most.
  CommitQueue(Engine engine, size_t max_bytes, std::function<void(const Commit&)> on_commit = nullptr,
              absl::Duration patience = tuning::kUnurgentWritePatience,
              absl::Duration aside_interval = absl::Seconds(10));

  // Does the writes that wait, then ends. What still cannot be written is answered with its error.
  ~CommitQueue();

  // Never blocks. When `max_bytes` wait already, the write is answered RESOURCE_EXHAUSTED from within the
  // call.
  void Push(Write write) ABSL_LOCKS_EXCLUDED(mutex_);

  // Pushes a write that has a result: `apply` gives a value or a refusal, or fails as Write::apply does;
  // `done` is told the result once it is durable, or why it could not be.
  template <typename T>
  void PushResult(size_t bytes, std::function<absl::StatusOr<absl::StatusOr<T>>()> apply,
                  std::function<void(absl::StatusOr<T>)> done) ABSL_LOCKS_EXCLUDED(mutex_) {
    auto result = std::make_shared<absl::StatusOr<T>>(absl::UnknownError("not applied"));
    Push({.apply =
              [apply = std::move(apply), result] {
                auto applied = apply();
                if (!applied.ok()) return applied.status();
                *result = *std::move(applied);
                return absl::OkStatus();
              },
          .answer =
              [done = std::move(done), result](const absl::Status& committed) {
                done(committed.ok() ? std::move(*result) : absl::StatusOr<T>(committed));
              },
          .bytes = bytes});
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until `ready`, or for `timeout`.
  template <typename Ready>
  void Wait(Ready ready, absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Blocks until there is something to write, and no reason to wait for more.
  void Gather() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // One transaction; more, if the engine can be written but not all of these. Answers the writes, except for
  // those to be repeated: after an error of the engine they are kept in `writes`, after one of their own they
  // are set aside.
  absl::Status CommitAll(std::vector<Write>& writes, bool last_time) ABSL_LOCKS_EXCLUDED(mutex_);
  // One transaction, made again while another one is in the way.
  absl::Status TransactRepeatedly(const std::vector<Write>& writes);
  // Whether the engine can be written, though a transaction failed with that error: the fault is a write's.
  bool CanWrite(const absl::Status& error);
  // Writes that failed together: makes those that it can, and sets the bad ones aside. `failures` counts
  // those, of the whole batch.
  void Divide(std::vector<Write> writes, const absl::Status& error, bool last_time, int& failures)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Answers those that need not succeed, and keeps the others in `aside` for RetryAside.
  void SetAside(std::vector<Write> writes, const absl::Status& error, bool last_time,
                std::deque<Write>& aside) ABSL_LOCKS_EXCLUDED(mutex_);
  size_t set_aside() const { return undivided_.size() + refused_.size(); }
  // When RetryAside is to be called next.
  std::chrono::steady_clock::time_point AsideDue() const;
  // Answers them, but for those to be repeated after an error, which are kept in `writes`.
  void AnswerAll(std::vector<Write>& writes, const absl::Status& status, bool last_time)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Does some of what is set aside again, if it is time: the sooner while that helps.
  void RetryAside(bool last_time) ABSL_LOCKS_EXCLUDED(mutex_);
  void Tell(size_t writes, absl::Duration duration, const absl::Status& status);
  // A transaction of these, or without any of try_write.
  absl::Status Transact(const std::vector<Write>& writes);

  const Engine engine_;
  const size_t max_bytes_;
  const std::function<void(const Commit&)> on_commit_;
  const absl::Duration patience_;
  const absl::Duration aside_interval_;
  // Of the queue's thread.
  CommitPace pace_;
  absl::Status kept_error_;  // of the last try of writes that must succeed and have not
  // What is set aside: beside those that were refused alone, others that failed with them; these come first.
  std::deque<Write> refused_, undivided_;
  absl::Duration refused_pause_;
  std::chrono::steady_clock::time_point aside_tried_;
  LineLimiter lines_;
  absl::Mutex mutex_;
  absl::CondVar changed_;  // rather than a condition of the lock, which every Push would have to look at
  std::vector<Write> waiting_ ABSL_GUARDED_BY(mutex_);
  bool urgent_ ABSL_GUARDED_BY(mutex_) = false;  // something of what waits is
  bool idle_ ABSL_GUARDED_BY(mutex_) = false;    // the thread waits for whatever comes
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;     // of all that is not yet answered
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_QUEUE_H_
