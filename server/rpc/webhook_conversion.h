// Webhooks as the API has them, and what the API gives of them, checked. Thread-safe; no state.
#ifndef HOOKD_RPC_WEBHOOK_CONVERSION_H_
#define HOOKD_RPC_WEBHOOK_CONVERSION_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "google/protobuf/field_mask.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "rpc/field_violations.h"
#include "store/records.h"

namespace hookd {

// A webhook that has not been stored (revision 0) has no etag and no times, and no name if it has no id.
void ToProto(const Webhook& webhook, v1::Webhook& proto);

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

// Those that an update changes (AIP-134): the mask's, all of them for `*`, those that are set for an empty
// mask.
std::vector<WebhookField> FieldsToUpdate(const google::protobuf::FieldMask& mask, const v1::Webhook& proto,
                                         FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_RPC_WEBHOOK_CONVERSION_H_
