// The SQL for webhooks that all engines share.
#ifndef HOOKD_STORE_WEBHOOK_SQL_H_
#define HOOKD_STORE_WEBHOOK_SQL_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// The columns of a webhook that can change, in the order of the parameters below, from 1 on.
inline constexpr absl::string_view kWrittenWebhookColumns[] = {
    "revision",       "url",          "event_types",    "disabled",        "display_name",
    "timeout_ms",     "update_time",  "ordered",        "max_concurrency", "rate_per_second",
    "rate_burst",     "max_attempts", "min_backoff_ms", "max_backoff_ms",  "backoff_multiplier",
    "disable_reason", "disable_time", "secrets"};
inline constexpr int kWrittenWebhookColumnCount =
    sizeof(kWrittenWebhookColumns) / sizeof(kWrittenWebhookColumns[0]);

// The next parameters are key, project, id and create_time. A parameter is `mark` and its number.
std::string InsertWebhookSql(char mark);

// The next parameter is the key.
std::string UpdateWebhookSql(char mark);

}  // namespace hookd

#endif  // HOOKD_STORE_WEBHOOK_SQL_H_
