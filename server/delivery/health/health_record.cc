#include "delivery/health/health_record.h"

#include <optional>

#include "base/limits.h"
#include "base/utf8.h"
#include "store/health_sql.h"

namespace hookd {
namespace {

constexpr auto kRelaxed = std::memory_order_relaxed;

std::optional<absl::Time> TimeOrNone(int64_t micros) {
  return micros == 0 ? std::nullopt : std::optional(absl::FromUnixMicros(micros));
}

int64_t MicrosOrNone(const std::optional<absl::Time>& time) {
  return time.has_value() ? absl::ToUnixMicros(*time) : 0;
}

}  // namespace

void HealthRecord::OnSuccess(absl::Time now, int64_t epoch) {
  last_success_.store(absl::ToUnixMicros(now), kRelaxed);
  epoch_.store(epoch, kRelaxed);
  if (consecutive_failures_.load(kRelaxed) == 0) return;
  consecutive_failures_.store(0, kRelaxed);
  failing_since_.store(0, kRelaxed);
  urgent_.store(true, kRelaxed);
}

void HealthRecord::OnFailure(absl::Time now, absl::string_view error, int64_t epoch) {
  const int64_t micros = absl::ToUnixMicros(now);
  const int64_t failures = consecutive_failures_.load(kRelaxed);
  {
    absl::MutexLock lock(&mutex_);
    last_error_ = AbbreviateUtf8(error, limits::kMaxHealthErrorBytes);
  }
  last_failure_.store(micros, kRelaxed);
  epoch_.store(epoch, kRelaxed);
  if (failures == 0) {
    failing_since_.store(micros, kRelaxed);
    urgent_.store(true, kRelaxed);
  }
  // Last: a reader that sees a failure also sees since when.
  consecutive_failures_.store(failures + 1, std::memory_order_release);
}

bool HealthRecord::SetPending(int64_t pending, absl::Time circuit_ready, int64_t epoch) {
  const int64_t circuit = *StoredCircuit(circuit_ready);
  if (pending_.load(kRelaxed) == pending && circuit_ready_.load(kRelaxed) == circuit) return false;
  pending_.store(pending, kRelaxed);
  circuit_ready_.store(circuit, kRelaxed);
  epoch_.store(epoch, kRelaxed);
  return true;
}

void HealthRecord::Restore(const WebhookHealth& stored, int64_t epoch) {
  {
    absl::MutexLock lock(&mutex_);
    last_error_ = stored.last_error;
  }
  last_success_.store(MicrosOrNone(stored.last_success_time), kRelaxed);
  last_failure_.store(MicrosOrNone(stored.last_failure_time), kRelaxed);
  failing_since_.store(MicrosOrNone(stored.failing_since), kRelaxed);
  epoch_.store(epoch, kRelaxed);
  consecutive_failures_.store(stored.consecutive_failures, std::memory_order_release);
}

void HealthRecord::OnNewUrl(int64_t epoch) {
  Restore({}, epoch);
  urgent_.store(true, kRelaxed);
}

WebhookHealth HealthRecord::Read(bool with_error) const {
  WebhookHealth health{.webhook_key = webhook_key_};
  health.consecutive_failures = consecutive_failures_.load(std::memory_order_acquire);
  health.last_success_time = TimeOrNone(last_success_.load(kRelaxed));
  health.last_failure_time = TimeOrNone(last_failure_.load(kRelaxed));
  if (health.consecutive_failures > 0) {
    health.failing_since = TimeOrNone(failing_since_.load(kRelaxed));
    // A success has just ended the failures.
    if (!health.failing_since.has_value()) health.consecutive_failures = 0;
  }
  health.circuit_ready = CircuitFromStored(circuit_ready_.load(kRelaxed));
  health.pending = pending_.load(kRelaxed);
  health.epoch = epoch_.load(kRelaxed);
  if (!with_error) return health;
  absl::MutexLock lock(&mutex_);
  health.last_error = last_error_;
  return health;
}

}  // namespace hookd
