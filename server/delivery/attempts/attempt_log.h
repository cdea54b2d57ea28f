// Logs attempts: each of them at debug; above that, when circuits open and close, and when the deliveries of
// webhooks are held and resumed. Lines of the last two kinds are limited (tuning::kHoldLinesPerSecond): the
// `left_out` of a line is the number of its kind that were not written since the line before.
//
// Thread-safe. Owns nothing that it is given.
#ifndef HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_LOG_H_
#define HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_LOG_H_

#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/tuning.h"
#include "delivery/attempts/delivery_task.h"
#include "delivery/attempts/endpoint.h"
#include "http/http_client.h"
#include "store/records.h"

namespace hookd {

class AttemptLog {
 public:
  explicit AttemptLog(Clock* clock) : clock_(clock) {}

  // The attempt of `task` has ended.
  void Ended(const DeliveryTask& task, const Attempt& attempt, const Endpoint::Change& change);

  // hookd could not send the attempt of `task`; `held` if that begins a hold of its webhook.
  void NotSent(const DeliveryTask& task, const HttpResult& result, bool held);

 private:
  Clock* const clock_;
  LineLimiter held_{tuning::kHoldLinesPerSecond};
  LineLimiter resumed_{tuning::kHoldLinesPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_LOG_H_
