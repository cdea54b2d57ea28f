// The result of a write of an engine within a transaction: a value, a refusal, or an error of the engine.
//
// A refusal (ALREADY_EXISTS, ...) is an answer to the caller: nothing was written, and the transaction goes
// on. After an error of the engine the transaction is rolled back, and every write in it with it. Both return
// early with the macros of base/status_macros.h.
//
// Not thread-safe.
#ifndef HOOKD_STORE_COMMIT_WRITE_RESULT_H_
#define HOOKD_STORE_COMMIT_WRITE_RESULT_H_

#include <utility>

#include "absl/base/macros.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace hookd {

// The answer to a write that is refused. Requires: `status` is not OK.
struct Refusal {
  explicit Refusal(absl::Status status) : status(std::move(status)) {}
  absl::Status status;
};

// What a WriteResult has instead of a value.
struct WriteError {
  absl::Status status;
  bool refused = false;  // otherwise an error of the engine
};

template <typename T>
class WriteResult {
 public:
  // Implicit, so that a write returns its value, Refusal(status), or an error of the engine. Requires: the
  // status is not OK.
  WriteResult(T value) : answer_(std::move(value)) {}
  WriteResult(Refusal refusal) : WriteResult(WriteError{std::move(refusal.status), true}) {}
  WriteResult(absl::Status engine_error) : WriteResult(WriteError{std::move(engine_error), false}) {}
  WriteResult(WriteError error) : answer_(std::move(error.status)), refused_(error.refused) {
    ABSL_ASSERT(!answer_.ok());
  }

  // The value or, if there is none, its error as a refusal.
  static WriteResult Answer(absl::StatusOr<T> answer) {
    if (!answer.ok()) return Refusal(std::move(answer).status());
    return *std::move(answer);
  }

  // Whether there is a value.
  bool ok() const { return answer_.ok(); }
  // Requires: there is no value.
  WriteError status() const { return {answer_.status(), refused_}; }
  // Require: there is a value.
  T& operator*() & { return *answer_; }
  T&& operator*() && { return *std::move(answer_); }

  // The value or the refusal as a StatusOr. Requires: not an error of the engine.
  absl::StatusOr<T> TakeAnswer() && { return std::move(answer_); }
  bool is_engine_error() const { return !answer_.ok() && !refused_; }

 private:
  absl::StatusOr<T> answer_;
  bool refused_ = false;
};

}  // namespace hookd

#endif  // HOOKD_STORE_COMMIT_WRITE_RESULT_H_
