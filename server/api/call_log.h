// Logs and counts how calls ended: refused callers as warnings, everything else for debugging.
//
// A line has the method, the code and the caller's address; never the request, and never the message, which
// may quote it. At most tuning::kRefusalsLoggedPerSecond lines a second are about refused callers; the next
// line says how many were left out.
//
// Thread-safe.
#ifndef HOOKD_API_CALL_LOG_H_
#define HOOKD_API_CALL_LOG_H_

#include "absl/strings/string_view.h"
#include "api/caller.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/tuning.h"
#include "metrics/metrics.h"

namespace hookd {

class CallLog {
 public:
  // Both must outlive this.
  CallLog(Metrics* metrics, Clock* clock) : metrics_(metrics), clock_(clock) {}

  // A call of the method ended with that code of google.rpc.Code's.
  void Ended(absl::string_view method, int code, const Caller& caller);

 private:
  Metrics* const metrics_;
  Clock* const clock_;
  LineLimiter refusals_{tuning::kRefusalsLoggedPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_API_CALL_LOG_H_
