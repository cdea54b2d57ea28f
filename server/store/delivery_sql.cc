#include "store/delivery_sql.h"

#include <algorithm>
#include <array>
#include <limits>
#include <set>

namespace hookd {
namespace {

constexpr std::array kStates = {DeliveryState::kPending, DeliveryState::kDelivered, DeliveryState::kFailed,
                                DeliveryState::kCanceled};

// Whether deliveries in the state can match. One that was delivered has a status of 200 to 299, and no error.
bool CanMatch(const DeliveryFilter& filter, DeliveryState state) {
  if (!HasOrIsEmpty(filter.states, state)) return false;
  if (state != DeliveryState::kDelivered) return true;
  return filter.error_classes.empty() &&
         (filter.status_codes.empty() ||
          std::any_of(filter.status_codes.begin(), filter.status_codes.end(),
                      [](const StatusRange& range) { return range.first <= 299 && range.last >= 200; }));
}

template <typename T>
int64_t MaskOf(const std::vector<T>& values) {
  if (values.empty()) return -1;
  int64_t mask = 0;
  for (const T& value : values) mask |= int64_t{1} << static_cast<int>(value);
  return mask;
}

}  // namespace

std::vector<ListPart> PartsOf(const DeliveryFilter& filter) {
  using Source = ListPart::Source;
  const auto can_match = [&](DeliveryState state) { return CanMatch(filter, state); };
  std::vector<ListPart> parts;
  if (std::none_of(kStates.begin(), kStates.end(), can_match)) return parts;
  if (!filter.event_keys.empty()) {
    for (const int64_t key : std::set<int64_t>(filter.event_keys.begin(), filter.event_keys.end())) {
      parts.push_back({.source = Source::kEvent, .event_key = key});
    }
    return parts;
  }
  if (can_match(DeliveryState::kDelivered)) return {{.source = Source::kAnyState}};
  if (can_match(DeliveryState::kPending)) parts.push_back({.source = Source::kPending});
  for (const DeliveryState state : {DeliveryState::kFailed, DeliveryState::kCanceled}) {
    if (can_match(state)) parts.push_back({.source = Source::kMissed, .state = state});
  }
  return parts;
}

bool IsSifted(const DeliveryFilter& filter, const ListPart& part) {
  if (part.source == ListPart::Source::kEvent) return false;
  if (!filter.status_codes.empty() || !filter.error_classes.empty()) return true;
  return part.source == ListPart::Source::kAnyState ? !filter.states.empty() : !filter.event_types.empty();
}

// A webhook id may be that of many deleted webhooks, and pending deliveries are sorted by webhook.
bool ExaminesMany(const DeliveryFilter& filter) {
  if (!filter.webhook_ids.empty()) return true;
  const std::vector<ListPart> parts = PartsOf(filter);
  return std::any_of(parts.begin(), parts.end(), [&](const ListPart& part) {
    return part.source == ListPart::Source::kPending || IsSifted(filter, part);
  });
}

ListMasks::ListMasks(const DeliveryFilter& filter)
    : event_types(MaskOf(filter.event_types)),
      states(MaskOf(filter.states)),
      error_classes(MaskOf(filter.error_classes)) {
  if (filter.status_codes.empty()) return;
  status_classes = 0;
  for (const StatusRange& range : filter.status_codes) {
    if (range.first < range.last) {
      status_classes |= int64_t{1} << (range.first / 100);
    } else {
      statuses.push_back(range.first);
    }
  }
}

KeyRange KeysOf(const DeliveryFilter& filter) {
  return {.min_key = filter.min_key.value_or(0),
          .max_key = filter.max_key.value_or(std::numeric_limits<int64_t>::max())};
}

KeyRange KeysOf(const Event& event, const KeyRange& keys) {
  return {.min_key = std::max(keys.min_key, event.key + 1),
          .max_key = std::min(keys.max_key, event.key + event.webhook_count)};
}

void KeepWebhooks(const WebhookKeys* webhooks, int limit, std::vector<Delivery>& deliveries) {
  if (webhooks != nullptr) {
    std::erase_if(deliveries,
                  [&](const Delivery& delivery) { return !webhooks->contains(delivery.webhook_key); });
  }
  if (deliveries.size() > static_cast<size_t>(limit)) deliveries.resize(static_cast<size_t>(limit));
}

}  // namespace hookd
