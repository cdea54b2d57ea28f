#include "api/conversion/common_fields.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "api/conversion/page_token.h"
#include "base/limits.h"
#include "hookd/v1/event.pb.h"

namespace hookd {
namespace {

constexpr char kIdForm[] =
    "lower-case letters, digits and hyphens, beginning and ending with a letter or digit";

// Returns the value; without a value, adds a violation and returns an empty one.
template <typename Name>
Name OrViolation(std::optional<Name> name, absl::string_view path, absl::string_view form,
                 FieldViolations& violations) {
  if (name.has_value()) return *std::move(name);
  violations.Add(path, absl::StrCat("must be a name of the form ", form));
  return {};
}

}  // namespace

std::string ReadProjectName(absl::string_view name, absl::string_view path, FieldViolations& violations) {
  auto project = ParseProject(name);
  if (project.has_value()) return *std::move(project);
  violations.Add(path, absl::StrCat("must be a name of the form projects/{project}, whose id is 1 to ",
                                    limits::kMaxIdBytes, " ", kIdForm));
  return "";
}

std::string ReadParent(absl::string_view parent, FieldViolations& violations) {
  return ReadProjectName(parent, "parent", violations);
}

ResourceName ReadWebhookName(absl::string_view name, absl::string_view path, FieldViolations& violations) {
  return OrViolation(ParseWebhook(name), path, "projects/{project}/webhooks/{webhook}", violations);
}

KeyName ReadEventName(absl::string_view name, FieldViolations& violations) {
  return OrViolation(ParseEvent(name), "name", "projects/{project}/events/{event}", violations);
}

KeyName ReadDeliveryName(absl::string_view name, FieldViolations& violations, absl::string_view path) {
  return OrViolation(ParseDelivery(name), path, "projects/{project}/deliveries/{delivery}", violations);
}

EventTypes ReadEventTypes(const google::protobuf::RepeatedField<int>& types, absl::string_view path,
                          FieldViolations& violations) {
  EventTypes read;
  for (int i = 0; i < types.size(); ++i) {
    const int type = types[i];
    if (type != v1::EVENT_TYPE_UNSPECIFIED && v1::EventType_IsValid(type)) {
      read.set(static_cast<size_t>(type));
      continue;
    }
    violations.Add(absl::StrCat(path, "[", i, "]"),
                   absl::StrCat(type, " is not an event type: see hookd.v1.EventType"));
    if (violations.full()) break;
  }
  return read;
}

absl::Time ReadTime(const google::protobuf::Timestamp& time, absl::string_view path,
                    FieldViolations& violations) {
  constexpr int64_t kMinUnixSeconds = -62135596800;  // 0001-01-01T00:00:00Z
  if (time.seconds() < kMinUnixSeconds || time.seconds() > limits::kMaxUnixSeconds || time.nanos() < 0 ||
      time.nanos() > 999'999'999) {
    violations.Add(path, "must be a time in the years 1 to 9999, with nanos from 0 to 999,999,999");
    return {};
  }
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

std::optional<absl::Duration> ReadDuration(const google::protobuf::Duration& duration, absl::Duration min,
                                           absl::Duration max, absl::string_view path,
                                           FieldViolations& violations) {
  const int32_t nanos = duration.nanos();
  // Abseil's durations saturate, so a huge number does not overflow.
  const absl::Duration read = absl::Seconds(duration.seconds()) + absl::Nanoseconds(nanos);
  if (nanos >= 0 && nanos <= 999'999'999 && nanos % 1'000'000 == 0 && read >= min && read <= max) return read;
  violations.Add(path, absl::StrCat("must be ", absl::FormatDuration(min), " to ", absl::FormatDuration(max),
                                    ", in whole milliseconds"));
  return std::nullopt;
}

void CheckRequestId(absl::string_view request_id, FieldViolations& violations) {
  const bool printable = std::all_of(request_id.begin(), request_id.end(), absl::ascii_isprint);
  if (printable && request_id.size() <= limits::kMaxRequestIdBytes) return;
  violations.Add("request_id",
                 absl::StrCat("must be at most ", limits::kMaxRequestIdBytes, " printable ASCII characters"));
}

int ReadPageSize(int32_t page_size, FieldViolations& violations) {
  if (page_size < 0) violations.Add("page_size", "must not be negative");
  return page_size == 0 ? limits::kDefaultPageSize : std::min(page_size, limits::kMaxPageSize);
}

std::optional<std::string> ReadToken(absl::string_view query, absl::string_view page_token,
                                     FieldViolations& violations) {
  if (page_token.empty()) return std::nullopt;
  auto cursor = ReadPageToken(query, page_token);
  if (!cursor.has_value()) {
    violations.Add(
        "page_token",
        "must be the next_page_token of a request that was otherwise equal, or empty for the first page");
  }
  return cursor;
}

}  // namespace hookd
