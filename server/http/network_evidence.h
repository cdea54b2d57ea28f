// What requests have shown of the network lately, to tell an endpoint's fault from hookd's. Thread-safe.
#ifndef HOOKD_HTTP_NETWORK_EVIDENCE_H_
#define HOOKD_HTTP_NETWORK_EVIDENCE_H_

#include <atomic>
#include <chrono>

#include "absl/time/time.h"
#include "base/limits.h"

namespace hookd {

class NetworkEvidence {
 public:
  // A connection was made; the proxy has passed a request on.
  void NoteConnected() { connected_ = Clock::now(); }
  void NoteProxyPassed() { proxy_passed_ = Clock::now(); }

  // Whether that was so within limits::kNetworkEvidence.
  bool connects() const { return IsRecent(connected_); }
  bool proxy_works() const { return IsRecent(proxy_passed_); }

 private:
  using Clock = std::chrono::steady_clock;
  static bool IsRecent(Clock::time_point time) {
    return time != Clock::time_point::min() &&
           Clock::now() - time < absl::ToChronoNanoseconds(limits::kNetworkEvidence);
  }

  std::atomic<Clock::time_point> connected_ = Clock::time_point::min();
  std::atomic<Clock::time_point> proxy_passed_ = Clock::time_point::min();
};

}  // namespace hookd

#endif  // HOOKD_HTTP_NETWORK_EVIDENCE_H_
