// Group commit, for any engine: the writes that arrive during a transaction make up the next one. Under load
// they also gather for a moment (commit_pace.h), and a write that no caller waits for shares a transaction
// with one that a caller waits for. One thread runs the transactions.
//
// Thread-safe. The engine and the writes are used on the queue's thread alone.
#ifndef HOOKD_STORE_COMMIT_COMMIT_QUEUE_H_
#define HOOKD_STORE_COMMIT_COMMIT_QUEUE_H_

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
#include "store/commit/commit_batch.h"
#include "store/commit/commit_pace.h"
#include "store/commit/write_result.h"

namespace hookd {

class CommitQueue {
 public:
  // The operations of the engine. Rollback is called after any other one failed; after ABORTED, which means a
  // conflict with another transaction, the whole transaction is repeated at once.
  struct Engine {
    std::function<absl::Status()> begin;
    std::function<absl::Status()> commit;
    std::function<void()> rollback;
    // Writes something that changes nothing, within a transaction: tests whether the engine can be written
    // again after a failure. May be null.
    std::function<absl::Status()> try_write = nullptr;
    // Work to do after the writes of a committed transaction are answered; `idle`: no write is pending. May
    // be null.
    std::function<void(bool idle)> after_commit = nullptr;
  };

  struct Write {
    // Makes the change, within a transaction. A refusal is OK, and the write keeps it; an error is the
    // engine's: it rolls the transaction back, with every write in it. Called again after a rollback.
    std::function<absl::Status()> apply;
    // Receives the result: the change is durable, or it could not be made. Called once, in the order of Push.
    // Must not block. Those of a transaction are called with the same batch.
    std::function<void(const absl::Status&, CommitBatch&)> answer;
    // The memory that it takes until it is answered; with 0, Push never refuses it.
    size_t bytes = 0;
    // Retried until it succeeds, or the queue closes, rather than answered with an error; Push never refuses
    // it. A write that fails alone is set aside, and retried by itself from time to time.
    bool repeated = false;
    // The delivery that it concerns, for the log; 0 for none.
    int64_t delivery_key = 0;
    // False: no caller waits for it, and it may wait for an urgent write.
    bool urgent = true;
  };

  // The result of a transaction.
  struct Commit {
    size_t writes = 0;  // 0: a test whether the engine can be written again
    absl::Duration duration;
    absl::Status status;   // an error of the engine, not of one write
    bool writable = true;  // the status is OK, and no write is being retried
    size_t set_aside = 0;  // writes that are set aside now
  };

  // `on_commit`, which may be null, is called with every transaction before its writes are answered, on the
  // queue's thread; for one that had to be divided, afterwards and once. Writes that are not urgent wait for
  // at most `patience`. Writes that are set aside are retried after at most `aside_interval`.
  CommitQueue(Engine engine, size_t max_bytes, std::function<void(const Commit&)> on_commit = nullptr,
              absl::Duration patience = tuning::kUnurgentWritePatience,
              absl::Duration aside_interval = absl::Seconds(10));

  // Closes.
  ~CommitQueue();

  // Does the pending writes, then ends. Writes that still fail are answered with their error. Nothing may be
  // pushed after it has returned. Once; blocks.
  void Close() ABSL_LOCKS_EXCLUDED(mutex_);

  // Calls `done` on the queue's thread once it comes round, which it does not if it hangs in a transaction.
  // Not a write: it says nothing of whether the engine can be written, and is never refused. Never blocks.
  void Ping(std::function<void()> done) ABSL_LOCKS_EXCLUDED(mutex_);

  // How many writes wait for a transaction.
  size_t waiting() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return waiting_.size();
  }

  // Never blocks. When `max_bytes` are pending, the write is answered RESOURCE_EXHAUSTED within the call.
  void Push(Write write) ABSL_LOCKS_EXCLUDED(mutex_);

