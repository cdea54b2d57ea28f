#include "api/conversion/filter_fields.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "api/conversion/resource_names.h"
#include "base/ids.h"
#include "hookd/v1/event.pb.h"

namespace hookd {
namespace {

using Kind = FilterField::Kind;

std::optional<absl::Time> ReadTime(absl::string_view value) {
  // Abseil accepts more than RFC 3339 allows: missing zeros, years of any length, "infinite-future", white
  // space.
  constexpr absl::string_view kForm = "dddd-dd-ddTdd:dd:dd";
  if (value.size() <= kForm.size()) return std::nullopt;
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !absl::ascii_isdigit(value[i]) : kForm[i] != value[i]) return std::nullopt;
  }
  absl::Time time;
  if (!absl::ParseTime(absl::RFC3339_full, value, &time, nullptr) || absl::ascii_isspace(value.back())) {
    return std::nullopt;
  }
  return time;
}

// Narrows a range of keys. A time between two milliseconds separates them with every operator.
void Narrow(absl::string_view operation, absl::Time time, std::optional<int64_t>& min_key,
            std::optional<int64_t>& max_key) {
  const int64_t floor = absl::ToUnixMillis(time);
  const bool whole = absl::FromUnixMillis(floor) == time;
  const auto first_key = [](int64_t milliseconds) { return FirstKeyAt(absl::FromUnixMillis(milliseconds)); };
  // The first key at or after `time`, and the first key after it.
  const int64_t at_or_after = first_key(whole ? floor : floor + 1);
  const int64_t after = first_key(floor + 1);
  if (operation[0] == '>') {
    const int64_t first = operation == ">=" ? at_or_after : after;
    min_key = std::max(min_key.value_or(first), first);
  } else {
    const int64_t last = (operation == "<" ? at_or_after : after) - 1;
    max_key = std::min(max_key.value_or(last), last);
  }
}

// Returns the statuses that `value` stands for, such as 503 or 5xx; nothing if it is neither.
std::optional<StatusRange> ReadStatus(absl::string_view value) {
  if (value.size() != 3 || !absl::ascii_isdigit(value[0]) || value[0] == '0') return std::nullopt;
  const int first = (value[0] - '0') * 100;
  if (absl::EqualsIgnoreCase(value.substr(1), "xx")) {
    if (first > 500) return std::nullopt;
    return StatusRange{first, first + 99};
  }
  if (!absl::ascii_isdigit(value[1]) || !absl::ascii_isdigit(value[2])) return std::nullopt;
  const int status = first + (value[1] - '0') * 10 + (value[2] - '0');
  return StatusRange{status, status};
}

// Whether a bare word is meant as a number: it consists of nothing but what numbers have.
bool LooksLikeNumber(absl::string_view word) {
  return std::all_of(word.begin(), word.end(), [](char c) {
    return absl::ascii_isdigit(c) || absl::StrContains("+-.", absl::string_view(&c, 1));
  });
}

// Reads the value of a content field into `key`. Returns what is wrong with it, or an empty string.
std::string ReadContent(const FilterValue& value, bool is_id, ContentKey& key) {
  if (value.text.empty()) return "must not be empty";
  key.value = value.text;
  if (!is_id || value.quoted || !LooksLikeNumber(value.text)) return "";
  int64_t number = 0;
  if (!absl::SimpleAtoi(value.text, &number)) {
    return "must be a 64-bit integer, or a string in quotes";
  }
  key.is_number = true;
  key.value = absl::StrCat(number);
  return "";
}

}  // namespace

FilterField WebhookNameField(std::string project, std::vector<std::string>* values) {
  return {"webhook", Kind::kAnyOf,
          [project = std::move(project), values](const FilterValue& value) -> std::string {
            const auto name = ParseWebhook(value.text);
            if (!name.has_value()) {
              return absl::StrCat("must be a webhook's name, ", ProjectName(project), "/webhooks/{webhook}");
            }
            if (name->project != project) return absl::StrCat("must be a webhook of ", ProjectName(project));
            AddOnce(*values, name->id);
            return "";
          }};
}

FilterField EventField(std::string project, std::vector<int64_t>* values) {
  return {"event", Kind::kAnyOf,
          [project = std::move(project), values](const FilterValue& value) -> std::string {
            const auto name = ParseEvent(value.text);
            if (!name.has_value()) {
              return absl::StrCat("must be an event's name, ", ProjectName(project), "/events/{event}");
            }
            if (name->project != project) return absl::StrCat("must be an event of ", ProjectName(project));
            AddOnce(*values, name->key);
            return "";
          }};
}

std::optional<int> ReadEnum(const google::protobuf::EnumDescriptor& type, absl::string_view prefix,
                            absl::string_view value) {
  const std::string name = absl::StartsWith(value, prefix) ? std::string(value) : absl::StrCat(prefix, value);
  const auto* found = type.FindValueByName(name);
  if (found == nullptr || found->number() == 0) return std::nullopt;
  return found->number();
}

std::string OneOfEnum(const google::protobuf::EnumDescriptor& type, absl::string_view prefix) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name().substr(prefix.size()));
  }
  return absl::StrCat("must be one of ", absl::StrJoin(names, ", "));
}

FilterField EventTypeField(std::vector<int>* values) {
  return EnumField("event_type", v1::EventType_descriptor(), "EVENT_TYPE_", values);
}

FilterField BoolField(absl::string_view name, std::optional<bool>* value) {
  return {name, Kind::kSingle, [value](const FilterValue& written) -> std::string {
            if (written.text != "true" && written.text != "false") return "must be true or false";
            *value = written.text == "true";
            return "";
          }};
}

FilterField TimeField(absl::string_view name, std::optional<int64_t>* min_key,
                      std::optional<int64_t>* max_key) {
  return {name, Kind::kRange, [min_key, max_key](const FilterValue& value) -> std::string {
            const auto time = ReadTime(value.text);
            if (!time.has_value()) {
              return "must be a time in RFC 3339 format, such as \"2026-01-31T00:00:00Z\"";
            }
            Narrow(value.operation, *time, *min_key, *max_key);
            return "";
          }};
}

FilterField StatusCodeField(std::vector<StatusRange>* values) {
  return {"status_code", Kind::kAnyOf, [values](const FilterValue& value) -> std::string {
            const auto range = ReadStatus(value.text);
            if (!range.has_value()) return "must be a status code, such as 503, or a class from 1xx to 5xx";
            AddOnce(*values, *range);
            return "";
          }};
}

void AddContentFields(std::vector<FilterField>& fields, std::vector<ContentKey>* values) {
  const auto add = [&](absl::string_view name, ContentField field, bool is_id) {
    fields.push_back({name, Kind::kAnyOf, [field, is_id, values](const FilterValue& value) -> std::string {
                        ContentKey key{.field = field};
                        std::string error = ReadContent(value, is_id, key);
                        if (error.empty()) AddOnce(*values, key);
                        return error;
                      }});
  };
  add("user.id", ContentField::kUserId, true);
  add("user.email", ContentField::kUserEmail, false);
  add("message_id", ContentField::kMessageId, false);
  add("campaign.id", ContentField::kCampaignId, true);
  add("campaign.name", ContentField::kCampaignName, false);
}

}  // namespace hookd
