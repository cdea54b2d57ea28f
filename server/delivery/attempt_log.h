// Log lines about attempts: each at debug; circuits that open and close, and webhooks whose deliveries are
// held and resumed, always. The last two are limited (limits::kHoldLinesPerSecond): a line's `left_out` says
// how many of its kind were not written since the last.
//
// Thread-safe. Owns nothing it is given.
#ifndef HOOKD_DELIVERY_ATTEMPT_LOG_H_
#define HOOKD_DELIVERY_ATTEMPT_LOG_H_

#include "base/clock.h"
#include "base/limits.h"
#include "base/line_limiter.h"
#include "delivery/scheduler.h"
#include "http/http_client.h"
#include "store/records.h"

namespace hookd {

class AttemptLog {
 public:
  explicit AttemptLog(Clock* clock) : clock_(clock) {}

  // The attempt of `task` has ended.
  void Ended(const Scheduler::Task& task, const Attempt& attempt, const Scheduler::Ended& ended);

  // hookd could not make it; `held` if that began a hold of its webhook.
  void NotSent(const Scheduler::Task& task, const HttpResult& result, bool held);

 private:
  Clock* const clock_;
  LineLimiter held_{limits::kHoldLinesPerSecond};
  LineLimiter resumed_{limits::kHoldLinesPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPT_LOG_H_
