#include "delivery/scheduling/read_back.h"

#include <memory>
#include <string>
#include <utility>

#include "payload/payload.h"

namespace hookd {

std::vector<QueuedDelivery> ToQueued(int64_t webhook_key, const std::vector<PendingDelivery>& waiting) {
  std::vector<QueuedDelivery> deliveries;
  deliveries.reserve(waiting.size());
  for (const PendingDelivery& each : waiting) {
    v1::Event event;
    auto body = std::make_shared<std::string>();
    if (event.ParseFromString(each.event)) *body = ToJson(event);
    deliveries.push_back({.key = each.key,
                          .event_key = each.event_key,
                          .webhook_key = webhook_key,
                          .event_type = each.event_type,
                          .attempt = each.attempt_count + 1,
                          .earlier_attempts = each.earlier_attempt_count,
                          .due = each.next_attempt_time.value_or(absl::InfinitePast()),
                          .body = std::move(body),
                          .trace = each.trace});
  }
  return deliveries;
}

}  // namespace hookd
