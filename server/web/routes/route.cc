#include "web/routes/route.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "google/api/annotations.pb.h"

namespace hookd {
namespace {

using ::google::api::HttpRule;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;

absl::Status Invalid(absl::string_view what) { return absl::InvalidArgumentError(what); }

// The HTTP method and the path template of a rule.
absl::StatusOr<std::pair<std::string, std::string>> PatternOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return std::pair("GET", rule.get());
    case HttpRule::kPut:
      return std::pair("PUT", rule.put());
    case HttpRule::kPost:
      return std::pair("POST", rule.post());
    case HttpRule::kDelete:
      return std::pair("DELETE", rule.delete_());
    case HttpRule::kPatch:
      return std::pair("PATCH", rule.patch());
    case HttpRule::kCustom: {
      const std::string& kind = rule.custom().kind();
      if (kind == "*" || (!kind.empty() && std::all_of(kind.begin(), kind.end(), absl::ascii_isupper))) {
        return std::pair(kind, rule.custom().path());
      }
      return Invalid(absl::StrCat("custom.kind: ", kind, " is not an HTTP method in capitals, nor *"));
    }
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return Invalid("the rule has no path");
}

// Checks that a variable of the path names a field that text can be written to.
absl::Status CheckVariable(const Descriptor* message, absl::string_view field_path) {
  const FieldDescriptor* field = nullptr;
  for (const absl::string_view name : absl::StrSplit(field_path, '.')) {
    if (field != nullptr) message = field->message_type();  // null unless it is a message
    field = message == nullptr ? nullptr : message->FindFieldByName(std::string(name));
    if (field == nullptr) return Invalid(absl::StrCat(field_path, " is not a field of the request"));
    if (field->is_repeated()) return Invalid(absl::StrCat(field_path, " is repeated"));
  }
  if (field->message_type() == nullptr) return absl::OkStatus();
  return Invalid(absl::StrCat(field_path, " is a message"));
}

// The singular field of the message that a body is; null if `name` is empty.
absl::StatusOr<const FieldDescriptor*> BodyField(const Descriptor& message, const std::string& name) {
  if (name.empty()) return nullptr;
  const FieldDescriptor* field = message.FindFieldByName(name);
  if (field == nullptr) return Invalid(absl::StrCat(name, " is not a field of ", message.full_name()));
  return field;
}

absl::StatusOr<Route> RouteOf(const google::protobuf::MethodDescriptor& method, size_t method_index,
                              const HttpRule& rule) {
  HOOKD_ASSIGN_OR_RETURN(const auto pattern, PatternOf(rule));
  HOOKD_ASSIGN_OR_RETURN(PathTemplate path, PathTemplate::Compile(pattern.second));
  for (const PathTemplate::Variable& variable : path.variables()) {
    HOOKD_RETURN_IF_ERROR(CheckVariable(method.input_type(), variable.field_path));
  }
  if (!rule.body().empty() && (pattern.first == "GET" || pattern.first == "HEAD")) {
    return Invalid(absl::StrCat("a ", pattern.first, " has no body"));
  }
  const FieldDescriptor* body_field = nullptr;
  if (rule.body() != "*") {
    HOOKD_ASSIGN_OR_RETURN(body_field, BodyField(*method.input_type(), rule.body()));
    if (body_field != nullptr && body_field->is_repeated()) {
      return Invalid(absl::StrCat("body: ", rule.body(), " is repeated"));
    }
  }
  HOOKD_ASSIGN_OR_RETURN(const FieldDescriptor* response_body_field,
                         BodyField(*method.output_type(), rule.response_body()));
  return Route{&method,     method_index, pattern.first,      std::move(path),
               rule.body(), body_field,   response_body_field};
}

}  // namespace

absl::StatusOr<std::vector<Route>> RoutesOf(const google::protobuf::MethodDescriptor& method,
                                            size_t method_index) {
  std::vector<Route> routes;
  if (!method.options().HasExtension(google::api::http)) return routes;
  const auto with_name = [&method](const absl::Status& status) {
    return absl::InvalidArgumentError(
        absl::StrCat(method.full_name(), ": google.api.http: ", status.message()));
  };
  if (method.client_streaming()) return with_name(Invalid("a stream of requests cannot be a route"));

  const HttpRule& rule = method.options().GetExtension(google::api::http);
  std::vector<const HttpRule*> rules = {&rule};
  for (const HttpRule& binding : rule.additional_bindings()) {
    if (!binding.additional_bindings().empty()) {
      return with_name(Invalid("additional_bindings must not have additional_bindings"));
    }
    rules.push_back(&binding);
  }
  for (const HttpRule* binding : rules) {
    auto route = RouteOf(method, method_index, *binding);
    if (!route.ok()) return with_name(route.status());
    routes.push_back(*std::move(route));
  }
  return routes;
}

}  // namespace hookd
