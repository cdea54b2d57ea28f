#include "delivery/acceptor.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/log.h"
#include "delivery/dispatcher.h"
#include "delivery/event_feed.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/statistics/statistics.h"

namespace hookd {
namespace {

// The least time between two log lines about refused events.
constexpr absl::Duration kRefusalLogInterval = absl::Seconds(10);

// How many first answers are looked up at a time while events are refused. More are refused without a lookup,
// so that a flood of them does not delay other reads.
constexpr int kMaxLookups = 1000;

}  // namespace

void Acceptor::Accept(std::string project, std::vector<ValidEvent> events,
                      std::optional<RequestId> request_id, Done done) {
  // What the dispatcher needs of an event once it is stored.
  struct Matched {
    int type;
    std::shared_ptr<const std::string> json;
    std::vector<int64_t> webhooks;
    std::shared_ptr<const TraceContext> trace;
  };
  const absl::Time begun = clock_->Steady();
  std::vector<NewEvent> stored;
  std::vector<Matched> matched;
  stored.reserve(events.size());
  matched.reserve(events.size());
  int64_t count = 0;
  for (ValidEvent& event : events) {
    std::vector<int64_t> keys = table_->Wanting(project, event.type);
    count += static_cast<int64_t>(keys.size());
    stored.push_back(
        {.type = event.type, .event = std::move(event.event), .webhooks = keys, .trace = event.trace});
    matched.push_back({.type = event.type,
                       .json = std::move(event.json),
                       .webhooks = std::move(keys),
                       .trace = std::move(event.trace)});
  }
  const absl::Status counted = counts_->Add(project, count);
  if (!counted.ok())
    return RefuseUnlessRepeated(project, request_id, matched.size(), counted, std::move(done));
  store_->AcceptEvents(
      project, std::move(stored), request_id,
      [this, begun, project, count, request_id, matched = std::move(matched),
       done = std::move(done)](absl::StatusOr<Store::Accepted> accepted) {
        if (!accepted.ok() || accepted->repeated) counts_->Remove(project, count);
        if (!accepted.ok()) {
          // PostgreSQL may have committed what it did not answer.
          if (store_->cluster() != nullptr && absl::IsUnavailable(accepted.status())) {
            statistics_->OnCommitUnknown();
          }
          return RefuseUnlessRepeated(project, request_id, matched.size(), accepted.status(), done);
        }
        Observe(metrics_->accept, clock_->Steady() - begun);
        std::vector<QueuedDelivery> deliveries;
        if (!accepted->repeated) {
          metrics_->events_accepted.Increment(static_cast<double>(matched.size()));
          metrics_->deliveries_matched.Increment(static_cast<double>(count));
          deliveries.reserve(static_cast<size_t>(count));
          for (size_t i = 0; i < matched.size(); ++i) {
            const int64_t event_key = accepted->events[i].key;
            statistics_->CountEvent({project, accepted->project_key}, event_key, matched[i].webhooks);
            int64_t key = event_key;
            for (int64_t webhook_key : matched[i].webhooks) {
              deliveries.push_back({.key = ++key,
                                    .event_key = event_key,
                                    .webhook_key = webhook_key,
                                    .event_type = matched[i].type,
                                    .body = matched[i].json,
                                    .trace = matched[i].trace});
            }
            if (IsLogged(LogLevel::kDebug)) {
              LogDebug("event accepted",
                       {{"event", absl::StrCat("projects/", project, "/events/", EncodeId(event_key))},
                        {"webhooks", matched[i].webhooks.size()},
                        {"trace_id", TraceIdOf(matched[i].trace.get())}});
            }
          }
        }
        // Answers before deliveries: callers wait for the former, and one wake-up of the HTTP loop is enough
        // for all events of the transaction.
        CommitBatch* const batch = accepted->batch;
        const int64_t project_key = accepted->project_key;
        done(*std::move(accepted));
        events_->OnAccepted(project);
        CommitBatch::AfterAnswers(batch,
                                  [this, project, project_key, deliveries = std::move(deliveries)]() mutable {
                                    dispatcher_->Enqueue(project, project_key, std::move(deliveries));
                                  });
      });
}

void Acceptor::RefuseUnlessRepeated(const std::string& project, const std::optional<RequestId>& request_id,
                                    size_t events, const absl::Status& status, Done done) {
  // Any other error is about this call, its request id included.
  const bool full_or_away = absl::IsResourceExhausted(status) || absl::IsUnavailable(status);
  if (!request_id.has_value() || !full_or_away) {
    Refuse(events, status);
    return done(status);
  }
  if (++lookups_ > kMaxLookups) {
    --lookups_;
    Refuse(events, status);
    return done(status);
  }
  store_->FindAccepted(project, *request_id, [this, events, status, done = std::move(done)](auto first) {
    --lookups_;
    if (first.ok()) return done(*std::move(first));
    // The request id was used for other content, so that a retry would not help.
    const bool misused = absl::IsInvalidArgument(first.status());
    const absl::Status& refusal = misused ? first.status() : status;
    Refuse(events, refusal);
    done(refusal);
  });
}

void Acceptor::Refuse(size_t events, const absl::Status& status) {
  Metrics::Counter& counter = absl::IsResourceExhausted(status) ? metrics_->events_refused_full
                              : absl::IsUnavailable(status)     ? metrics_->events_refused_unavailable
                                                                : metrics_->events_refused_otherwise;
  counter.Increment(static_cast<double>(events));
  // Other refusals are mistakes of the caller, who gets the error.
  if (!absl::IsResourceExhausted(status) && !absl::IsUnavailable(status)) return;
  const int64_t now = absl::ToUnixSeconds(clock_->Steady());
  int64_t last = refusal_logged_;
  if (now - last < absl::ToInt64Seconds(kRefusalLogInterval)) return;
  // Of several threads, one logs it.
  if (refusal_logged_.compare_exchange_strong(last, now)) {
    LogWarning("events refused", {{"reason", status.message()}});
  }
}

int Acceptor::CountWebhooks(absl::string_view project, int type) const {
  return static_cast<int>(table_->CountWanting(project, type));
}

}  // namespace hookd
