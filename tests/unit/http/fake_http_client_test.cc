#include "tests/support/fake_http_client.h"

#include <optional>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

HttpRequest RequestTo(const std::string& url) {
  HttpRequest request;
  request.url = url;
  return request;
}

HttpResult Status(int status) {
  HttpResult result;
  result.status = status;
  return result;
}

TEST(FakeHttpClientTest, AnswersInTheOrderTheTestWants) {
  std::vector<std::string> done;
  const auto note = [&done](const std::string& name) {
    return [&done, name](const HttpResult& result) {
      done.push_back(name + " " + std::to_string(result.status));
    };
  };
  FakeHttpClient client;
  for (const char* url : {"a", "b", "c", "d"}) client.Send(RequestTo(url), note(url));
  EXPECT_TRUE(done.empty());
  EXPECT_TRUE(client.AnswerWhere([](const HttpRequest& request) { return request.url == "c"; }, Status(201)));
  EXPECT_FALSE(
      client.AnswerWhere([](const HttpRequest& request) { return request.url == "c"; }, Status(201)));
  EXPECT_TRUE(client.AnswerNext(Status(202)));
  ASSERT_EQ(client.waiting().size(), 2u);
  EXPECT_EQ(client.waiting()[0].url, "b");
  EXPECT_EQ(client.AnswerAll(Status(203)), 2u);
  EXPECT_FALSE(client.AnswerNext(Status(204)));
  EXPECT_EQ(client.sent(), 4u);
  EXPECT_THAT(done, ElementsAre("c 201", "a 202", "b 203", "d 203"));
}

TEST(FakeHttpClientTest, DoneMaySend) {
  FakeHttpClient client;
  client.Send(RequestTo("first"),
              [&client](const HttpResult&) { client.Send(RequestTo("second"), [](const HttpResult&) {}); });
  EXPECT_EQ(client.AnswerAll(Status(200)), 1u);
  ASSERT_EQ(client.waiting().size(), 1u);
  EXPECT_EQ(client.waiting()[0].url, "second");
}

TEST(FakeHttpClientTest, WaitsForWhatAnotherThreadSends) {
  FakeHttpClient client;
  std::thread sender([&client] { client.Send(RequestTo("a"), [](const HttpResult&) {}); });
  EXPECT_TRUE(client.WaitForWaiting(1, absl::Seconds(20)));
  EXPECT_FALSE(client.WaitForWaiting(2, absl::ZeroDuration()));
  sender.join();
}

TEST(FakeHttpClientTest, AnswersWhatWaitsWhenItGoes) {
  std::optional<HttpResult> result;
  {
    FakeHttpClient client;
    client.Send(RequestTo("a"), [&result](HttpResult answer) { result = std::move(answer); });
  }
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->status, 0);
  EXPECT_EQ(result->error, "hookd is shutting down");
}

}  // namespace
}  // namespace hookd
