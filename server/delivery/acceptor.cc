#include "delivery/acceptor.h"

#include <utility>

#include "delivery/dispatcher.h"
#include "delivery/waiting_counts.h"

namespace hookd {

void Acceptor::Accept(std::string project, std::vector<ValidEvent> events,
                      std::optional<RequestId> request_id,
                      std::function<void(absl::StatusOr<std::vector<AcceptedEvent>>)> done) {
  // What the dispatcher needs of an event once it is stored.
  struct Matched {
    int type;
    std::shared_ptr<const std::string> json;
    std::vector<int64_t> webhooks;
  };
  const auto webhooks = table_->Project(project);
  std::vector<NewEvent> stored;
  std::vector<Matched> matched;
  stored.reserve(events.size());
  matched.reserve(events.size());
  int64_t count = 0;
  for (ValidEvent& event : events) {
    const std::vector<int64_t>& keys = webhooks->enabled_by_type[event.type];
    stored.push_back({.type = event.type, .event = std::move(event.event), .webhooks = keys});
    count += static_cast<int64_t>(keys.size());
    matched.push_back({.type = event.type, .json = std::move(event.json), .webhooks = keys});
  }
  const absl::Status counted = counts_->Add(project, count);
  if (!counted.ok()) return done(counted);
  store_->AcceptEvents(project, std::move(stored), std::move(request_id),
                       [this, project, count, matched = std::move(matched),
                        done = std::move(done)](absl::StatusOr<Store::Accepted> accepted) {
                         if (!accepted.ok() || accepted->repeated) counts_->Remove(project, count);
                         if (!accepted.ok()) return done(accepted.status());
                         if (!accepted->repeated) {
                           std::vector<QueuedDelivery> deliveries;
                           deliveries.reserve(static_cast<size_t>(count));
                           for (size_t i = 0; i < matched.size(); ++i) {
                             const int64_t event_key = accepted->events[i].key;
                             int64_t key = event_key;
                             for (int64_t webhook_key : matched[i].webhooks) {
                               deliveries.push_back({.key = ++key,
                                                     .event_key = event_key,
                                                     .webhook_key = webhook_key,
                                                     .event_type = matched[i].type,
                                                     .body = matched[i].json});
                             }
                           }
                           dispatcher_->Enqueue(project, std::move(deliveries));
                         }
                         done(std::move(accepted->events));
                       });
}

int Acceptor::CountWebhooks(absl::string_view project, int type) const {
  return static_cast<int>(table_->Project(project)->enabled_by_type[type].size());
}

}  // namespace hookd
