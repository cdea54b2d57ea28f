#include "api/conversion/filter.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "api/conversion/resource_names.h"
#include "base/ids.h"
#include "base/limits.h"
#include "google/protobuf/descriptor.h"
#include "hookd/v1/delivery.pb.h"

namespace hookd {
namespace {

constexpr absl::string_view kFields = "webhook, event, event_type, state and create_time";

// One comparison as written, `field operation value`, and the positions of its parts in the filter.
struct Comparison {
  absl::string_view field, operation, value;
  size_t field_at = 0, operation_at = 0, value_at = 0;
};

// Splits a filter into comparisons. Stops at the first error, because the meaning of the rest would be
// uncertain.
class Parser {
 public:
  explicit Parser(absl::string_view filter) : filter_(filter) {}

  // Returns false and sets `error` and `error_at` if there is an error.
  bool Parse(std::vector<Comparison>& comparisons) {
    SkipSpace();
    while (true) {
      Comparison comparison;
      if (!ReadField(comparison) || !ReadOperation(comparison) || !ReadValue(comparison)) return false;
      comparisons.push_back(comparison);
      SkipSpace();
      if (AtEnd()) return true;
      if (!ReadAnd()) return false;
    }
  }

  std::string error;
  size_t error_at = 0;

 private:
  bool AtEnd() const { return at_ == filter_.size(); }
  absl::string_view Rest() const { return filter_.substr(at_); }
  void SkipSpace() {
    while (!AtEnd() && absl::ascii_isspace(filter_[at_])) ++at_;
  }
  // Reads the characters that satisfy `belongs`.
  template <typename F>
  absl::string_view ReadWhile(F belongs) {
    const size_t start = at_;
    while (!AtEnd() && belongs(filter_[at_])) ++at_;
    return filter_.substr(start, at_ - start);
  }
  absl::string_view ReadWord() {
    return ReadWhile([](char c) { return absl::ascii_isalnum(c) || c == '_' || c == '.'; });
  }
  bool Fail(size_t at, std::string why) {
    error_at = at;
    error = std::move(why);
    return false;
  }

  // Reports that `expected` is missing, or the construct of AIP-160 that hookd does not support.
  bool FailAt(size_t at, absl::string_view expected) {
    const absl::string_view rest = filter_.substr(at);
    if (rest.empty()) return Fail(at, absl::StrCat("ends where ", expected, " is expected"));
    if (rest[0] == '(' || rest[0] == ')')
      return Fail(at, "parentheses are not supported: join comparisons with AND");
    if (rest[0] == ':') return Fail(at, "the operator : is not supported");
    if (rest[0] == '-') return Fail(at, "negation (-) is not supported");
    return Fail(at, absl::StrCat(expected, " is expected"));
  }

  bool ReadField(Comparison& comparison) {
    comparison.field_at = at_;
    comparison.field = ReadWord();
    if (comparison.field.empty()) return FailAt(at_, "a field");
    if (comparison.field == "NOT") return Fail(comparison.field_at, "NOT is not supported");
    if (comparison.field == "OR" || comparison.field == "AND") {
      return Fail(comparison.field_at, absl::StrCat("a field is expected, not ", comparison.field));
    }
    return true;
  }

  bool ReadOperation(Comparison& comparison) {
    SkipSpace();
    comparison.operation_at = at_;
    if (absl::StartsWith(Rest(), "(")) return Fail(comparison.field_at, "functions are not supported");
    comparison.operation = ReadWhile([](char c) { return c == '=' || c == '<' || c == '>' || c == '!'; });
    if (comparison.operation.empty()) return FailAt(at_, "a comparison (=, <, <=, >, >=)");
    return true;
  }

  bool ReadValue(Comparison& comparison) {
    SkipSpace();
    comparison.value_at = at_;
    const char quote = AtEnd() ? '\0' : filter_[at_];
    if (quote == '"' || quote == '\'') {
      ++at_;
      const size_t end = filter_.find(quote, at_);
      if (end == absl::string_view::npos) return Fail(comparison.value_at, "the closing quote is missing");
      comparison.value = filter_.substr(at_, end - at_);
      at_ = end + 1;
      return true;
    }
    comparison.value = ReadWhile([](char c) {
      return absl::ascii_isalnum(c) || absl::StrContains("_-+./:*", absl::string_view(&c, 1));
    });
    if (comparison.value.empty()) return FailAt(at_, "a value");
    if (absl::StartsWith(Rest(), "(")) return Fail(comparison.value_at, "functions are not supported");
    return true;
  }

  bool ReadAnd() {
    const size_t start = at_;
    const absl::string_view word = ReadWord();
    if (word == "OR") return Fail(start, "OR is not supported: make one request for each");
    if (word != "AND") return FailAt(start, "AND");
    const size_t end = at_;
    SkipSpace();
    // A word that continues, such as `AND(`, is not AND.
    if (end == at_ && !AtEnd()) return FailAt(at_, "a space");
    return true;
  }

