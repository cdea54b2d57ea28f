// How webhooks are shown to people. Thread-safe; no state.
#ifndef HOOKCTL_WEBHOOK_OUTPUT_H_
#define HOOKCTL_WEBHOOK_OUTPUT_H_

#include <string>
#include <vector>

#include "hookctl/session.h"
#include "hookd/v1/webhook.pb.h"

namespace hookctl {

// Prints the webhook that a call returned, or its error, and returns the exit code. `validate_only`: the call
// changed nothing.
int ShowWebhook(const Session& session, const grpc::Status& status, const v1::Webhook& webhook,
                bool validate_only = false);

// The row of `hookctl webhooks list`, and its headings. `wide`: with all columns.
std::vector<std::string> WebhookCells(const v1::Webhook& webhook, bool wide);
std::vector<std::string> WebhookHeadings(bool wide);

}  // namespace hookctl

#endif  // HOOKCTL_WEBHOOK_OUTPUT_H_
