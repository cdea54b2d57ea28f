#include "delivery/attempts/attempt_log.h"

#include "base/ids.h"
#include "base/log.h"
#include "delivery/attempts/attempt.h"
#include "delivery/webhooks.h"
#include "http/url.h"

namespace hookd {

void AttemptLog::Ended(const DeliveryTask& task, const Attempt& attempt, const Endpoint::Change& change) {
  const Webhook& webhook = *task.webhook;
  if (IsLogged(LogLevel::kDebug)) {
    LogDebug(attempt.error.empty() ? "attempt succeeded" : "attempt failed",
             {{"webhook", NameOf(webhook)},
              {"event", EncodeId(task.delivery.event_key)},
              {"attempt", attempt.number},
              {"status", attempt.response_status},
              {"error", LoggedError(attempt)},
              {"seconds", absl::ToDoubleSeconds(attempt.total)},
              {"trace_id", TraceIdOf(task.delivery.trace.get())}});
  }
  if (change.circuit_opened) {
    LogWarning(
        "circuit opened: every attempt fails",
        {{"webhook", NameOf(webhook)}, {"endpoint", OriginOf(webhook.url)}, {"error", LoggedError(attempt)}});
  }
  if (change.circuit_closed) {
    LogInfo("circuit closed: the endpoint answers again",
            {{"webhook", NameOf(webhook)}, {"endpoint", OriginOf(webhook.url)}});
  }
  if (!change.resumed_after.has_value()) return;
  if (const auto left_out = resumed_.Take(clock_->Steady()); left_out.has_value()) {
    LogInfo("deliveries resumed", {{"webhook", NameOf(webhook)},
                                   {"held_seconds", absl::ToInt64Seconds(*change.resumed_after)},
                                   {"left_out", *left_out}});
  }
}

void AttemptLog::NotSent(const DeliveryTask& task, const HttpResult& result, bool held) {
  const Webhook& webhook = *task.webhook;
  const absl::string_view cause = NameOf(HoldCauseOf(result));
  if (IsLogged(LogLevel::kDebug)) {
    LogDebug("attempt could not be sent", {{"webhook", NameOf(webhook)},
                                           {"event", EncodeId(task.delivery.event_key)},
                                           {"attempt", task.delivery.attempt},
                                           {"cause", cause},
                                           {"error", result.error},
                                           {"trace_id", TraceIdOf(task.delivery.trace.get())}});
  }
  if (!held) return;
  if (const auto left_out = held_.Take(clock_->Steady()); left_out.has_value()) {
    LogWarning("deliveries held: hookd cannot send", {{"webhook", NameOf(webhook)},
                                                      {"endpoint", OriginOf(webhook.url)},
                                                      {"cause", cause},
                                                      {"error", result.error},
                                                      {"left_out", *left_out}});
  }
}

}  // namespace hookd
