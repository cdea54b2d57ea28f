// Makes an HTTP request from a delivery, and an attempt's record from an HTTP result. Thread-safe; no state.
#ifndef HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_H_
#define HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_H_

#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/records.h"

namespace hookd {

// The POST of `body` to the webhook, with all headers except those that HTTP itself needs. `message_id` is
// the `Webhook-Id`: the event's id, the same for every attempt. `now` is the `Webhook-Timestamp`, which is
// signed too (Standard Webhooks). `trace` is passed on unchanged; null for none.
HttpRequest MakeRequest(const Webhook& webhook, absl::string_view message_id,
                        std::shared_ptr<const std::string> body, absl::Time now, const TraceContext* trace);

// The headers of such a request without the values that are the webhook's secrets.
HttpHeaders RedactHeaders(HttpHeaders headers, const Webhook& webhook);

// The record of an attempt. Its `error` is empty, and its `error_class` kNone, if, and only if, the endpoint
// answered in full with a 2xx status.
Attempt MakeAttempt(int number, absl::Time start_time, HttpResult result);

// The error of an attempt without the URL that a redirect leads to, so that it can be logged.
std::string LoggedError(const Attempt& attempt);

// The kind of outcome that metrics count an attempt as.
AttemptOutcome OutcomeOf(const HttpResult& result);

// Why an attempt failed; kNone if it did not.
ErrorClass ErrorClassOf(const HttpResult& result);

// Why hookd could not make an attempt. Requires: the fault of the result is HttpFault::kHookd.
HoldCause HoldCauseOf(const HttpResult& result);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_ATTEMPT_H_
