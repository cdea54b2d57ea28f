#include "web/routes/http_status.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "api/status.h"
#include "base/status.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"

namespace hookd {
namespace {

using ::google::rpc::Code;

absl::Status WithRetryDelay(int64_t seconds, int32_t nanos) {
  absl::Status status = absl::UnavailableError("busy");
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_seconds(seconds);
  info.mutable_retry_delay()->set_nanos(nanos);
  AddDetail(status, info);
  return status;
}

std::string RetryAfter(const absl::Status& status) {
  return std::string(FindHeader(ToHttpError(status, false).headers, "Retry-After"));
}

TEST(HttpStatusTest, MapsEveryCodeAsItIsDocumented) {
  const std::map<Code, int> documented = {
      {Code::OK, 200},
      {Code::CANCELLED, 499},
      {Code::UNKNOWN, 500},
      {Code::INVALID_ARGUMENT, 400},
      {Code::DEADLINE_EXCEEDED, 504},
      {Code::NOT_FOUND, 404},
      {Code::ALREADY_EXISTS, 409},
      {Code::PERMISSION_DENIED, 403},
      {Code::UNAUTHENTICATED, 401},
      {Code::RESOURCE_EXHAUSTED, 429},
      {Code::FAILED_PRECONDITION, 400},
      {Code::ABORTED, 409},
      {Code::OUT_OF_RANGE, 400},
      {Code::UNIMPLEMENTED, 501},
      {Code::INTERNAL, 500},
      {Code::UNAVAILABLE, 503},
      {Code::DATA_LOSS, 500},
  };
  for (int code = google::rpc::Code_MIN; code <= google::rpc::Code_ARRAYSIZE - 1; ++code) {
    ASSERT_EQ(documented.count(static_cast<Code>(code)), 1) << code;
    EXPECT_EQ(HttpStatusOf(static_cast<absl::StatusCode>(code)), documented.at(static_cast<Code>(code)))
        << code;
  }
  EXPECT_EQ(HttpStatusOf(static_cast<absl::StatusCode>(99)), 500);
}

TEST(HttpStatusTest, KeepsTheErrorForTheBody) {
  const absl::Status error = WithDetails(FieldError("webhook.url", "is empty"));
  const HttpError converted = ToHttpError(error, false);
  EXPECT_EQ(converted.http_status, 400);
  EXPECT_EQ(converted.error, error);
  EXPECT_TRUE(converted.headers.empty());
}

TEST(HttpStatusTest, RoundsTheRetryDelayUp) {
  EXPECT_EQ(RetryAfter(WithRetryDelay(1, 0)), "1");
  EXPECT_EQ(RetryAfter(WithRetryDelay(1, 1)), "2");
  EXPECT_EQ(RetryAfter(WithRetryDelay(0, 999'999'999)), "1");
  EXPECT_EQ(RetryAfter(WithRetryDelay(0, 0)), "0");
  EXPECT_EQ(RetryAfter(WithDetails(absl::ResourceExhaustedError("full"))), "1");
}

TEST(HttpStatusTest, HasNoNegativeRetryDelay) {
  EXPECT_EQ(RetryAfter(WithRetryDelay(-5, 0)), "0");
  EXPECT_EQ(RetryAfter(WithRetryDelay(INT64_MIN, -1)), "0");
  EXPECT_EQ(RetryAfter(WithRetryDelay(INT64_MAX, 999'999'999)), "315576000001");
}

TEST(HttpStatusTest, HasNoRetryAfterWithoutARetryInfo) {
  EXPECT_EQ(RetryAfter(absl::UnavailableError("busy")), "");
  absl::Status broken = absl::UnavailableError("busy");
  broken.SetPayload("type.googleapis.com/google.rpc.RetryInfo", absl::Cord("\xff\xff"));
  EXPECT_EQ(RetryAfter(broken), "");
  absl::Status empty = absl::UnavailableError("busy");
  AddDetail(empty, google::rpc::RetryInfo());
  EXPECT_EQ(RetryAfter(empty), "");
}

TEST(HttpStatusTest, ChallengesACallerWithoutAToken) {
  const HttpError error = ToHttpError(absl::UnauthenticatedError("no token"), false);
  EXPECT_EQ(error.http_status, 401);
  EXPECT_EQ(FindHeader(error.headers, "WWW-Authenticate"), "Bearer realm=\"hookd\"");
}

TEST(HttpStatusTest, SaysThatATokenWasRefused) {
  const HttpError error = ToHttpError(absl::UnauthenticatedError("unknown token"), true);
  EXPECT_EQ(FindHeader(error.headers, "WWW-Authenticate"), "Bearer realm=\"hookd\", error=\"invalid_token\"");
}

TEST(HttpStatusTest, ChallengesNobodyElse) {
  EXPECT_TRUE(ToHttpError(absl::PermissionDeniedError("no"), true).headers.empty());
  EXPECT_TRUE(ToHttpError(absl::NotFoundError("no"), true).headers.empty());
}

}  // namespace
}  // namespace hookd
