// Reads the filter and the order of ListWebhooks, and writes the positions in its page tokens.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_WEBHOOK_QUERY_H_
#define HOOKD_API_CONVERSION_WEBHOOK_QUERY_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "delivery/webhook_listing.h"

namespace hookd {

// Sets the conditions of `filter` in `query`; see ReadFilter for errors.
void ReadWebhookFilter(absl::string_view filter, WebhookQuery& query, FieldViolations& violations);

// Sets the order of `query`: the name of a field, optionally followed by ` desc`. Empty: by id. Adds errors
// to `violations` under `order_by`.
void ReadWebhookOrder(absl::string_view order_by, WebhookQuery& query, FieldViolations& violations);

// A position as the cursor of a page token, and back; nothing if it is not one.
std::string ToCursor(const WebhookPosition& position);
std::optional<WebhookPosition> ToPosition(absl::string_view cursor);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_WEBHOOK_QUERY_H_
