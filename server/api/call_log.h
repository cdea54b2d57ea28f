// Logs and counts how calls end: refused callers at the level warning, all other calls at the level debug.
//
// A line has the method, the code and the caller's address, but never the request or the error message, which
// may quote the request. At most tuning::kRefusalsLoggedPerSecond lines per second report refused callers;
// the next line has the number of lines left out.
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
  // Owns neither; both must outlive this.
  CallLog(Metrics* metrics, Clock* clock) : metrics_(metrics), clock_(clock) {}

  // Counts and logs a call of `method` that ended with `code`, a google.rpc.Code.
  void Ended(absl::string_view method, int code, const Caller& caller);

 private:
  Metrics* const metrics_;
  Clock* const clock_;
  LineLimiter refusals_{tuning::kRefusalsLoggedPerSecond};
};

}  // namespace hookd

#endif  // HOOKD_API_CALL_LOG_H_
