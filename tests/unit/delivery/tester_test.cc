#include "delivery/tester.h"

#include <memory>
#include <string>

#include "base/limits.h"
#include "gtest/gtest.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_http_client.h"

namespace hookd {
namespace {

class TesterTest : public ::testing::Test {
 protected:
  TesterTest() { webhook_.url = "http://a/"; }

  FakeClock clock_;
  FakeHttpClient http_;
  Tester tester_{&http_, &clock_, "n1"};
  Webhook webhook_;
  const std::shared_ptr<const std::string> body_ =
      std::make_shared<const std::string>(R"({"type":"bounced"})");
};

TEST_F(TesterTest, SendsTheBodyAndReturnsTheResult) {
  absl::StatusOr<Tester::Result> result = absl::UnknownError("no answer");
  tester_.Test(webhook_, body_, nullptr, [&](auto answer) { result = std::move(answer); });
  HttpResult refused;
  refused.error = "could not connect: connection refused";
  ASSERT_TRUE(http_.AnswerNext(refused));
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->request.url, "http://a/");
  EXPECT_EQ(*result->request.body, R"({"type":"bounced"})");
  EXPECT_EQ(result->attempt.error, "could not connect: connection refused");
  EXPECT_EQ(result->attempt.url, "http://a/");
  EXPECT_EQ(result->attempt.trigger, AttemptTrigger::kTest);
  EXPECT_EQ(result->attempt.node, "n1");
}

TEST_F(TesterTest, RefusesMoreTestsAtOnceThanItsLimitAndTakesThemAgainWhenSomeHaveEnded) {
  int answers = 0;
  absl::Status last;
  const auto count = [&](absl::StatusOr<Tester::Result> result) {
    ++answers;
    last = result.status();
  };
  for (int i = 0; i < limits::kMaxConcurrentTests; ++i) tester_.Test(webhook_, body_, nullptr, count);
  EXPECT_EQ(answers, 0);
  tester_.Test(webhook_, body_, nullptr, count);
  EXPECT_EQ(answers, 1);
  EXPECT_TRUE(absl::IsResourceExhausted(last));
  http_.AnswerNext({});
  tester_.Test(webhook_, body_, nullptr, count);
  EXPECT_EQ(http_.AnswerAll({}), static_cast<size_t>(limits::kMaxConcurrentTests));
}

}  // namespace
}  // namespace hookd
