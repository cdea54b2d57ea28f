#include "delivery/attempts/endpoint.h"

namespace hookd {

Endpoint::Probe Endpoint::Begin(const Webhook& webhook, absl::Time now) {
  if (webhook.rate_limit.has_value()) rate_.Take(*webhook.rate_limit, now);
  return {.of_circuit = circuit_.Begin(), .of_hold = hold_.Begin()};
}

Endpoint::Change Endpoint::OnEnded(const Probe& probe, bool failed, bool abusive, absl::Duration took,
                                   absl::Time now) {
  Change change{.was_proven = window_.proven()};
  const bool was_closed = circuit_.closed();
  change.resumed_after = hold_.OnSent(now);
  if (failed) {
    circuit_.OnFailure(now, probe.of_circuit, abusive);
    window_.OnFailure();
  } else {
    circuit_.OnSuccess();
    window_.OnSuccess(took);
  }
  change.circuit_opened = was_closed && !circuit_.closed();
  change.circuit_closed = !was_closed && circuit_.closed();
  return change;
}

void Endpoint::OnAbandoned(const Probe& probe, const Webhook& webhook, absl::Time now) {
  circuit_.OnAbandoned(now, probe.of_circuit);
  hold_.OnAbandoned(now, probe.of_hold);
  if (webhook.rate_limit.has_value()) rate_.GiveBack(*webhook.rate_limit);
}

bool Endpoint::OnNotSent(const Probe& probe, const Webhook& webhook, const std::string& error, double jitter,
                         absl::Time now) {
  OnAbandoned(probe, webhook, now);
  return hold_.OnNotSent(now, probe.of_hold, error, jitter);
}

}  // namespace hookd
