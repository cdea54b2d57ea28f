// Fields that several methods can filter by. Each function returns a field whose values are added to
// `values`, each of them once. `values` must outlive the field.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_FILTER_FIELDS_H_
#define HOOKD_API_CONVERSION_FILTER_FIELDS_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/conversion/filter.h"
#include "google/protobuf/descriptor.h"
#include "store/delivery_query.h"
#include "store/records.h"

namespace hookd {

// Adds `value`, unless it is there.
template <typename T>
void AddOnce(std::vector<T>& values, const T& value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

// `webhook`: the ids of webhooks of the project, by name.
FilterField WebhookNameField(std::string project, std::vector<std::string>* values);

// `event`: the keys of events of the project, by name.
FilterField EventField(std::string project, std::vector<int64_t>* values);

// Returns the number of an enum's value, written with or without the enum's prefix, such as `EVENT_TYPE_`;
// nothing if there is no such value or it is the unspecified value.
std::optional<int> ReadEnum(const google::protobuf::EnumDescriptor& type, absl::string_view prefix,
                            absl::string_view value);

// The error for other values: "must be one of SENT, DELIVERED, ...".
std::string OneOfEnum(const google::protobuf::EnumDescriptor& type, absl::string_view prefix);

// The values of an enum of the API whose numbers are those of T.
template <typename T>
FilterField EnumField(absl::string_view name, const google::protobuf::EnumDescriptor* type,
                      absl::string_view prefix, std::vector<T>* values) {
  return {name, FilterField::Kind::kAnyOf, [type, prefix, values](const FilterValue& value) -> std::string {
            const auto number = ReadEnum(*type, prefix, value.text);
            if (!number.has_value()) return OneOfEnum(*type, prefix);
            AddOnce(*values, static_cast<T>(*number));
            return "";
          }};
}

// `event_type`: numbers of hookd.v1.EventType.
FilterField EventTypeField(std::vector<int>* values);

// `true` or `false`.
FilterField BoolField(absl::string_view name, std::optional<bool>* value);

// A time range, as a range of keys, both inclusive. A resource's time is that of its key, in whole
// milliseconds. Ranges that contradict each other are not an error: they select nothing.
FilterField TimeField(absl::string_view name, std::optional<int64_t>* min_key,
                      std::optional<int64_t>* max_key);

// `status_code`: a status, such as 503, or a class, such as 5xx.
FilterField StatusCodeField(std::vector<StatusRange>* values);

// Adds the fields of an event's content: user.id, user.email, message_id, campaign.id and campaign.name. An
// id is a number (user.id = 123) or a string (user.id = "123"); the others are strings. All values of one
// ContentField in `values` are alternatives; different fields are different conditions.
void AddContentFields(std::vector<FilterField>& fields, std::vector<ContentKey>* values);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_FILTER_FIELDS_H_
