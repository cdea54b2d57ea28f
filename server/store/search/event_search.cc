#include "store/search/event_search.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "store/delivery_sql.h"
#include "store/search/event_finder.h"

namespace hookd::search {
namespace {

// The conditions of a delivery that its event must satisfy.
EventQuery EventsOf(const DeliveryQuery& query) {
  EventQuery events;
  events.project = query.project;
  const DeliveryFilter& filter = query.filter;
  events.event_types = filter.event_types;
  events.content = query.content;
  // An event's key is below those of its deliveries.
  if (filter.min_key.has_value()) events.min_key = *filter.min_key - kMaxEventKeys;
  if (filter.max_key.has_value()) events.max_key = *filter.max_key - 1;
  if (!filter.event_keys.empty()) {
    const auto [least, greatest] = std::minmax_element(filter.event_keys.begin(), filter.event_keys.end());
    events.min_key = std::max(events.min_key.value_or(*least), *least);
    events.max_key = std::min(events.max_key.value_or(*greatest), *greatest);
  }
  return events;
}

}  // namespace

absl::StatusOr<EventPage> SearchEvents(const SearchParts& parts, SearchReads& reads,
                                       const EventQuery& query) {
  EventPage page;
  size_t bytes = 0;
  const auto take = [&](Event event) -> absl::StatusOr<bool> {
    bytes += event.event.size();
    page.events.push_back(std::move(event));
    return page.events.size() < static_cast<size_t>(query.limit) && bytes < query.max_bytes;
  };
  HOOKD_ASSIGN_OR_RETURN(const auto stopped_at, EventFinder(&parts, &reads, &query, take).Find());
  if (page.events.size() < static_cast<size_t>(query.limit)) page.examined_to = stopped_at;
  return page;
}

absl::StatusOr<DeliveryPage> SearchDeliveries(const SearchParts& parts, SearchReads& reads,
                                              const DeliveryQuery& query) {
  DeliveryPage page;
  if (PartsOf(query.filter).empty()) return page;
  HOOKD_ASSIGN_OR_RETURN(const auto project, reads.FindProject(query.project));
  if (!project.has_value()) return page;
  WebhookKeys webhooks;
  const bool of_webhooks = !query.filter.webhook_ids.empty();
  if (of_webhooks) {
    HOOKD_ASSIGN_OR_RETURN(webhooks, reads.FindWebhooks(query.project, query.filter.webhook_ids));
    if (webhooks.empty()) return page;
  }
  const EventQuery events = EventsOf(query);
  DeliveryQuery of_event = query;
  of_event.content.clear();
  of_event.filter.webhook_ids.clear();
  of_event.filter.event_keys.clear();
  int64_t examined = 0;
  const auto take = [&](const Event& event) -> absl::StatusOr<bool> {
    if (event.webhook_count == 0 || !HasOrIsEmpty(query.filter.event_keys, event.key)) return true;
    of_event.limit = query.limit - static_cast<int>(page.deliveries.size());
    HOOKD_ASSIGN_OR_RETURN(
        auto found, reads.ReadDeliveriesOf(*project, event, of_event, of_webhooks ? &webhooks : nullptr));
    page.deliveries.insert(page.deliveries.end(), std::make_move_iterator(found.begin()),
                           std::make_move_iterator(found.end()));
    examined += event.webhook_count;
    return page.deliveries.size() < static_cast<size_t>(query.limit) && examined < query.max_examined;
  };
  HOOKD_ASSIGN_OR_RETURN(const auto stopped_at, EventFinder(&parts, &reads, &events, take).Find());
  if (page.deliveries.size() < static_cast<size_t>(query.limit)) page.examined_to = stopped_at;
  return page;
}

}  // namespace hookd::search
