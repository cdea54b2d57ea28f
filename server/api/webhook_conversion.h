// Webhooks as the API has them, and what the API gives of them, checked. Thread-safe; no state.
#ifndef HOOKD_API_WEBHOOK_CONVERSION_H_
#define HOOKD_API_WEBHOOK_CONVERSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/field_violations.h"
#include "google/protobuf/field_mask.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "store/records.h"

namespace hookd {

// A webhook that has not been stored (revision 0) has no etag and no times, and no name if it has no id.
void ToProto(const Webhook& webhook, v1::Webhook& proto);

// A rate limit, which stands at `path`, with its default; nothing if it is not one.
std::optional<RateLimit> ReadRateLimit(const v1::RateLimit& proto, absl::string_view path,
                                       FieldViolations& violations);

// A field that a caller can set: how it is checked and taken over, and how an edit copies it.
struct WebhookField {
  const char* name;
  bool (*is_set)(const v1::Webhook& proto);
  void (*read)(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);  // at webhook.<name>
  absl::Status (*copy)(const Webhook& from, Webhook& to);  // an error for a violation only `to` shows
};

// All of them, in the order of the message.
const std::vector<WebhookField>& WebhookFields();

// A webhook with these fields of `proto`, checked, and all others as they are by default. If they disable it,
// somebody asked for that at `now`.
Webhook ReadWebhook(const std::vector<WebhookField>& fields, const v1::Webhook& proto, absl::Time now,
                    FieldViolations& violations);

// What an update changes.
struct WebhookUpdate {
  std::vector<WebhookField> fields;
  // Of these, the paths of fields of which a part alone changes: `rate_limit.burst`, `headers.X-Api-Key`.
  google::protobuf::FieldMask parts;
};

// By its mask (AIP-134, AIP-161): the fields that are named, all of them for `*`, those that are set in
// `proto` for an empty mask. One that is output only may be named if its value is that of `stored`, which is
// null if there is no such webhook.
WebhookUpdate ReadUpdate(const google::protobuf::FieldMask& mask, const v1::Webhook& proto,
                         const Webhook* stored, FieldViolations& violations);

// `proto` with the parts that are not named as they are in `webhook`, secrets included: to be read like one
// whose fields are given as a whole.
v1::Webhook FillParts(const google::protobuf::FieldMask& parts, v1::Webhook proto, const Webhook& webhook);

}  // namespace hookd

#endif  // HOOKD_API_WEBHOOK_CONVERSION_H_
