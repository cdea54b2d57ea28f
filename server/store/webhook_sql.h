// The SQL of webhooks that is the same in every engine, and the errors.
#ifndef HOOKD_STORE_WEBHOOK_SQL_H_
#define HOOKD_STORE_WEBHOOK_SQL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace hookd {

// What can be written of a webhook, in the order of the parameters below, from 1 on.
inline constexpr absl::string_view kWrittenWebhookColumns[] = {
    "revision",       "url",          "event_types",    "disabled",        "display_name",
    "timeout_ms",     "update_time",  "ordered",        "max_concurrency", "rate_per_second",
    "rate_burst",     "max_attempts", "min_backoff_ms", "max_backoff_ms",  "backoff_multiplier",
    "disable_reason", "disable_time", "secrets"};
inline constexpr int kWrittenWebhookColumnCount =
    sizeof(kWrittenWebhookColumns) / sizeof(kWrittenWebhookColumns[0]);

// After these come key, project, id and create_time. Parameters are numbers after `mark`.
std::string InsertWebhookSql(char mark);

// After these comes the key.
std::string UpdateWebhookSql(char mark);

absl::Status NoSuchWebhook(absl::string_view project, absl::string_view id);

}  // namespace hookd

#endif  // HOOKD_STORE_WEBHOOK_SQL_H_
