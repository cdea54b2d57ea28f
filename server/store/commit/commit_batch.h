// The answers to the writes of one transaction, which are given together on the commit queue's thread: what a
// caller does once for all of them is put off until the last one is answered. What answers callers goes
// first.
//
// Not thread-safe: it is used within the answers, on their thread.
#ifndef HOOKD_STORE_COMMIT_COMMIT_BATCH_H_
#define HOOKD_STORE_COMMIT_COMMIT_BATCH_H_

#include <functional>
#include <utility>
#include <vector>

namespace hookd {

class CommitBatch {
 public:
  CommitBatch() = default;
  // Does what was put off: answers, then the rest, each in their order.
  ~CommitBatch() {
    for (const auto& answer : answers_) answer();
    for (const auto& action : rest_) action();
  }
  CommitBatch(const CommitBatch&) = delete;
  CommitBatch& operator=(const CommitBatch&) = delete;

  // Puts an answer, or another action, off until every write of the transaction is answered; without a batch,
  // does it now. The action must not block, and must not use the batch.
  static void Answer(CommitBatch* batch, std::function<void()> answer) {
    if (batch == nullptr) return answer();
    batch->answers_.push_back(std::move(answer));
  }
  static void AfterAnswers(CommitBatch* batch, std::function<void()> action) {
    if (batch == nullptr) return action();
    batch->rest_.push_back(std::move(action));
  }

 private:
  std::vector<std::function<void()>> answers_;
  std::vector<std::function<void()>> rest_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_COMMIT_BATCH_H_
