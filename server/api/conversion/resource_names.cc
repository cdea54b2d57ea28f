#include "api/conversion/resource_names.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/ids.h"
#include "base/limits.h"

namespace hookd {
namespace {

constexpr absl::string_view kProjects = "projects/";
constexpr absl::string_view kWebhooks = "/webhooks/";
constexpr absl::string_view kEvents = "/events/";
constexpr absl::string_view kDeliveries = "/deliveries/";

bool IsLetterOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

// Splits `projects/{project}{collection}{id}`. Does not validate the id.
std::optional<ResourceName> Split(absl::string_view name, absl::string_view collection) {
  if (!absl::ConsumePrefix(&name, kProjects)) return std::nullopt;
  const absl::string_view project = name.substr(0, name.find('/'));
  name.remove_prefix(project.size());
  if (!IsValidId(project) || !absl::ConsumePrefix(&name, collection)) return std::nullopt;
  return ResourceName{std::string(project), std::string(name)};
}

std::optional<KeyName> SplitKey(absl::string_view name, absl::string_view collection) {
  auto parts = Split(name, collection);
  if (!parts.has_value()) return std::nullopt;
  const std::optional<int64_t> key = DecodeId(parts->id);
  if (!key.has_value()) return std::nullopt;
  return KeyName{std::move(parts->project), *key};
}

}  // namespace

bool IsValidId(absl::string_view id) {
  return !id.empty() && id.size() <= limits::kMaxIdBytes && IsLetterOrDigit(id.front()) &&
         IsLetterOrDigit(id.back()) &&
         std::all_of(id.begin(), id.end(), [](char c) { return IsLetterOrDigit(c) || c == '-'; });
}

std::optional<std::string> ParseProject(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, kProjects) || !IsValidId(name)) return std::nullopt;
  return std::string(name);
}

std::optional<ResourceName> ParseWebhook(absl::string_view name) {
  auto parts = Split(name, kWebhooks);
  if (!parts.has_value() || !IsValidId(parts->id)) return std::nullopt;
  return parts;
}

std::optional<KeyName> ParseEvent(absl::string_view name) { return SplitKey(name, kEvents); }

std::optional<KeyName> ParseDelivery(absl::string_view name) { return SplitKey(name, kDeliveries); }

std::string ProjectName(absl::string_view project) { return absl::StrCat(kProjects, project); }

std::string WebhookName(absl::string_view project, absl::string_view id) {
  return absl::StrCat(kProjects, project, kWebhooks, id);
}

std::string EventName(absl::string_view project, int64_t key) {
  return absl::StrCat(kProjects, project, kEvents, EncodeId(key));
}

std::string DeliveryName(absl::string_view project, int64_t key) {
  return absl::StrCat(kProjects, project, kDeliveries, EncodeId(key));
}

}  // namespace hookd
