#include "openapi/http_bindings.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/annotations.pb.h"

namespace hookd {
namespace {

using google::api::HttpRule;

HttpBinding BindingOf(const HttpRule& rule) {
  switch (rule.pattern_case()) {
    case HttpRule::kGet:
      return {.verb = "GET", .path = rule.get(), .body = rule.body()};
    case HttpRule::kPut:
      return {.verb = "PUT", .path = rule.put(), .body = rule.body()};
    case HttpRule::kPost:
      return {.verb = "POST", .path = rule.post(), .body = rule.body()};
    case HttpRule::kDelete:
      return {.verb = "DELETE", .path = rule.delete_(), .body = rule.body()};
    case HttpRule::kPatch:
      return {.verb = "PATCH", .path = rule.patch(), .body = rule.body()};
    case HttpRule::kCustom:
      return {.verb = rule.custom().kind(), .path = rule.custom().path(), .body = rule.body()};
    case HttpRule::PATTERN_NOT_SET:
      break;
  }
  return {};
}

// The name of one resource of a collection: `delivery` of `deliveries`.
std::string Singular(absl::string_view collection) {
  if (absl::EndsWith(collection, "ies"))
    return absl::StrCat(collection.substr(0, collection.size() - 3), "y");
  return std::string(collection.substr(0, collection.size() - 1));
}

// Adds the pattern of a variable, such as `projects/*/webhooks/*`, to the path.
absl::Status AddPattern(absl::string_view pattern, ExpandedPath& expanded) {
  std::string collection;
  bool first = true;
  for (const absl::string_view segment : absl::StrSplit(pattern, '/')) {
    if (!first) expanded.path += '/';
    first = false;
    if (segment == "*" && collection.size() > 1) {
      const std::string name = Singular(collection);
      absl::StrAppend(&expanded.path, "{", name, "}");
      expanded.parameters.push_back({.name = name, .collection = collection});
      collection.clear();
    } else if (absl::StrContains(segment, '*')) {
      return absl::InvalidArgumentError(absl::StrCat(pattern, ": a wildcard must follow its collection"));
    } else {
      absl::StrAppend(&expanded.path, segment);
      collection = std::string(segment);
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::vector<HttpBinding> HttpBindings(const google::protobuf::MethodDescriptor& method) {
  std::vector<HttpBinding> bindings;
  if (!method.options().HasExtension(google::api::http)) return bindings;
  const HttpRule& rule = method.options().GetExtension(google::api::http);
  bindings.push_back(BindingOf(rule));
  for (const HttpRule& other : rule.additional_bindings()) bindings.push_back(BindingOf(other));
  return bindings;
}

absl::StatusOr<ExpandedPath> ExpandPath(absl::string_view path) {
  ExpandedPath expanded;
  while (!path.empty()) {
    const size_t open = path.find('{');
    absl::StrAppend(&expanded.path, path.substr(0, open));
    if (open == absl::string_view::npos) break;
    const size_t close = path.find('}', open);
    const size_t equals = path.find('=', open);
    if (close == absl::string_view::npos || equals > close) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a variable must have a pattern"));
    }
    expanded.fields.emplace_back(path.substr(open + 1, equals - open - 1));
    const absl::Status added = AddPattern(path.substr(equals + 1, close - equals - 1), expanded);
    if (!added.ok()) return added;
    path.remove_prefix(close + 1);
  }
  return expanded;
}

}  // namespace hookd
