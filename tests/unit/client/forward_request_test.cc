// Requests of hookctl listen --forward-to, to programs that misbehave.
#include "hookctl/forward_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/support/http_receiver.h"

namespace hookctl {
namespace {

using hookd::HttpReceiver;
using testing::HasSubstr;

constexpr absl::Duration kLong = absl::Minutes(10);

TEST(ForwardRequestTest, OfABodyWithoutEndTheStatusCounts) {
  HttpReceiver program;
  const HttpReceiver::Behaviour endless[] = {
      {.status = 202,
       .headers = {{"Content-Length", "99999999999"}},
       .body = "12345678",
       .endless_body = true},
      {.status = 202, .body = "12345678", .chunked = true, .endless_body = true}};
  for (const auto& behaviour : endless) {
    program.SetDefault(behaviour);
    ForwardClient client(program.Url("/hook"), kLong);
    const auto result = client.Post({}, "{}");
    EXPECT_EQ(result.status, 202) << behaviour.chunked;
    EXPECT_EQ(result.error, "") << behaviour.chunked;
  }
}

TEST(ForwardRequestTest, AShortBodyKeepsTheConnection) {
  HttpReceiver program;
  program.SetDefault({.body = std::string(60'000, 'x')});
  ForwardClient client(program.Url("/hook?a=b"), kLong);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.Post({{"X-Header", "1"}}, "{}").status, 200);
  EXPECT_EQ(program.connections(), 1);
  EXPECT_EQ(program.requests()[0].path, "/hook?a=b");
  EXPECT_EQ(program.requests()[0].header("X-Header"), "1");
  EXPECT_EQ(program.requests()[0].header("Content-Type"), "application/json");
}

TEST(ForwardRequestTest, TheDeadlineIsThatOfTheWholeRequest) {
  HttpReceiver program;
  const HttpReceiver::Behaviour slow[] = {{.hang = true},
                                          {.body = "x", .drip = absl::Milliseconds(5), .endless_body = true}};
  for (const auto& behaviour : slow) {
    program.SetDefault(behaviour);
    ForwardClient client(program.Url("/"), absl::Milliseconds(100));
    const auto result = client.Post({}, "{}");
    EXPECT_EQ(result.status, 0) << behaviour.hang;
    EXPECT_EQ(result.error, "no complete response within 100ms") << behaviour.hang;
    program.SetDefault({.status = 204});
    while (client.Post({}, "{}").status != 204) {  // on a slow machine not the first
    }
  }
}

TEST(ForwardRequestTest, CancelEndsTheRequestInFlight) {
  HttpReceiver program;
  program.SetDefault({.body = "x", .drip = absl::Milliseconds(5), .endless_body = true});
  ForwardClient client(program.Url("/"), kLong);
  std::thread interrupt([&] {
    EXPECT_TRUE(program.WaitForRequests(1, absl::Seconds(30)));
    client.Cancel();
  });
  EXPECT_EQ(client.Post({}, "{}").error, "interrupted");
  interrupt.join();
  EXPECT_EQ(client.Post({}, "{}").error, "interrupted");
}

TEST(ForwardRequestTest, SaysWhyThereIsNoResponse) {
  EXPECT_THAT(ForwardClient("http://127.0.0.1:1/", kLong).Post({}, "{}").error,
              HasSubstr("is the program running"));
  HttpReceiver program;
  program.SetDefault({.close = true});
  EXPECT_THAT(ForwardClient(program.Url("/"), kLong).Post({}, "{}").error, HasSubstr("the connection ended"));
}

}  // namespace
}  // namespace hookctl
