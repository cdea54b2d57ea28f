// How many attempts an endpoint may have in flight: few at first, one more after every success, half as many
// after every failure (the slow start and back-off of TCP, RFC 5681). So an endpoint that hangs keeps few
// slots from its first attempt on.
//
// Not thread-safe: the scheduler's.
#ifndef HOOKD_DELIVERY_ATTEMPTS_CONCURRENCY_WINDOW_H_
#define HOOKD_DELIVERY_ATTEMPTS_CONCURRENCY_WINDOW_H_

#include <algorithm>

#include "absl/time/time.h"
#include "base/limits.h"

namespace hookd {

class ConcurrencyWindow {
 public:
  int size() const { return size_; }

  // Whether the last attempt succeeded, and whether it did so within limits::kPromptAnswer.
  bool proven() const { return proven_; }
  bool prompt() const { return prompt_; }

  void OnSuccess(absl::Duration took) {
    proven_ = true;
    prompt_ = took <= limits::kPromptAnswer;
    size_ = std::min(size_ + 1, limits::kMaxMaxConcurrency);
  }
  void OnFailure() {
    proven_ = false;
    prompt_ = false;
    size_ = std::max(size_ / 2, 1);
  }

 private:
  int size_ = limits::kFirstConcurrency;
  bool proven_ = false;
  bool prompt_ = false;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_CONCURRENCY_WINDOW_H_
