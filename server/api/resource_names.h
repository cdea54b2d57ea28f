// Resource names (AIP-122): `projects/{project}/webhooks/{webhook}` and the like, taken apart and put
// together.
//
// Thread-safe; no state. A name is taken as it stands: no case folding, no escapes, no leading or trailing
// slash.
#ifndef HOOKD_API_RESOURCE_NAMES_H_
#define HOOKD_API_RESOURCE_NAMES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// A webhook's name.
struct ResourceName {
  std::string project;
  std::string id;
};

// The name of an event or a delivery, whose id stands for a key (base/ids.h).
struct KeyName {
  std::string project;
  int64_t key = 0;
};

// Whether it can be the id of a project, a webhook or a token: 1 to limits::kMaxIdBytes lower-case letters,
// digits and hyphens, beginning and ending with a letter or digit. The rule for who chose another.
inline constexpr char kIdRule[] =
    "must be 1 to 63 lower-case letters, digits and hyphens, beginning and ending with a letter or digit";
bool IsValidId(absl::string_view id);

// The id in `projects/{project}`; nothing if it is not such a name.
std::optional<std::string> ParseProject(absl::string_view name);

// Nothing if it is not a name of that kind.
std::optional<ResourceName> ParseWebhook(absl::string_view name);
std::optional<KeyName> ParseEvent(absl::string_view name);
std::optional<KeyName> ParseDelivery(absl::string_view name);

std::string ProjectName(absl::string_view project);
std::string WebhookName(absl::string_view project, absl::string_view id);
std::string EventName(absl::string_view project, int64_t key);
std::string DeliveryName(absl::string_view project, int64_t key);

}  // namespace hookd

#endif  // HOOKD_API_RESOURCE_NAMES_H_
