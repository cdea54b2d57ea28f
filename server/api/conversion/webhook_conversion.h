// Converts webhooks to messages of the API, and validates and reads such messages. Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_WEBHOOK_CONVERSION_H_
#define HOOKD_API_CONVERSION_WEBHOOK_CONVERSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "api/validation/field_violations.h"
#include "delivery/webhook_listing.h"
#include "hookd/v1/webhook.pb.h"
#include "store/records.h"

namespace hookd {

// Converts a webhook. One that is not stored yet (revision 0) has no etag and no times, and no name if it has
// no id.
void ToProto(const Webhook& webhook, v1::Webhook& proto);

// Converts a webhook with its health, as it is at `now`.
void ToProto(const ListedWebhook& listed, absl::Time now, v1::Webhook& proto);

// Reads a rate limit, whose path is `path`, and applies its default; returns nothing if it is not valid.
std::optional<RateLimit> ReadRateLimit(const v1::RateLimit& proto, absl::string_view path,
                                       FieldViolations& violations);

// A field that a caller can set.
struct WebhookField {
  const char* name;
  // Whether the message has the field.
  bool (*is_set)(const v1::Webhook& proto);
  // Validates the field, whose path is webhook.<name>, and sets it in `webhook`.
  void (*read)(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
  // Copies the field in an edit. Returns an error if the value is not valid for the stored webhook, `to`.
  absl::Status (*copy)(const Webhook& from, Webhook& to);
};

// Every field that a caller can set, in the order of the message.
const std::vector<WebhookField>& WebhookFields();

// Validates and reads these fields of `proto`; all other fields have their defaults. If the webhook is
// disabled, it was disabled by request at `now`.
Webhook ReadWebhook(const std::vector<WebhookField>& fields, const v1::Webhook& proto, absl::Time now,
                    FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_WEBHOOK_CONVERSION_H_
