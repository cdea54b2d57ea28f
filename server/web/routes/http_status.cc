#include "web/routes/http_status.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/macros.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {
namespace {

constexpr absl::string_view kRetryInfoUrl = "type.googleapis.com/google.rpc.RetryInfo";

// The seconds after which the caller may retry, rounded up so that it does not retry too early.
std::optional<int64_t> RetryAfter(const absl::Status& error) {
  const auto payload = error.GetPayload(kRetryInfoUrl);
  if (!payload.has_value()) return std::nullopt;
  google::rpc::RetryInfo info;
  if (!info.ParseFromString(std::string(*payload)) || !info.has_retry_delay()) return std::nullopt;
  // A google.protobuf.Duration has up to 315,576,000,000 seconds, so that one more cannot overflow.
  constexpr int64_t kMaxSeconds = 315'576'000'000;
  const int64_t seconds = std::clamp<int64_t>(info.retry_delay().seconds(), 0, kMaxSeconds);
  return seconds + (info.retry_delay().nanos() > 0 ? 1 : 0);
}

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

HttpError ToHttpError(const absl::Status& error, bool has_credentials) {
  ABSL_ASSERT(!error.ok());
  HttpError converted{HttpStatusOf(error.code()), error, {}};
  if (const auto seconds = RetryAfter(error)) {
    converted.headers.emplace_back("Retry-After", absl::StrCat(*seconds));
  }
  if (absl::IsUnauthenticated(error)) {
    converted.headers.emplace_back("WWW-Authenticate", has_credentials
                                                           ? R"(Bearer realm="hookd", error="invalid_token")"
                                                           : R"(Bearer realm="hookd")");
  }
  return converted;
}

}  // namespace hookd