  const absl::string_view filter_;
  size_t at_ = 0;
};

// Returns the number of an enum's value, written with or without the enum's prefix; nothing if there is no
// such value or it is the unspecified value.
std::optional<int> ReadEnum(const google::protobuf::EnumDescriptor& type, absl::string_view prefix,
                            absl::string_view value) {
  const std::string name = absl::StartsWith(value, prefix) ? std::string(value) : absl::StrCat(prefix, value);
  const auto* found = type.FindValueByName(name);
  if (found == nullptr || found->number() == 0) return std::nullopt;
  return found->number();
}

// "must be one of SENT, DELIVERED, ...".
std::string OneOf(const google::protobuf::EnumDescriptor& type, absl::string_view prefix) {
  std::vector<std::string> names;
  for (int i = 0; i < type.value_count(); ++i) {
    if (type.value(i)->number() != 0) names.push_back(type.value(i)->name().substr(prefix.size()));
  }
  return absl::StrCat("must be one of ", absl::StrJoin(names, ", "));
}

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

// Narrows the range of keys of the query. A delivery's time is that of its key, in whole milliseconds, so a
// time between two milliseconds separates them with every operator.
void Narrow(absl::string_view operation, absl::Time time, DeliveryQuery& query) {
  const int64_t floor = absl::ToUnixMillis(time);
  const bool whole = absl::FromUnixMillis(floor) == time;
  const auto first_key = [](int64_t milliseconds) { return FirstKeyAt(absl::FromUnixMillis(milliseconds)); };
  // The first key at or after `time`, and the first key after it.
  const int64_t at_or_after = first_key(whole ? floor : floor + 1);
  const int64_t after = first_key(floor + 1);
  if (operation[0] == '>') {
    const int64_t min_key = operation == ">=" ? at_or_after : after;
    query.min_key = std::max(query.min_key.value_or(min_key), min_key);
  } else {
    const int64_t max_key = (operation == "<" ? at_or_after : after) - 1;
    query.max_key = std::min(query.max_key.value_or(max_key), max_key);
  }
}

// Applies one comparison. Returns its error, or an empty string; with an error, sets `at` to its position.
std::string Apply(const Comparison& comparison, DeliveryQuery& query, size_t& at) {
  const auto& [field, operation, value, field_at, operation_at, value_at] = comparison;
  at = field_at;
  if (field == "create_time") {
    at = operation_at;
    if (operation != ">" && operation != ">=" && operation != "<" && operation != "<=") {
      return "create_time can only be compared with >, >=, < and <=";
    }
    at = value_at;
    const auto time = ReadTime(value);
    if (!time.has_value()) return "must be a time in RFC 3339 format, such as \"2026-01-31T00:00:00Z\"";
    Narrow(operation, *time, query);
    return "";
  }

  const bool webhook = field == "webhook", event = field == "event", event_type = field == "event_type",
             state = field == "state";
  if (!webhook && !event && !event_type && !state) {
    return absl::StrCat("there is no field ", field, " to filter by; the fields are ", kFields);
  }
  if ((webhook && query.webhook_id) || (event && query.event_key) || (event_type && query.event_type) ||
      (state && query.state)) {
    return absl::StrCat(field, " can only appear once");
  }
  at = operation_at;
  if (operation != "=") return absl::StrCat(field, " can only be compared with =");
  at = value_at;
  const std::string project = ProjectName(query.project);
  if (webhook) {
    auto name = ParseWebhook(value);
    if (!name.has_value()) return absl::StrCat("must be a webhook's name, ", project, "/webhooks/{webhook}");
    if (name->project != query.project) return absl::StrCat("must be a webhook of ", project);
    query.webhook_id = std::move(name->id);
  } else if (event) {
    const auto name = ParseEvent(value);
    if (!name.has_value()) return absl::StrCat("must be an event's name, ", project, "/events/{event}");
    if (name->project != query.project) return absl::StrCat("must be an event of ", project);
    query.event_key = name->key;
  } else if (event_type) {
    const auto& type = *v1::EventType_descriptor();
    query.event_type = ReadEnum(type, "EVENT_TYPE_", value);
    if (!query.event_type.has_value()) return OneOf(type, "EVENT_TYPE_");
  } else {
    const auto& type = *v1::DeliveryState_descriptor();
    const auto number = ReadEnum(type, "DELIVERY_STATE_", value);
    if (!number.has_value()) return OneOf(type, "DELIVERY_STATE_");
    query.state = static_cast<DeliveryState>(*number);
  }
  return "";
}

}  // namespace

void ReadDeliveryFilter(absl::string_view filter, DeliveryQuery& query, FieldViolations& violations) {
  if (filter.size() > limits::kMaxFilterBytes) {
    violations.Add("filter", absl::StrCat("must be at most ", limits::kMaxFilterBytes, " characters"));
    return;
  }
  if (absl::StripAsciiWhitespace(filter).empty()) return;
  const auto add = [&](size_t at, absl::string_view error) {
    violations.Add("filter", absl::StrCat("at position ", at + 1, ": ", error));
  };
  std::vector<Comparison> comparisons;
  Parser parser(filter);
  const bool whole = parser.Parse(comparisons);
  for (const Comparison& comparison : comparisons) {
    size_t at = 0;
    const std::string error = Apply(comparison, query, at);
    if (!error.empty()) add(at, error);
  }
  if (!whole) add(parser.error_at, parser.error);
}

}  // namespace hookd
