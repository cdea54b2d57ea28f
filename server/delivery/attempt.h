// One attempt as an HTTP request, and an HTTP result as an attempt's record. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_ATTEMPT_H_
#define HOOKD_DELIVERY_ATTEMPT_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/records.h"

namespace hookd {

// The headers of an attempt, but for those that HTTP itself needs. `message_id` is the `Webhook-Id`: the
// event's id, the same for every attempt. `now` is the `Webhook-Timestamp` (both: Standard Webhooks).
// `trace` goes on as it came; null for none.
HttpHeaders RequestHeaders(absl::string_view message_id, absl::Time now, const TraceContext* trace);

// The POST of `body` to the webhook as it stands, with RequestHeaders.
HttpRequest MakeRequest(const Webhook& webhook, absl::string_view message_id,
                        std::shared_ptr<const std::string> body, absl::Time now, const TraceContext* trace);

// What to keep of an attempt. Its `error` is empty if, and only if, the endpoint answered in full with a 2xx
// status.
Attempt MakeAttempt(int number, absl::Time start_time, HttpResult result);

// What to count an attempt as.
AttemptOutcome OutcomeOf(const HttpResult& result);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPT_H_
