// Group commit, for any engine: writes wait while a transaction is under way, and all that came meanwhile
// make up the next; under load they also gather for a moment (commit_pace.h), and what nobody waits for goes
// with what somebody does. One thread does them.
//
// Thread-safe. The engine and the writes are used on the queue's thread alone.
#ifndef HOOKD_STORE_COMMIT_QUEUE_H_
#define HOOKD_STORE_COMMIT_QUEUE_H_

#include <cstddef>
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
#include "base/limits.h"
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
    // Push.
    bool repeated = false;
    // False: nobody waits for it, and it may wait for a write that is urgent.
    bool urgent = true;
  };

  // One transaction, as it went.
  struct Commit {
    size_t writes = 0;  // 0: a try, whether the engine can be written again
    absl::Duration duration;
    absl::Status status;
  };

  // `on_commit`, if set, is told of every transaction before its writes are answered, on the queue's thread.
  // What is not urgent waits for `patience` at most.
  CommitQueue(Engine engine, size_t max_bytes, std::function<void(const Commit&)> on_commit = nullptr,
              absl::Duration patience = limits::kUnurgentWritePatience);

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

  // One transaction. Answers the writes, but for those to be repeated after an error, which are kept in
  // `writes`.
  absl::Status CommitAll(std::vector<Write>& writes, bool last_time) ABSL_LOCKS_EXCLUDED(mutex_);
  // A transaction of these, or without any of try_write.
  absl::Status Transact(const std::vector<Write>& writes);

  const Engine engine_;
  const size_t max_bytes_;
  const std::function<void(const Commit&)> on_commit_;
  const absl::Duration patience_;
  CommitPace pace_;  // of the queue's thread
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
