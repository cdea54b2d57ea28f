#include "api/conversion/delivery_filter.h"

#include "api/conversion/filter.h"
#include "api/conversion/filter_fields.h"
#include "hookd/v1/delivery.pb.h"

namespace hookd {

static_assert(kLastErrorClass == v1::ErrorClass_MAX);

DeliveryFilter ReadDeliveryFilter(absl::string_view filter, const std::string& project,
                                  FieldViolations& violations, std::vector<ContentKey>* content) {
  DeliveryFilter read;
  std::vector<FilterField> fields = {
      WebhookNameField(project, &read.webhook_ids),
      EventField(project, &read.event_keys),
      EventTypeField(&read.event_types),
      EnumField("state", v1::DeliveryState_descriptor(), "DELIVERY_STATE_", &read.states),
      StatusCodeField(&read.status_codes),
      EnumField("error", v1::ErrorClass_descriptor(), "ERROR_CLASS_", &read.error_classes),
      TimeField("create_time", &read.min_key, &read.max_key)};
  if (content != nullptr) AddContentFields(fields, content);
  ReadFilter(filter, fields, violations);
  return read;
}

}  // namespace hookd
