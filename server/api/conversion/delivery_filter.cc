#include "api/conversion/delivery_filter.h"

#include <algorithm>
#include <string>
#include <vector>

#include "api/conversion/filter.h"
#include "api/conversion/filter_fields.h"
#include "hookd/v1/delivery.pb.h"

namespace hookd {

void ReadDeliveryFilter(absl::string_view filter, DeliveryQuery& query, FieldViolations& violations) {
  std::vector<std::string> webhooks;
  std::vector<int64_t> events;
  std::vector<int> types;
  std::vector<DeliveryState> states;
  ReadFilter(
      filter,
      {WebhookField(query.project, &webhooks), EventField(query.project, &events), EventTypeField(&types),
       EnumField("state", v1::DeliveryState_descriptor(), "DELIVERY_STATE_", &states),
       TimeField("create_time", &query.min_key, &query.max_key)},
      violations);
  if (std::max({webhooks.size(), events.size(), types.size(), states.size()}) > 1) {
    violations.Add("filter", "OR is not supported");
  }
  if (!webhooks.empty()) query.webhook_id = webhooks.front();
  if (!events.empty()) query.event_key = events.front();
  if (!types.empty()) query.event_type = types.front();
  if (!states.empty()) query.state = states.front();
}

}  // namespace hookd
