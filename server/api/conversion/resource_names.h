// Parses and builds resource names (AIP-122) such as `projects/{project}/webhooks/{webhook}`.
//
// Thread-safe; no state. Names are case-sensitive and have no escapes and no leading or trailing slash.
#ifndef HOOKD_API_CONVERSION_RESOURCE_NAMES_H_
#define HOOKD_API_CONVERSION_RESOURCE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// The name of a webhook.
struct ResourceName {
  std::string project;
  std::string id;
};

// The name of an event or a delivery, whose id encodes a key (base/ids.h).
struct KeyName {
  std::string project;
  int64_t key = 0;
};

// The rule for ids, as an error message.
inline constexpr char kIdRule[] =
    "must be 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit";

// Whether `id` can be the id of a project, a webhook or a token: 1 to limits::kMaxIdBytes lower-case letters,
// digits and hyphens, beginning and ending with a letter or digit.
bool IsValidId(absl::string_view id);

// Returns the id in `projects/{project}`; nothing if `name` is not of that form.
std::optional<std::string> ParseProject(absl::string_view name);

// Return nothing if `name` is not the name of such a resource.
std::optional<ResourceName> ParseWebhook(absl::string_view name);
std::optional<KeyName> ParseEvent(absl::string_view name);
std::optional<KeyName> ParseDelivery(absl::string_view name);

std::string ProjectName(absl::string_view project);
std::string WebhookName(absl::string_view project, absl::string_view id);
std::string EventName(absl::string_view project, int64_t key);
std::string DeliveryName(absl::string_view project, int64_t key);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_RESOURCE_NAMES_H_
