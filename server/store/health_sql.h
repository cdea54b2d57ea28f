// What the engines' SQL for the health of webhooks shares.
#ifndef HOOKD_STORE_HEALTH_SQL_H_
#define HOOKD_STORE_HEALTH_SQL_H_

#include <cstdint>
#include <limits>
#include <optional>

#include "absl/time/time.h"

// The columns of WebhookHealth, in the order of its fields but for `last_error`, which is the last, so that
// it can be left out.
#define HOOKD_HEALTH_NUMBERS                                                                                 \
  "key, last_success_time, last_failure_time, failing_since, consecutive_failures, circuit_ready, pending, " \
  "epoch"
#define HOOKD_HEALTH_COLUMNS HOOKD_HEALTH_NUMBERS ", last_error"

// The statement's part for rows that are there already.
#define HOOKD_HEALTH_REPLACE                                                                             \
  "ON CONFLICT (key) DO UPDATE SET last_success_time = excluded.last_success_time, last_failure_time = " \
  "excluded.last_failure_time, failing_since = excluded.failing_since, consecutive_failures = "          \
  "excluded.consecutive_failures, circuit_ready = excluded.circuit_ready, pending = excluded.pending, "  \
  "epoch = "                                                                                             \
  "excluded.epoch, last_error = excluded.last_error WHERE webhook_health.epoch <= excluded.epoch"

namespace hookd {

// WebhookHealth::circuit_ready as it is stored: 0 for InfinitePast, the greatest integer for InfiniteFuture.
inline std::optional<int64_t> StoredCircuit(std::optional<absl::Time> ready) {
  if (!ready.has_value()) return std::nullopt;
  if (*ready == absl::InfinitePast()) return 0;
  return absl::ToUnixMicros(*ready);
}

inline absl::Time CircuitFromStored(int64_t stored) {
  if (stored == 0) return absl::InfinitePast();
  if (stored == std::numeric_limits<int64_t>::max()) return absl::InfiniteFuture();
  return absl::FromUnixMicros(stored);
}

}  // namespace hookd

#endif  // HOOKD_STORE_HEALTH_SQL_H_
