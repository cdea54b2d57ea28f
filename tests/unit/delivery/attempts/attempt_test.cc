#include "delivery/attempts/attempt.h"

#include "delivery/attempts/signing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::_;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'790'000'000);

HttpHeaders HeadersWith(const TraceContext& trace) {
  return MakeRequest(Webhook(), "0123456789abc", std::make_shared<const std::string>("{}"), kNow, &trace)
      .headers;
}

HttpResult Answer(int status) {
  HttpResult result;
  result.status = status;
  return result;
}

TEST(AttemptTest, TheRequestCarriesTheDocumentedHeaders) {
  Webhook webhook;
  webhook.url = "http://127.0.0.1/hook";
  webhook.timeout = absl::Seconds(3);
  const auto body = std::make_shared<const std::string>("{}");
  const HttpRequest request = MakeRequest(webhook, "0123456789abc", body, kNow, nullptr);
  EXPECT_EQ(request.url, "http://127.0.0.1/hook");
  EXPECT_EQ(request.timeout, absl::Seconds(3));
  EXPECT_EQ(request.body, body);
  EXPECT_THAT(
      request.headers,
      UnorderedElementsAre(Pair("Content-Type", "application/json"), Pair("User-Agent", StartsWith("hookd/")),
                           Pair("Webhook-Id", "0123456789abc"), Pair("Webhook-Timestamp", "1790000000")));
}

TEST(AttemptTest, AWebhookWithASecretHasItsRequestsSigned) {
  Webhook webhook;
  webhook.signing_secrets = {NewSigningSecret(SigningAlgorithm::kHmacSha256)};
  const auto body = std::make_shared<const std::string>("{}");
  const HttpRequest request = MakeRequest(webhook, "0123456789abc", body, kNow, nullptr);
  EXPECT_THAT(request.headers,
              Contains(Pair("Webhook-Signature",
                            SignatureHeader(webhook.signing_secrets, "0123456789abc", kNow, "{}"))));
}

TEST(AttemptTest, ItsOwnHeadersAndCredentialsAreSentAndShownRedacted) {
  Webhook webhook;
  webhook.headers = {{"X-Api-Key", "hunter2"}};
  webhook.basic_auth = BasicAuth{.username = "Aladdin", .password = "open sesame"};  // RFC 7617, 2
  const auto body = std::make_shared<const std::string>("{}");
  HttpRequest request = MakeRequest(webhook, "0123456789abc", body, kNow, nullptr);
  EXPECT_THAT(request.headers, Contains(Pair("X-Api-Key", "hunter2")));
  EXPECT_THAT(request.headers, Contains(Pair("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")));
  const HttpHeaders shown = RedactHeaders(request.headers, webhook);
  EXPECT_THAT(shown, Contains(Pair("X-Api-Key", "[redacted]")));
  EXPECT_THAT(shown, Contains(Pair("Authorization", "[redacted]")));
  EXPECT_THAT(shown, Contains(Pair("Webhook-Id", "0123456789abc")));
}

TEST(AttemptTest, ItsCertificatesGoWithTheRequest) {
  Webhook webhook;
  webhook.tls_ca = "ca";
  webhook.client_certificate = ClientCertificate{.certificate_chain = "chain", .private_key = "key"};
  const HttpRequest request =
      MakeRequest(webhook, "i", std::make_shared<const std::string>("{}"), kNow, nullptr);
  EXPECT_EQ(request.tls_ca, "ca");
  EXPECT_EQ(request.tls_certificate_chain, "chain");
  EXPECT_EQ(request.tls_private_key, "key");
}

TEST(AttemptTest, TheRequestCarriesTheCallersTrace) {
  const TraceContext trace{.parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                           .state = "a=1"};
  const HttpHeaders headers = HeadersWith(trace);
  EXPECT_THAT(headers,
              AllOf(Contains(Pair("traceparent", trace.parent)), Contains(Pair("tracestate", "a=1"))));
}

