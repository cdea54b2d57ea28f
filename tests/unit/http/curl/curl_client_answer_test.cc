// What is kept of an answer besides its status and body.
#include <ctime>

#include "absl/time/time.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::Each;

using ::testing::IsEmpty;

using ::testing::Le;
using ::testing::Not;
using ::testing::Pair;

struct CurlClientAnswerTest : ::testing::Test {
  HttpResult Get(HttpReceiver::Behaviour behaviour) {
    receiver.SetNext(std::move(behaviour));
    return Fetch(*client, MakeRequest(receiver.Url("/")));
  }
  absl::Duration RetryAfter(const std::string& value) {
    return Get({.status = 503, .headers = {{"Retry-After", value}}}).retry_after;
  }

  HttpReceiver receiver;
  std::unique_ptr<CurlClient> client = MakeClient();
};

TEST_F(CurlClientAnswerTest, KeepsItsHeadersInOrderAsTheyCame) {
  const HttpResult result = Get({.headers = {{"X-First", "a b: c"}, {"x-second", ""}, {"X-First", "d"}}});
  std::vector<std::pair<std::string, std::string>> own;
  for (const auto& header : result.headers) {
    if (header.first[0] == 'X' || header.first[0] == 'x') own.push_back(header);
  }
  EXPECT_THAT(own,
              ::testing::ElementsAre(Pair("X-First", "a b: c"), Pair("x-second", ""), Pair("X-First", "d")));
}

TEST_F(CurlClientAnswerTest, KeepsNoneOfAnInterimAnswer) {
  const HttpResult result = Get({.headers = {{"X-Final", "1"}}, .interim = {103, 100}});
  EXPECT_EQ(result.status, 200);
  EXPECT_THAT(result.headers, Contains(Pair("X-Final", "1")));
  EXPECT_THAT(result.headers, Each(Not(Pair("Link", ::testing::_))));
}

TEST_F(CurlClientAnswerTest, TakesNothingButAnInterimAnswerForNone) {
  const HttpResult result = Get({.status = 103, .close_after = true});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.failure, HttpFailure::kBroken);
  EXPECT_EQ(result.error, "the connection was closed before a response");
  EXPECT_THAT(result.headers, IsEmpty());
}

// libcurl 7.88 adds the line to a header of the answer before, which it has freed, where its handle is used
// again: as it is from the third request on one connection.
TEST_F(CurlClientAnswerTest, RefusesAFoldedLineThatFoldsNothing) {
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Get({.headers = {{"X-Before", "1"}}}).error, "");
  const std::vector<std::pair<std::string, std::string>> with_space = {{" folded", "2"}, {"X-Next", "3"}};
  const std::vector<std::pair<std::string, std::string>> with_tab = {{"\tfolded", "2"}, {"X-Next", "3"}};
  for (const HttpReceiver::Behaviour& answer :
       {HttpReceiver::Behaviour{.headers = with_space}, HttpReceiver::Behaviour{.headers = with_tab},
        HttpReceiver::Behaviour{.headers = with_space, .interim = {100}}}) {
    const HttpResult folded = Get(answer);
    EXPECT_EQ(folded.error, "the response was not valid HTTP");
    EXPECT_EQ(folded.failure, HttpFailure::kProtocol);
    EXPECT_EQ(folded.status, 0);
    EXPECT_THAT(folded.headers, IsEmpty());
    for (int i = 0; i < 3; ++i) EXPECT_EQ(Get({.headers = {{"X-After", "3"}}}).error, "");
  }
}

TEST_F(CurlClientAnswerTest, TakesAFoldedLineThatFoldsAHeader) {
  const HttpResult result = Get({.headers = {{"X-First", "1"}, {" folded", "2"}}, .body = "and a body"});
  EXPECT_EQ(result.status, 200);
  EXPECT_THAT(result.headers, Contains(Pair("X-First", "1")));
  EXPECT_EQ(result.body, "and a body");
}

TEST_F(CurlClientAnswerTest, HasNothingOfTheAnswerBefore) {
  for (int i = 0; i < 3; ++i) {
    const HttpResult before =
        Get({.status = 503, .headers = {{"Retry-After", "120"}, {"X-Before", "1"}}, .body = "of before"});
    EXPECT_EQ(before.retry_after, absl::Seconds(120));
    EXPECT_EQ(before.body, "of before");
    const HttpResult result = Get({.status = 204});
    EXPECT_EQ(result.status, 204);
    EXPECT_EQ(result.retry_after, absl::ZeroDuration());
    EXPECT_EQ(result.body, "");
    EXPECT_THAT(result.headers, Each(Not(Pair("X-Before", ::testing::_))));
  }
}

TEST_F(CurlClientAnswerTest, KeepsAsManyHeadersAsFit) {
  const HttpResult result = Get({.header_flood = 300});
  EXPECT_EQ(result.status, 200);
  size_t bytes = 0;
  for (const auto& [name, value] : result.headers) bytes += name.size() + value.size();
  EXPECT_GT(bytes, limits::kMaxRecordedHeaderBytes / 2);
  EXPECT_THAT(bytes, Le(limits::kMaxRecordedHeaderBytes));
}

TEST_F(CurlClientAnswerTest, HasNoHeadersWithoutAnAnswer) {
  EXPECT_THAT(Get({.reset = true}).headers, IsEmpty());
}

TEST_F(CurlClientAnswerTest, Takes204ForAnAnswerWithoutABody) {
  const HttpResult result = Get({.status = 204});
  EXPECT_EQ(result.status, 204);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.body, "");
}

TEST_F(CurlClientAnswerTest, ReadsRetryAfterInSeconds) {
  EXPECT_EQ(RetryAfter("120"), absl::Seconds(120));
  EXPECT_EQ(RetryAfter("0"), absl::ZeroDuration());
}

TEST_F(CurlClientAnswerTest, ReadsRetryAfterAsADate) {
  // By libcurl's clock: within a tick of a second's beginning, a finer one is a second ahead.
  const absl::Time then = absl::FromTimeT(std::time(nullptr)) + absl::Hours(10);
  const absl::Duration pause =
      RetryAfter(absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", then, absl::UTCTimeZone()));
  EXPECT_GT(pause, absl::Hours(9));
  EXPECT_LE(pause, absl::Hours(10));
}

TEST_F(CurlClientAnswerTest, TakesARetryAfterThatIsPastOrNoneForNone) {
  for (const char* value : {"Wed, 21 Oct 2015 07:28:00 GMT", "soon", "-5", ""}) {
    EXPECT_EQ(RetryAfter(value), absl::ZeroDuration()) << value;
  }
  EXPECT_EQ(Get({.status = 503}).retry_after, absl::ZeroDuration());
}

TEST_F(CurlClientAnswerTest, ARetryAfterWithoutEndOverflowsNothing) {
  for (const char* value : {"9223372036854775807", "9223372036854775808", "99999999999999999999999"}) {
    EXPECT_LT(RetryAfter(value), absl::InfiniteDuration()) << value;
    EXPECT_GE(RetryAfter(value), absl::Hours(24 * 365)) << value;
  }
  EXPECT_EQ(RetryAfter("120"), absl::Seconds(120)) << "of the answer before, nothing is left";
}

}  // namespace
}  // namespace hookd
