#include "delivery/attempts/attempt.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "base/version.h"
#include "delivery/attempts/signing.h"

namespace hookd {

namespace {

constexpr char kAuthorization[] = "Authorization";
// The longest Location of a redirect that is shown: enough for every sensible URL.
constexpr size_t kMaxLocationBytes = 512;

std::string StatusError(int status) {
  return absl::StrCat("the endpoint answered with status ", status,
                      status / 100 == 3 ? "; redirects are not followed" : "");
}

// The Location of an answer; empty if it has none.
std::string LocationOf(const Attempt& attempt) {
  for (const auto& [name, value] : attempt.response_headers) {
    if (absl::EqualsIgnoreCase(name, "Location")) {
      return AbbreviateUtf8(ReplaceInvalidUtf8(value), kMaxLocationBytes);
    }
  }
  return "";
}

HttpHeaders RequestHeaders(const Webhook& webhook, absl::string_view message_id, absl::string_view body,
                           absl::Time now, const TraceContext* trace) {
  static const auto* user_agent = new std::string(absl::StrCat("hookd/", kVersion));
  HttpHeaders headers = {{"Content-Type", "application/json"},
                         {"User-Agent", *user_agent},
                         {"Webhook-Id", std::string(message_id)},
                         {"Webhook-Timestamp", absl::StrCat(absl::ToUnixSeconds(now))}};
  std::string signature = SignatureHeader(webhook.signing_secrets, message_id, now, body);
  if (!signature.empty()) headers.emplace_back("Webhook-Signature", std::move(signature));
  if (trace != nullptr) headers.emplace_back("traceparent", trace->parent);
  if (trace != nullptr && !trace->state.empty()) headers.emplace_back("tracestate", trace->state);
  if (webhook.basic_auth.has_value()) {
    headers.emplace_back(
        kAuthorization,
        absl::StrCat("Basic ", absl::Base64Escape(absl::StrCat(webhook.basic_auth->username, ":",
                                                               webhook.basic_auth->password))));
  }
  headers.insert(headers.end(), webhook.headers.begin(), webhook.headers.end());
  return headers;
}

}  // namespace

HttpRequest MakeRequest(const Webhook& webhook, absl::string_view message_id,
                        std::shared_ptr<const std::string> body, absl::Time now, const TraceContext* trace) {
  return {.url = webhook.url,
          .headers = RequestHeaders(webhook, message_id, *body, now, trace),
          .body = body,
          .timeout = webhook.timeout,
          .connect_timeout = std::min(webhook.timeout, limits::kConnectTimeout),
          .first_byte_timeout = std::min(webhook.timeout, limits::kFirstByteTimeout),
          .affinity = static_cast<size_t>(webhook.key),
          .tls_ca = webhook.tls_ca,
          .tls_certificate_chain = webhook.client_certificate.value_or(ClientCertificate()).certificate_chain,
          .tls_private_key = webhook.client_certificate.value_or(ClientCertificate()).private_key};
}

HttpHeaders RedactHeaders(HttpHeaders headers, const Webhook& webhook) {
  for (auto& header : headers) {
    const bool secret = header.first == kAuthorization ||
                        std::any_of(webhook.headers.begin(), webhook.headers.end(),
                                    [&](const auto& own) { return own.first == header.first; });
    if (secret) header.second = "[redacted]";
  }
  return headers;
}

Attempt MakeAttempt(int number, absl::Time start_time, HttpResult result) {
  const ErrorClass error_class = ErrorClassOf(result);
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
  attempt.remote_address = std::move(result.remote_address);
  attempt.http_version = std::move(result.http_version);
  attempt.retry_after = result.retry_after;
  attempt.error_class = error_class;
  if (attempt.error.empty() && result.status / 100 != 2) {
    attempt.error = StatusError(result.status);
    const std::string location = result.status / 100 == 3 ? LocationOf(attempt) : "";
    if (!location.empty()) absl::StrAppend(&attempt.error, ": it redirects to ", location);
  }
  return attempt;
}

std::string LoggedError(const Attempt& attempt) {
  std::string without_location = StatusError(attempt.response_status);
  return absl::StartsWith(attempt.error, without_location) ? without_location : attempt.error;
}

AttemptOutcome OutcomeOf(const HttpResult& result) {
  switch (result.failure) {
    case HttpFailure::kNone:
      break;
    case HttpFailure::kTimeout:
      return AttemptOutcome::kTimeout;
    case HttpFailure::kResolve:
      return AttemptOutcome::kResolve;
    case HttpFailure::kBlocked:
      return AttemptOutcome::kBlocked;
    case HttpFailure::kConnect:
      return AttemptOutcome::kConnect;
    case HttpFailure::kTls:
      return AttemptOutcome::kTls;
    case HttpFailure::kBroken:
      return AttemptOutcome::kBroken;
    case HttpFailure::kProtocol:
      return AttemptOutcome::kProtocol;
    case HttpFailure::kProxy:
      return AttemptOutcome::kProxy;
    case HttpFailure::kRoute:
      return AttemptOutcome::kRoute;
    case HttpFailure::kResources:
      return AttemptOutcome::kResources;
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

ErrorClass ErrorClassOf(const HttpResult& result) {
  if (result.fault == HttpFault::kHookd) return ErrorClass::kInternal;
  switch (result.failure) {
    case HttpFailure::kNone:
      if (!result.error.empty()) return ErrorClass::kConnection;
      return result.status / 100 == 2 ? ErrorClass::kNone : ErrorClass::kStatus;
    case HttpFailure::kTimeout:
      return ErrorClass::kTimeout;
    case HttpFailure::kTls:
      return ErrorClass::kTls;
    case HttpFailure::kBlocked:
      return ErrorClass::kBlocked;
    case HttpFailure::kResolve:
    case HttpFailure::kConnect:
    case HttpFailure::kBroken:
    case HttpFailure::kProtocol:
    case HttpFailure::kProxy:
    case HttpFailure::kRoute:
    case HttpFailure::kResources:
    case HttpFailure::kOther:
      return ErrorClass::kConnection;
  }
  return ErrorClass::kConnection;
}

HoldCause HoldCauseOf(const HttpResult& result) {
  switch (result.failure) {
    case HttpFailure::kProxy:
      return HoldCause::kProxy;
    case HttpFailure::kResolve:
      return HoldCause::kResolver;
    case HttpFailure::kRoute:
      return HoldCause::kRoute;
    case HttpFailure::kResources:
      return HoldCause::kResources;
    case HttpFailure::kTimeout:
      return HoldCause::kTimeout;
    default:
      return HoldCause::kOther;
  }
}

}  // namespace hookd