TEST(AttemptTest, ATraceWithoutStateIsSentWithout) {
  const TraceContext trace{.parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", .state = ""};
  EXPECT_THAT(HeadersWith(trace), Not(Contains(Pair("tracestate", _))));
}

TEST(AttemptTest, IsCountedByTheClassOfItsStatus) {
  EXPECT_EQ(OutcomeOf(Answer(204)), AttemptOutcome::k2xx);
  EXPECT_EQ(OutcomeOf(Answer(302)), AttemptOutcome::k3xx);
  EXPECT_EQ(OutcomeOf(Answer(410)), AttemptOutcome::k4xx);
  EXPECT_EQ(OutcomeOf(Answer(503)), AttemptOutcome::k5xx);
  EXPECT_EQ(OutcomeOf(Answer(999)), AttemptOutcome::kOtherStatus);
}

TEST(AttemptTest, IsCountedByItsFailureWhateverTheStatus) {
  HttpResult result = Answer(200);
  result.error = "timed out after 5s: the response was incomplete";
  result.failure = HttpFailure::kTimeout;
  EXPECT_EQ(OutcomeOf(result), AttemptOutcome::kTimeout);
}

TEST(AttemptTest, OneThatHookdCouldNotMakeIsCountedByItsCause) {
  const auto cause_of = [](HttpFailure failure) {
    HttpResult result;
    result.failure = failure;
    return HoldCauseOf(result);
  };
  EXPECT_EQ(cause_of(HttpFailure::kProxy), HoldCause::kProxy);
  EXPECT_EQ(cause_of(HttpFailure::kResolve), HoldCause::kResolver);
  EXPECT_EQ(cause_of(HttpFailure::kRoute), HoldCause::kRoute);
  EXPECT_EQ(cause_of(HttpFailure::kResources), HoldCause::kResources);
  EXPECT_EQ(cause_of(HttpFailure::kTimeout), HoldCause::kTimeout);
  EXPECT_EQ(cause_of(HttpFailure::kConnect), HoldCause::kOther);
}

TEST(AttemptTest, HasTheClassOfItsFailure) {
  const auto class_of = [](HttpFailure failure, HttpFault fault = HttpFault::kEndpoint) {
    HttpResult result;
    result.error = "e";
    result.failure = failure;
    result.fault = fault;
    return MakeAttempt(1, kNow, result).error_class;
  };
  EXPECT_EQ(class_of(HttpFailure::kTimeout), ErrorClass::kTimeout);
  EXPECT_EQ(class_of(HttpFailure::kTls), ErrorClass::kTls);
  EXPECT_EQ(class_of(HttpFailure::kBlocked, HttpFault::kPolicy), ErrorClass::kBlocked);
  for (const HttpFailure failure : {HttpFailure::kResolve, HttpFailure::kConnect, HttpFailure::kBroken,
                                    HttpFailure::kProtocol, HttpFailure::kOther}) {
    EXPECT_EQ(class_of(failure), ErrorClass::kConnection) << static_cast<int>(failure);
  }
  // The endpoint has not seen the request.
  for (const HttpFailure failure : {HttpFailure::kResolve, HttpFailure::kProxy, HttpFailure::kRoute,
                                    HttpFailure::kResources, HttpFailure::kTimeout}) {
    EXPECT_EQ(class_of(failure, HttpFault::kHookd), ErrorClass::kInternal) << static_cast<int>(failure);
  }
}

TEST(AttemptTest, Any2xxIsSuccess) {
  for (int status : {200, 201, 204, 299}) {
    EXPECT_EQ(MakeAttempt(1, kNow, Answer(status)).error, "") << status;
    EXPECT_EQ(MakeAttempt(1, kNow, Answer(status)).error_class, ErrorClass::kNone) << status;
  }
}

TEST(AttemptTest, AnythingElseIsAFailureThatSaysSo) {
  for (int status : {199, 300, 400, 404, 410, 429, 500, 503, 999}) {
    EXPECT_THAT(MakeAttempt(1, kNow, Answer(status)).error, HasSubstr(std::to_string(status))) << status;
    EXPECT_EQ(MakeAttempt(1, kNow, Answer(status)).error_class, ErrorClass::kStatus) << status;
  }
}

TEST(AttemptTest, ARedirectIsExplained) {
  EXPECT_THAT(MakeAttempt(1, kNow, Answer(302)).error, HasSubstr("redirects are not followed"));
}

TEST(AttemptTest, ARedirectSaysWhereItLeadsButNotInTheLog) {
  HttpResult result = Answer(301);
  result.headers = {{"location", "https://example.com/final?token=secret"}};
  const Attempt attempt = MakeAttempt(1, kNow, result);
  EXPECT_EQ(attempt.error,
            "the endpoint answered with status 301; redirects are not followed: it redirects to "
            "https://example.com/final?token=secret");
  EXPECT_EQ(LoggedError(attempt), "the endpoint answered with status 301; redirects are not followed");
  EXPECT_EQ(LoggedError(MakeAttempt(1, kNow, Answer(500))), "the endpoint answered with status 500");
}

TEST(AttemptTest, OfALocationThatIsNoTextOrVeryLongAPartIsShown) {
  HttpResult result = Answer(302);
  result.headers = {{"Location", "/\xff" + std::string(4000, 'x')}};
  const std::string error = MakeAttempt(1, kNow, result).error;
  EXPECT_THAT(error, HasSubstr("redirects to /\xef\xbf\xbdxxx"));
  EXPECT_LT(error.size(), 700U);
}

TEST(AttemptTest, A2xxThatWasCutShortIsAFailure) {
  HttpResult result = Answer(200);
  result.error = "timed out after 5s: the response was incomplete";
  EXPECT_EQ(MakeAttempt(1, kNow, result).error, "timed out after 5s: the response was incomplete");
}

TEST(AttemptTest, KeepsWhatCameBack) {
  HttpResult result = Answer(500);
  result.body = "oops";
  result.body_truncated = true;
  result.connect = absl::Microseconds(3);
  result.total = absl::Milliseconds(9);
  const Attempt attempt = MakeAttempt(2, kNow, result);
  EXPECT_EQ(attempt.number, 2);
  EXPECT_EQ(attempt.start_time, kNow);
  EXPECT_EQ(attempt.connect, absl::Microseconds(3));
  EXPECT_EQ(attempt.total, absl::Milliseconds(9));
  EXPECT_EQ(attempt.response_status, 500);
  EXPECT_EQ(attempt.response_body, "oops");
  EXPECT_TRUE(attempt.response_body_truncated);
}

}  // namespace
}  // namespace hookd
