// What hookd counts and measures, in the names Prometheus shows.
//
// Thread-safe, but for Ask, which comes before the first Collect. What is counted often is found once, here:
// a count is an atomic addition, a measurement a short lock. Labels have few values, all known beforehand:
// never a URL, a project or a webhook. Times are in seconds, sizes in bytes.
#ifndef HOOKD_METRICS_METRICS_H_
#define HOOKD_METRICS_METRICS_H_

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace hookd {

// What became of an attempt: the class of the answer's status, or why there was no whole answer.
enum class AttemptOutcome {
  k2xx,
  k3xx,
  k4xx,
  k5xx,
  kOtherStatus,
  kTimeout,
  kResolve,
  kBlocked,  // where it leads, hookd's operator has not allowed
  kConnect,
  kTls,
  kBroken,     // the connection ended before the answer did
  kProtocol,   // the answer was not HTTP, or too long
  kProxy,      // the egress proxy did not pass the request on
  kRoute,      // this machine's network has no way to the address
  kResources,  // the system gave no descriptor, port or memory
  kOther,
};
inline constexpr size_t kAttemptOutcomes = static_cast<size_t>(AttemptOutcome::kOther) + 1;

// Its value of the label `outcome`.
absl::string_view NameOf(AttemptOutcome outcome);

// Why hookd could not make an attempt.
enum class HoldCause {
  kProxy,
  kResolver,
  kRoute,
  kResources,
  kTimeout,
  kOther,
};
inline constexpr size_t kHoldCauses = static_cast<size_t>(HoldCause::kOther) + 1;

// Its value of the label `cause`.
absl::string_view NameOf(HoldCause cause);

class Metrics : public prometheus::Collectable {
 private:
  prometheus::Registry registry_;  // before what it holds

 public:
  using Counter = prometheus::Counter;
  using Histogram = prometheus::Histogram;

  Metrics();

  // --- Calls ---
  // `code` is a gRPC status code.
  void CountCall(int code) { calls_[code >= 0 && code < kCodes ? code : kUnknown]->Increment(); }
  static absl::string_view NameOfCode(int code);

  // --- Accepting ---
  Counter& events_accepted;
  Counter& events_refused_full;         // RESOURCE_EXHAUSTED
  Counter& events_refused_unavailable;  // UNAVAILABLE
  Counter& events_refused_otherwise;
  Counter& deliveries_matched;
  Histogram& accept;  // from a valid event to its answer

  // --- Delivering ---
  void CountAttempt(AttemptOutcome outcome) { attempts_[static_cast<size_t>(outcome)]->Increment(); }
  // hookd could not make an attempt: it is not among those of CountAttempt.
  void CountHeld(HoldCause cause) { held_[static_cast<size_t>(cause)]->Increment(); }
  Histogram& queue_wait;  // from acceptance, or the time a retry is due, to the attempt
  Histogram& attempt;
  Histogram& accept_to_delivered;
  Counter& deliveries_delivered;
  Counter& deliveries_failed;
  Counter& deliveries_canceled;
  Counter& retries_scheduled;
  Counter& disabled_gone;  // webhooks, by hookd
  Counter& disabled_failing;

  // --- Storing ---
  Histogram& commit_writes;
  Histogram& commit;
  Counter& commit_failures;

  // A gauge, or a counter, that somebody else keeps.
  struct Asked {
    std::string name;
    std::string help;
    prometheus::MetricType type;
  };
  // Adds some whose values, in this order, are asked for with every scrape, on a thread of the endpoint's:
  // `values` must be thread-safe and quick, and callable for as long as there are scrapes.
  void Ask(std::vector<Asked> what, std::function<std::vector<double>()> values);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  struct Group {
    std::vector<Asked> what;
    std::function<std::vector<double>()> values;
  };

  static constexpr int kCodes = 17;
  static constexpr int kUnknown = 2;

  std::array<Counter*, kCodes> calls_;
  std::array<Counter*, kAttemptOutcomes> attempts_;
  std::array<Counter*, kHoldCauses> held_;
  std::vector<Group> groups_;
};

// Adds a duration, which clocks that were set may have made less than nothing.
inline void Observe(prometheus::Histogram& histogram, absl::Duration duration) {
  histogram.Observe(duration < absl::ZeroDuration() ? 0 : absl::ToDoubleSeconds(duration));
}

}  // namespace hookd

#endif  // HOOKD_METRICS_METRICS_H_
