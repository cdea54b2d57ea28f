#include "web/json/query_parameters.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/validation/field_violations.h"
#include "base/utf8.h"
#include "web/json/json_hints.h"
#include "web/json/json_scalar.h"
#include "web/json/json_type.h"
#include "web/json/percent_decoding.h"

namespace hookd {
namespace {

using google::protobuf::Message;

// The field that a parameter names.
struct Named {
  std::vector<const JsonField*> fields;  // from the outermost message to the field
  std::string path;                      // in the names of the .proto file
  std::string problem;                   // empty if the field can be set
};

std::string NotAParameter(const JsonType& type, absl::string_view segment, absl::string_view before) {
  return absl::StrCat("is not a query parameter of this method", DidYouMean(type, segment, before));
}

// What is wrong with a field as a parameter; empty if nothing is.
std::string CannotBeText(const JsonField& field, bool last) {
  constexpr absl::string_view kInBody = " and cannot be a query parameter; give it in the body";
  if (field.map) return absl::StrCat("is a map", kInBody);
  if (field.kind == JsonKind::kMessage) {
    if (field.repeated) return absl::StrCat("is a list of messages", kInBody);
    return last ? "is a message; name one of its fields" : "";
  }
  if (!last) return "has no fields";
  const bool free_form = field.kind == JsonKind::kStruct || field.kind == JsonKind::kValue ||
                         field.kind == JsonKind::kListValue || field.kind == JsonKind::kAny;
  return free_form ? absl::StrCat("is free-form data", kInBody) : "";
}

Named FindField(absl::string_view name, const JsonType& root) {
  Named named;
  const JsonType* type = &root;
  const std::vector<absl::string_view> segments = absl::StrSplit(name, '.');
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    const JsonField* field = type->Find(segments[i]);
    if (field == nullptr || i == kMaxJsonDepth) {
      const auto before = static_cast<size_t>(segments[i].data() - name.data());
      named.path = std::string(name);
      named.problem = NotAParameter(*type, segments[i], name.substr(0, before));
      return named;
    }
    named.fields.push_back(field);
    absl::StrAppend(&named.path, named.path.empty() ? "" : ".", field->name());
    named.problem = CannotBeText(*field, last);
    if (!named.problem.empty()) return named;
    type = field->type;
  }
  return named;
}

// Whether one is the other or has it in it.
bool Overlap(absl::string_view a, absl::string_view b) {
  if (a.size() > b.size()) std::swap(a, b);
  return absl::StartsWith(b, a) && (a.size() == b.size() || b[a.size()] == '.');
}

// Sets the field. Returns what is wrong; empty if nothing is.
std::string SetField(const std::vector<const JsonField*>& fields, absl::string_view text, Message& root) {
  Message* message = &root;
  for (const JsonField* field : fields) {
    const auto* reflection = message->GetReflection();
    if (field->oneof >= 0) {
      const auto* other =
          reflection->GetOneofFieldDescriptor(*message, field->descriptor->containing_oneof());
      if (other != nullptr && other != field->descriptor) {
        return absl::StrCat("cannot be given together with ", other->name());
      }
    }
    if (field != fields.back()) message = reflection->MutableMessage(message, field->descriptor);
  }
  std::string problem;
  SetScalar(*fields.back(), {JsonToken::kPlainText, text}, fields.back()->repeated, *message, problem);
  return problem;
}

// Reads one parameter, such as `pageSize=1`. `given` has the paths of those before it.
void ReadParameter(absl::string_view parameter, const std::vector<std::string>& bound,
                   absl::flat_hash_set<std::string>& given, Message& message, FieldViolations& violations) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(parameter, absl::MaxSplits('=', 1));
  const std::optional<std::string> name = PercentDecode(parts.first, true);
  const std::optional<std::string> text = PercentDecode(parts.second, true);
  if (!name.has_value() || !text.has_value()) {
    violations.Add(name.value_or(std::string(parts.first)),
                   "is not encoded correctly: % must be followed by two hexadecimal digits");
    return;
  }
  Named named = FindField(*name, JsonType::Of(message.GetDescriptor()));
  const bool is_unknown = named.fields.empty();
  if (!is_unknown && std::any_of(bound.begin(), bound.end(),
                                 [&](const std::string& path) { return Overlap(path, named.path); })) {
    named.problem = "is set by the path or the body, and cannot be a query parameter too";
  } else if (named.problem.empty() && !given.insert(named.path).second && !named.fields.back()->repeated) {
    named.problem = "is given twice";
  }
  if (named.problem.empty()) named.problem = SetField(named.fields, *text, message);
  if (!named.problem.empty()) violations.Add(named.path.empty() ? "query" : named.path, named.problem);
}

}  // namespace

absl::Status ReadQueryParameters(absl::string_view query, const std::vector<std::string>& bound,
                                 Message& message) {
  FieldViolations violations;
  absl::flat_hash_set<std::string> given;
  for (const absl::string_view parameter : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    ReadParameter(parameter, bound, given, message, violations);
  }
  return violations.ToStatus();
}

absl::Status SetFieldFromText(absl::string_view path, absl::string_view text, Message& message) {
  const Named named = FindField(path, JsonType::Of(message.GetDescriptor()));
  const std::string problem = named.problem.empty() ? SetField(named.fields, text, message) : named.problem;
  FieldViolations violations;
  if (!problem.empty()) violations.Add(named.path, problem);
  return violations.ToStatus();
}

}  // namespace hookd
