// The changes that an UpdateWebhook request makes, from its update mask. Thread-safe; no state.
#ifndef HOOKD_API_HANDLERS_WEBHOOK_UPDATE_H_
#define HOOKD_API_HANDLERS_WEBHOOK_UPDATE_H_

#include <vector>

#include "api/conversion/webhook_conversion.h"
#include "api/validation/field_violations.h"
#include "google/protobuf/field_mask.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "store/records.h"

namespace hookd {

// The changes of an update.
struct WebhookUpdate {
  // The fields that change, in the order of the message.
  std::vector<WebhookField> fields;
  // The paths of the parts of these fields that change, for fields of which only a part changes, such as
  // `rate_limit.burst` or `headers.X-Api-Key`.
  google::protobuf::FieldMask parts;
};

// Returns whether a request has no more headers than a webhook can have, and no more paths than a webhook has
// fields; adds violations otherwise. To be called first, because the functions below compare each path with
// each header.
bool CheckUpdateSize(const v1::UpdateWebhookRequest& request, FieldViolations& violations);

// Reads the update mask (AIP-134, AIP-161): the update changes the fields in the mask, all fields if the mask
// is `*`, and the fields that are set in `proto` if it is empty. The mask may have an output-only field if
// its value in `proto` is that of `stored`, which is null if the webhook does not exist.
WebhookUpdate ReadUpdate(const google::protobuf::FieldMask& mask, const v1::Webhook& proto,
                         const Webhook* stored, FieldViolations& violations);

// Returns `proto` with the parts that are not in the mask as they are in `webhook`, including secrets, so
// that it can be read like a message whose fields are complete.
v1::Webhook FillParts(const google::protobuf::FieldMask& parts, v1::Webhook proto, const Webhook& webhook);

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_WEBHOOK_UPDATE_H_
