#include "delivery/attempt.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/version.h"

namespace hookd {

HttpHeaders RequestHeaders(absl::string_view message_id, absl::Time now, const TraceContext* trace) {
  static const auto* user_agent = new std::string(absl::StrCat("hookd/", kVersion));
  HttpHeaders headers = {{"Content-Type", "application/json"},
                         {"User-Agent", *user_agent},
                         {"Webhook-Id", std::string(message_id)},
                         {"Webhook-Timestamp", absl::StrCat(absl::ToUnixSeconds(now))}};
  if (trace != nullptr) headers.emplace_back("traceparent", trace->parent);
  if (trace != nullptr && !trace->state.empty()) headers.emplace_back("tracestate", trace->state);
  return headers;
}

HttpRequest MakeRequest(const Webhook& webhook, absl::string_view message_id,
                        std::shared_ptr<const std::string> body, absl::Time now, const TraceContext* trace) {
  return {.url = webhook.url,
          .headers = RequestHeaders(message_id, now, trace),
          .body = std::move(body),
          .timeout = webhook.timeout,
          .connect_timeout = std::min(webhook.timeout, limits::kConnectTimeout),
          .first_byte_timeout = std::min(webhook.timeout, limits::kFirstByteTimeout),
          .affinity = static_cast<size_t>(webhook.key)};
}

Attempt MakeAttempt(int number, absl::Time start_time, HttpResult result) {
  Attempt attempt;
  attempt.number = number;
  attempt.start_time = start_time;
  attempt.name_lookup = result.name_lookup;
  attempt.connect = result.connect;
  attempt.tls = result.tls;
  attempt.first_byte = result.first_byte;
  attempt.total = result.total;
  attempt.response_status = result.status;
  attempt.error = std::move(result.error);
  attempt.response_headers = std::move(result.headers);
  attempt.response_body = std::move(result.body);
  attempt.response_body_truncated = result.body_truncated;
  if (attempt.error.empty() && result.status / 100 != 2) {
    attempt.error = absl::StrCat("the endpoint answered with status ", result.status,
                                 result.status / 100 == 3 ? "; redirects are not followed" : "");
  }
  return attempt;
}

AttemptOutcome OutcomeOf(const HttpResult& result) {
  switch (result.failure) {
    case HttpFailure::kNone:
      break;
    case HttpFailure::kTimeout:
      return AttemptOutcome::kTimeout;
    case HttpFailure::kResolve:
      return AttemptOutcome::kResolve;
    case HttpFailure::kConnect:
      return AttemptOutcome::kConnect;
    case HttpFailure::kTls:
      return AttemptOutcome::kTls;
    case HttpFailure::kBroken:
      return AttemptOutcome::kBroken;
    case HttpFailure::kProtocol:
      return AttemptOutcome::kProtocol;
    case HttpFailure::kOther:
      return AttemptOutcome::kOther;
  }
  if (!result.error.empty()) return AttemptOutcome::kOther;
  switch (result.status / 100) {
    case 2:
      return AttemptOutcome::k2xx;
    case 3:
      return AttemptOutcome::k3xx;
    case 4:
      return AttemptOutcome::k4xx;
    case 5:
      return AttemptOutcome::k5xx;
    default:
      return AttemptOutcome::kOtherStatus;
  }
}

}  // namespace hookd
