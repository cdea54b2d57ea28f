#include "store/stats/stats_records.h"

namespace hookd {

int StatsPartitionOfWebhook(int64_t webhook_key) {
  // A key is a time and a counter (base/ids.h): their sum is spread evenly.
  constexpr int kPartitions = kStatsPartitions - kStatsProjectPartitions;
  return kStatsProjectPartitions +
         static_cast<int>(((webhook_key >> 20) + (webhook_key & 0xFFFFF)) % kPartitions);
}

int StatsPartitionOfProject(absl::string_view project) {
  uint32_t sum = 2166136261;  // FNV-1a
  for (const char byte : project) sum = (sum ^ static_cast<uint8_t>(byte)) * 16777619;
  return static_cast<int>(sum % kStatsProjectPartitions);
}

int StatsPartitionOf(const StatsOwner& owner) {
  return owner.webhook_key != 0 ? StatsPartitionOfWebhook(owner.webhook_key)
                                : StatsPartitionOfProject(owner.project);
}

std::optional<StatsCount> StatsCountOf(DeliveryState state) {
  switch (state) {
    case DeliveryState::kPending:
      return std::nullopt;
    case DeliveryState::kDelivered:
      return StatsCount::kDelivered;
    case DeliveryState::kFailed:
      return StatsCount::kFailed;
    case DeliveryState::kCanceled:
      return StatsCount::kCanceled;
  }
  return std::nullopt;
}

StatsCount StatsCountOfAttempt(ErrorClass error_class, int response_status) {
  switch (error_class) {
    case ErrorClass::kTimeout:
      return StatsCount::kTimeout;
    case ErrorClass::kConnection:
      return StatsCount::kConnection;
    case ErrorClass::kTls:
      return StatsCount::kTls;
    case ErrorClass::kBlocked:
      return StatsCount::kBlocked;
    default:
      break;
  }
  // Attempts of hookd before version 0.2 have no class: without a response there was most often no
  // connection.
  if (response_status == 0) return StatsCount::kConnection;
  if (response_status / 100 == 2) return StatsCount::k2xx;
  if (response_status / 100 == 3) return StatsCount::k3xx;
  if (response_status / 100 == 4) return StatsCount::k4xx;
  return StatsCount::k5xx;
}

}  // namespace hookd
