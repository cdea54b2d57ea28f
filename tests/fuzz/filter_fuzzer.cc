// Whatever a filter says, it is understood or refused under its field; and understood twice the same.
#include "api/conversion/delivery_filter.h"
#include "api/validation/field_violations.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  hookd::DeliveryQuery query, again;
  query.project = again.project = "p";
  hookd::FieldViolations violations, same;
  hookd::ReadDeliveryFilter(FuzzText(data, size), query, violations);
  hookd::ReadDeliveryFilter(FuzzText(data, size), again, same);
  HOOKD_PROMISE(query.project == "p");
  HOOKD_PROMISE(violations.empty() == same.empty());
  if (!violations.empty()) {
    HOOKD_PROMISE(absl::IsInvalidArgument(violations.ToStatus()));
    return 0;
  }
  HOOKD_PROMISE(query.webhook_id == again.webhook_id && query.event_key == again.event_key);
  HOOKD_PROMISE(query.min_key == again.min_key && query.max_key == again.max_key);
  HOOKD_PROMISE(query.event_type == again.event_type && query.state == again.state);
  return 0;
}
