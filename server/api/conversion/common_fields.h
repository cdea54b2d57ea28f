// Readers of the fields that many requests have in common. Thread-safe; no state.
//
// Each function adds what is wrong to `violations`, under the field's name, and returns a value that may be
// used only if no violation was added. `path` is the path of the field in the request.
#ifndef HOOKD_API_CONVERSION_COMMON_FIELDS_H_
#define HOOKD_API_CONVERSION_COMMON_FIELDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/conversion/resource_names.h"
#include "api/validation/field_violations.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/repeated_field.h"
#include "google/protobuf/timestamp.pb.h"
#include "store/records.h"

namespace hookd {

// The id of the project in `parent`.
std::string ReadParent(absl::string_view parent, FieldViolations& violations);

// The name of a resource.
std::string ReadProjectName(absl::string_view name, absl::string_view path, FieldViolations& violations);
ResourceName ReadWebhookName(absl::string_view name, absl::string_view path, FieldViolations& violations);
KeyName ReadEventName(absl::string_view name, FieldViolations& violations);
KeyName ReadDeliveryName(absl::string_view name, FieldViolations& violations,
                         absl::string_view path = "name");

// A list of hookd.v1.EventType, which may be empty.
EventTypes ReadEventTypes(const google::protobuf::RepeatedField<int>& types, absl::string_view path,
                          FieldViolations& violations);

// A time within the limits of google.protobuf.Timestamp.
absl::Time ReadTime(const google::protobuf::Timestamp& time, absl::string_view path,
                    FieldViolations& violations);

// A duration in whole milliseconds, from `min` to `max`; nothing if it is not valid.
std::optional<absl::Duration> ReadDuration(const google::protobuf::Duration& duration, absl::Duration min,
                                           absl::Duration max, absl::string_view path,
                                           FieldViolations& violations);

// Checks a request id, which may be empty.
void CheckRequestId(absl::string_view request_id, FieldViolations& violations);

// The page size, with the default and the maximum applied.
int ReadPageSize(int32_t page_size, FieldViolations& violations);

// The cursor of a `page_token` made for `query`; nothing for the first page.
std::optional<std::string> ReadToken(absl::string_view query, absl::string_view page_token,
                                     FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_COMMON_FIELDS_H_
