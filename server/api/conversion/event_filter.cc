#include "api/conversion/event_filter.h"

#include <vector>

#include "api/conversion/filter.h"
#include "api/conversion/filter_fields.h"

namespace hookd {

void ReadEventFilter(absl::string_view filter, EventQuery& query, FieldViolations& violations) {
  std::vector<FilterField> fields = {EventTypeField(&query.event_types),
                                     WebhookNameField(query.project, &query.webhook_ids),
                                     TimeField("emit_time", &query.min_key, &query.max_key)};
  AddContentFields(fields, &query.content);
  ReadFilter(filter, fields, violations);
}

}  // namespace hookd
