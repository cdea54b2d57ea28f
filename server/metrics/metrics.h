// The metrics of hookd, under their Prometheus names.
//
// Thread-safe. Frequent metrics are looked up once, here: a count is an atomic addition, and an observation
// takes a short lock. Labels have few values, all known in advance: never a URL, a project or a webhook.
// Times are in seconds and sizes in bytes.
#ifndef HOOKD_METRICS_METRICS_H_
#define HOOKD_METRICS_METRICS_H_

#include <array>
#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "prometheus/collectable.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace hookd {

// The result of an attempt: the class of the response's status, or why there was no complete response.
enum class AttemptOutcome {
  k2xx,
  k3xx,
  k4xx,
  k5xx,
  kOtherStatus,
  kTimeout,
  kResolve,
  kBlocked,  // the operator has not allowed the address or port
  kConnect,
  kTls,
  kBroken,     // the connection ended before the response did
  kProtocol,   // the response was not HTTP, or too long
  kProxy,      // the egress proxy did not pass the request on
  kRoute,      // this machine has no route to the address
  kResources,  // no descriptor, port or memory left
  kOther,
};
inline constexpr size_t kAttemptOutcomes = static_cast<size_t>(AttemptOutcome::kOther) + 1;

// Returns the value of the label `outcome`.
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

// Returns the value of the label `cause`.
absl::string_view NameOf(HoldCause cause);

class Metrics : public prometheus::Collectable {
 private:
  prometheus::Registry registry_;  // declared before the metrics that it holds

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
  // hookd could not make an attempt. CountAttempt does not count it.
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
  Counter& stats_damaged;  // hours of statistics

  // A gauge or a counter whose value is kept elsewhere.
  struct Asked {
    std::string name;
    std::string help;
    prometheus::MetricType type;
  };
  // Adds metrics whose values, in this order, are read at every scrape, on a thread of the endpoint. `values`
  // must be thread-safe and fast, and callable as long as there are scrapes.
  void Ask(std::vector<Asked> what, std::function<std::vector<double>()> values) ABSL_LOCKS_EXCLUDED(mutex_);

  std::vector<prometheus::MetricFamily> Collect() const override ABSL_LOCKS_EXCLUDED(mutex_);

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
  mutable absl::Mutex mutex_;
  std::vector<Group> groups_ ABSL_GUARDED_BY(mutex_);
};

// Observes a duration. A clock change may have made it negative; then it counts as 0.
inline void Observe(prometheus::Histogram& histogram, absl::Duration duration) {
  histogram.Observe(duration < absl::ZeroDuration() ? 0 : absl::ToDoubleSeconds(duration));
}

}  // namespace hookd

#endif  // HOOKD_METRICS_METRICS_H_
