#include "metrics/metrics.h"

#include <utility>

#include "base/version.h"

namespace hookd {
namespace {

using prometheus::Counter;
using prometheus::Histogram;
using prometheus::Labels;
using prometheus::Registry;

// What is over in a moment, and what may wait for days behind an endpoint that is down.
const Histogram::BucketBoundaries kMoments = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                              0.25,   0.5,   1,      2.5,   5,    10,    30};
const Histogram::BucketBoundaries kWaits = {0.001, 0.005, 0.01, 0.05, 0.1,  0.5,   1,    5,
                                            10,    30,    60,   300,  1800, 10800, 86400};
const Histogram::BucketBoundaries kBatches = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000};

// Asked for a family it has, the registry gives that one.
Counter& AddCounter(Registry& registry, const char* name, const char* help, const Labels& labels = {}) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry).Add(labels);
}

Histogram& AddHistogram(Registry& registry, const char* name, const char* help,
                        const Histogram::BucketBoundaries& buckets) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry).Add({}, buckets);
}

Counter& AddRefused(Registry& registry, const char* reason) {
  return AddCounter(registry, "hookd_events_refused_total", "Valid events that were rejected, by reason",
                    {{"reason", reason}});
}

Counter& AddEnded(Registry& registry, const char* state) {
  return AddCounter(registry, "hookd_deliveries_ended_total", "Deliveries that ended, by state",
                    {{"state", state}});
}

Counter& AddDisabled(Registry& registry, const char* reason) {
  return AddCounter(registry, "hookd_webhooks_auto_disabled_total", "Webhooks that hookd disabled, by reason",
                    {{"reason", reason}});
}

}  // namespace

absl::string_view NameOf(AttemptOutcome outcome) {
  switch (outcome) {
    case AttemptOutcome::k2xx:
      return "2xx";
    case AttemptOutcome::k3xx:
      return "3xx";
    case AttemptOutcome::k4xx:
      return "4xx";
    case AttemptOutcome::k5xx:
      return "5xx";
    case AttemptOutcome::kOtherStatus:
      return "other_status";
    case AttemptOutcome::kTimeout:
      return "timeout";
    case AttemptOutcome::kResolve:
      return "resolve";
    case AttemptOutcome::kBlocked:
      return "blocked";
    case AttemptOutcome::kConnect:
      return "connect";
    case AttemptOutcome::kTls:
      return "tls";
    case AttemptOutcome::kBroken:
      return "broken";
    case AttemptOutcome::kProtocol:
      return "protocol";
    case AttemptOutcome::kProxy:
      return "proxy";
    case AttemptOutcome::kRoute:
      return "route";
    case AttemptOutcome::kResources:
      return "resources";
    case AttemptOutcome::kOther:
      return "other";
  }
  return "other";
}

absl::string_view NameOf(HoldCause cause) {
  switch (cause) {
    case HoldCause::kProxy:
      return "proxy";
    case HoldCause::kResolver:
      return "resolver";
    case HoldCause::kRoute:
      return "route";
    case HoldCause::kResources:
      return "resources";
    case HoldCause::kTimeout:
      return "timeout";
    case HoldCause::kOther:
      return "other";
  }
  return "other";
}

