// What recent requests revealed about the network, to distinguish faults of endpoints from faults of hookd.
// Thread-safe.
#ifndef HOOKD_HTTP_NAMES_NETWORK_EVIDENCE_H_
#define HOOKD_HTTP_NAMES_NETWORK_EVIDENCE_H_

#include <atomic>
#include <chrono>

#include "absl/time/time.h"
#include "base/tuning.h"

namespace hookd {

class NetworkEvidence {
 public:
  // An endpoint was reached; the proxy forwarded a request.
  void NoteConnected() { connected_ = Clock::now(); }
  void NoteProxyPassed() { proxy_passed_ = Clock::now(); }

  // Whether that happened within tuning::kNetworkEvidence, or tuning::kProxyEvidence.
  bool connects() const { return IsWithin(tuning::kNetworkEvidence, connected_); }
  bool proxy_works() const { return IsWithin(tuning::kProxyEvidence, proxy_passed_); }

 private:
  using Clock = std::chrono::steady_clock;
  static bool IsWithin(absl::Duration span, Clock::time_point time) {
    return time != Clock::time_point::min() && Clock::now() - time < absl::ToChronoNanoseconds(span);
  }

  std::atomic<Clock::time_point> connected_ = Clock::time_point::min();
  std::atomic<Clock::time_point> proxy_passed_ = Clock::time_point::min();
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NAMES_NETWORK_EVIDENCE_H_
