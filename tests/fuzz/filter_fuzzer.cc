// Whatever a filter says, it is understood or refused under its field; and understood twice the same.
#include "api/conversion/delivery_filter.h"
#include "api/conversion/filter.h"
#include "api/conversion/filter_fields.h"
#include "api/validation/field_violations.h"
#include "base/limits.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  hookd::FieldViolations violations, same;
  const hookd::DeliveryFilter read = hookd::ReadDeliveryFilter(text, "p", violations);
  const hookd::DeliveryFilter again = hookd::ReadDeliveryFilter(text, "p", same);
  HOOKD_PROMISE(violations.empty() == same.empty());
  HOOKD_PROMISE(violations.empty() || absl::IsInvalidArgument(violations.ToStatus()));
  if (violations.empty()) {
    HOOKD_PROMISE(read.webhook_ids == again.webhook_ids && read.event_keys == again.event_keys);
    HOOKD_PROMISE(read.min_key == again.min_key && read.max_key == again.max_key);
    HOOKD_PROMISE(read.event_types == again.event_types && read.states == again.states);
    HOOKD_PROMISE(read.status_codes == again.status_codes && read.error_classes == again.error_classes);
    HOOKD_PROMISE(read.webhook_ids.size() <= hookd::limits::kMaxFilterValues);
  }
  std::vector<hookd::ContentKey> content;
  std::vector<hookd::FilterField> fields;
  hookd::AddContentFields(fields, &content);
  hookd::FieldViolations of_content;
  hookd::ReadFilter(text, fields, of_content);
  for (const hookd::ContentKey& key : content) HOOKD_PROMISE(!key.value.empty());
  return 0;
}
