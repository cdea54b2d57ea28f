// The answers to the writes of one transaction, which are given together on the commit queue's thread: what a
// caller does once for all of them is put off until the last one is answered.
//
// Not thread-safe: it is used within the answers, on their thread.
#ifndef HOOKD_STORE_COMMIT_BATCH_H_
#define HOOKD_STORE_COMMIT_BATCH_H_

#include <functional>
#include <utility>
#include <vector>

namespace hookd {

class CommitBatch {
 public:
  CommitBatch() = default;
  // Does what was put off, in the order of AtEnd.
  ~CommitBatch() {
    for (const auto& action : at_end_) action();
  }
  CommitBatch(const CommitBatch&) = delete;
  CommitBatch& operator=(const CommitBatch&) = delete;

  // Puts the action off until every write of the transaction is answered. The action must not block, and must
  // not use the batch.
  void AtEnd(std::function<void()> action) { at_end_.push_back(std::move(action)); }

  // The same; without a batch, does it now.
  static void AtEndOf(CommitBatch* batch, std::function<void()> action) {
    if (batch == nullptr) return action();
    batch->AtEnd(std::move(action));
  }

 private:
  std::vector<std::function<void()>> at_end_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_BATCH_H_
