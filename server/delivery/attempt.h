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

// The POST of `body` to the webhook as it stands, with every header but those that HTTP itself needs.
// `message_id` is the `Webhook-Id`: the event's id, the same for every attempt. `now` is the
// `Webhook-Timestamp`, and signed with the rest (Standard Webhooks). `trace` goes on as it came; null for
// none.
HttpRequest MakeRequest(const Webhook& webhook, absl::string_view message_id,
                        std::shared_ptr<const std::string> body, absl::Time now, const TraceContext* trace);

// Headers of such a request as they may be shown: without the values that are the webhook's secrets.
HttpHeaders RedactHeaders(HttpHeaders headers, const Webhook& webhook);

// What to keep of an attempt. Its `error` is empty if, and only if, the endpoint answered in full with a 2xx
// status.
Attempt MakeAttempt(int number, absl::Time start_time, HttpResult result);

// The error of an attempt as it may be logged: without the URL that a redirect leads to.
std::string LoggedError(const Attempt& attempt);

// What to count an attempt as.
AttemptOutcome OutcomeOf(const HttpResult& result);

// Why hookd could not make one; of a result whose fault is HttpFault::kHookd.
HoldCause HoldCauseOf(const HttpResult& result);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPT_H_