  // Pushes a write that has a result. An error of the engine is what Write::apply returns; a value or a
  // refusal is the answer.
  // `done` gets the result once it is durable, or the error.
  template <typename T>
  void PushResult(size_t bytes, std::function<WriteResult<T>()> apply,
                  std::function<void(absl::StatusOr<T>)> done) ABSL_LOCKS_EXCLUDED(mutex_) {
    auto result = std::make_shared<absl::StatusOr<T>>(absl::UnknownError("not applied"));
    Push({.apply =
              [apply = std::move(apply), result] {
                WriteResult<T> applied = apply();
                if (applied.is_engine_error()) return applied.status().status;
                *result = std::move(applied).TakeAnswer();
                return absl::OkStatus();
              },
          .answer =
              [done = std::move(done), result](const absl::Status& committed, CommitBatch&) {
                done(committed.ok() ? std::move(*result) : absl::StatusOr<T>(committed));
              },
          .bytes = bytes});
  }

 private:
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);
  // Blocks until `ready`, or for `timeout`.
  template <typename Ready>
  void Wait(Ready ready, absl::Duration timeout) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Blocks until there are writes, and no reason to wait for more of them.
  void Gather() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Runs a transaction; several, if the engine can be written but some of the writes fail. Answers the
  // writes, except for repeated ones that failed: after an error of the engine they stay in `writes`, after
  // one of their own they are set aside.
  absl::Status CommitAll(std::vector<Write>& writes, bool last_time) ABSL_LOCKS_EXCLUDED(mutex_);
  // Runs a transaction, and repeats it after conflicts with other transactions.
  absl::Status TransactRepeatedly(const std::vector<Write>& writes);
  // Whether the engine can be written although a transaction failed with that error: a write caused it.
  bool CanWrite(const absl::Status& error);
  // Divides writes that failed together: commits those that can be, and sets the others aside. `failures`
  // counts these, of the whole batch.
  void Divide(std::vector<Write> writes, const absl::Status& error, bool last_time, int& failures)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Answers the writes that are not repeated, and keeps the others in `aside` for RetryAside.
  void SetAside(std::vector<Write> writes, const absl::Status& error, bool last_time,
                std::deque<Write>& aside) ABSL_LOCKS_EXCLUDED(mutex_);
  size_t set_aside() const { return undivided_.size() + refused_.size(); }
  // When RetryAside is due.
  std::chrono::steady_clock::time_point AsideDue() const;
  // Answers the writes, except for repeated ones after an error, which stay in `writes`.
  void AnswerAll(std::vector<Write>& writes, const absl::Status& status, bool last_time)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Retries some of the writes that are set aside, if it is due: sooner while retries succeed.
  void RetryAside(bool last_time) ABSL_LOCKS_EXCLUDED(mutex_);
  void Report(size_t writes, absl::Duration duration, const absl::Status& status);
  // Runs one transaction of these writes; of try_write if there are none.
  absl::Status Transact(const std::vector<Write>& writes);

  const Engine engine_;
  const size_t max_bytes_;
  const std::function<void(const Commit&)> on_commit_;
  const absl::Duration patience_;
  const absl::Duration aside_interval_;
  // Used by the queue's thread alone.
  CommitPace pace_;
  absl::Status kept_error_;  // of the last retry of the writes that Run keeps
  // The writes that are set aside: those that failed alone, and others that failed with them, which are
  // retried first.
  std::deque<Write> refused_, undivided_;
  absl::Duration refused_pause_;
  std::chrono::steady_clock::time_point aside_tried_;
  LineLimiter lines_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;  // rather than a condition of the mutex, which every Push would evaluate
  std::vector<Write> waiting_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> pings_ ABSL_GUARDED_BY(mutex_);
  bool urgent_ ABSL_GUARDED_BY(mutex_) = false;  // a write of waiting_ is urgent
  bool idle_ ABSL_GUARDED_BY(mutex_) = false;    // the thread waits for any write
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;     // of all writes that are not answered
  bool closing_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_COMMIT_QUEUE_H_