Metrics::Metrics()
    : events_accepted(AddCounter(registry_, "hookd_events_accepted_total", "Events that were stored")),
      events_refused_full(AddRefused(registry_, "full")),
      events_refused_unavailable(AddRefused(registry_, "unavailable")),
      events_refused_otherwise(AddRefused(registry_, "other")),
      deliveries_matched(
          AddCounter(registry_, "hookd_deliveries_matched_total",
                     "Deliveries that were stored, one for each webhook that an event matched")),
      accept(AddHistogram(registry_, "hookd_accept_seconds",
                          "Time from the validation of a call's events to its response", kMoments)),
      queue_wait(AddHistogram(registry_, "hookd_queue_wait_seconds",
                              "Time from acceptance, or from when a retry is due, to the attempt", kWaits)),
      attempt(AddHistogram(registry_, "hookd_attempt_seconds", "Duration of an attempt, whatever its result",
                           kMoments)),
      accept_to_delivered(
          AddHistogram(registry_, "hookd_accept_to_delivered_seconds",
                       "Time from the acceptance of an event to its delivery, including retries", kWaits)),
      deliveries_delivered(AddEnded(registry_, "delivered")),
      deliveries_failed(AddEnded(registry_, "failed")),
      deliveries_canceled(AddEnded(registry_, "canceled")),
      retries_scheduled(
          AddCounter(registry_, "hookd_retries_scheduled_total", "Failed attempts that will be retried")),
      disabled_gone(AddDisabled(registry_, "gone")),
      disabled_failing(AddDisabled(registry_, "failing")),
      commit_writes(
          AddHistogram(registry_, "hookd_store_commit_writes", "Writes in one transaction", kBatches)),
      commit(AddHistogram(registry_, "hookd_store_commit_seconds",
                          "Duration of a transaction, including the sync to disk", kMoments)),
      commit_failures(AddCounter(registry_, "hookd_store_commit_failures_total", "Transactions that failed")),
      stats_damaged(AddCounter(registry_, "hookd_stats_damaged_total",
                               "Hours of statistics that were damaged when they were read")) {
  auto& calls = prometheus::BuildCounter()
                    .Name("hookd_calls_total")
                    .Help("Calls of the API that ended, over gRPC or HTTP, by status code")
                    .Register(registry_);
  for (int code = 0; code < kCodes; ++code) {
    calls_[code] = &calls.Add({{"code", std::string(NameOfCode(code))}});
  }
  auto& attempts = prometheus::BuildCounter()
                       .Name("hookd_attempts_total")
                       .Help("Attempts that ended, by status class or by why there was no complete response")
                       .Register(registry_);
  for (size_t i = 0; i < kAttemptOutcomes; ++i) {
    attempts_[i] = &attempts.Add({{"outcome", std::string(NameOf(static_cast<AttemptOutcome>(i)))}});
  }
  auto& held = prometheus::BuildCounter()
                   .Name("hookd_attempts_held_total")
                   .Help("Attempts that hookd itself could not make, by cause; their deliveries stay pending")
                   .Register(registry_);
  for (size_t i = 0; i < kHoldCauses; ++i) {
    held_[i] = &held.Add({{"cause", std::string(NameOf(static_cast<HoldCause>(i)))}});
  }
  prometheus::BuildGauge()
      .Name("hookd_build_info")
      .Help("The version of hookd; the value is always 1")
      .Register(registry_)
      .Add({{"version", kVersion}})
      .Set(1);
}

absl::string_view Metrics::NameOfCode(int code) {
  static constexpr std::array<absl::string_view, kCodes> kNames = {
      "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
      "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
      "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
      "DATA_LOSS", "UNAUTHENTICATED"};
  return kNames[code >= 0 && code < kCodes ? code : kUnknown];
}

void Metrics::Ask(std::vector<Asked> what, std::function<std::vector<double>()> values) {
  absl::MutexLock lock(&mutex_);
  groups_.push_back({std::move(what), std::move(values)});
}

std::vector<prometheus::MetricFamily> Metrics::Collect() const {
  std::vector<prometheus::MetricFamily> families = registry_.Collect();
  absl::MutexLock lock(&mutex_);
  for (const Group& group : groups_) {
    const std::vector<double> values = group.values();
    for (size_t i = 0; i < group.what.size(); ++i) {
      prometheus::ClientMetric metric;
      metric.gauge.value = values[i];
      metric.counter.value = values[i];
      const Asked& asked = group.what[i];
      families.push_back({.name = asked.name, .help = asked.help, .type = asked.type, .metric = {metric}});
    }
  }
  return families;
}

}  // namespace hookd
