// CurlClient with endpoints that answer, over real sockets.
#include "http/curl/curl_client.h"

#include <sys/resource.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>

#include "absl/strings/match.h"
#include "absl/time/clock.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::Pair;
using ::testing::SizeIs;

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator folder("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(folder), end(folder)));
}

// Those that the epolls of this process look at.
size_t WatchedDescriptors() {
  size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fdinfo")) {
    std::ifstream about(entry.path());
    for (std::string line; std::getline(about, line);) count += absl::StartsWith(line, "tfd:") ? 1 : 0;
  }
  return count;
}

TEST(CurlClientTest, GivesTheStatusAsItIs) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  for (const int status : {200, 201, 204, 299, 304, 400, 401, 404, 407, 410, 413, 417, 429, 500, 503, 599}) {
    SCOPED_TRACE(status);
    receiver.SetDefault({.status = status, .body = "hello"});
    const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
    EXPECT_EQ(result.status, status);
    EXPECT_EQ(result.error, "");
    EXPECT_EQ(result.body, status == 204 || status == 304 ? "" : "hello");
    EXPECT_FALSE(result.body_truncated);
  }
  EXPECT_EQ(receiver.request_count(), 16);
}

TEST(CurlClientTest, SendsHeadersAndBodyExactlyAndInOrder) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  HttpRequest request =
      MakeRequest(receiver.Url("/a/b?c=d"), kPatience, std::string("{\"a\":\"\0\xff\r\n\"}", 12));
  request.headers = {{"Content-Type", "application/json"},
                     {"User-Agent", "hookd/test"},
                     {"X-Zebra", "1"},
                     {"x-apple", "a: b, c"},
                     {"X-Empty", ""},
                     {"X-Zebra", "2"}};
  EXPECT_EQ(Fetch(*client, request).status, 200);
  const std::vector<ReceivedRequest> received = receiver.requests();
  ASSERT_THAT(received, SizeIs(1));
  EXPECT_EQ(received[0].method, "POST");
  EXPECT_EQ(received[0].path, "/a/b?c=d");
  EXPECT_EQ(received[0].body, *request.body);
  EXPECT_THAT(received[0].headers,
              ElementsAre(Pair("Host", "127.0.0.1:" + std::to_string(receiver.port())), Pair("Accept", "*/*"),
                          Pair("Content-Type", "application/json"), Pair("User-Agent", "hookd/test"),
                          Pair("X-Zebra", "1"), Pair("x-apple", "a: b, c"), Pair("X-Empty", ""),
                          Pair("X-Zebra", "2"), Pair("Content-Length", "12")));
}

TEST(CurlClientTest, AddsNoContentTypeOfItsOwn) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  HttpRequest request = MakeRequest(receiver.Url("/"));
  request.headers.clear();
  EXPECT_EQ(Fetch(*client, request).status, 200);
  ASSERT_EQ(receiver.request_count(), 1);
  EXPECT_EQ(receiver.requests()[0].header("Content-Type"), "");
  EXPECT_EQ(receiver.requests()[0].header("User-Agent"), "");
}

TEST(CurlClientTest, SendsAnEmptyAndAGreatBody) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  const std::string great(limits::kMaxPayloadBytes, 'x');
  EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"), kPatience, "")).status, 200);
  EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"), kPatience, great)).status, 200);
  const std::vector<ReceivedRequest> received = receiver.requests();
  ASSERT_THAT(received, SizeIs(2));
  EXPECT_EQ(received[0].body, "");
  EXPECT_EQ(received[0].header("Content-Length"), "0");
  EXPECT_EQ(received[1].body, great);
  EXPECT_EQ(received[1].header("Expect"), "");
}

TEST(CurlClientTest, CountsConnectionsThatAreOpenAndThatWereOpened) {
  HttpReceiver receiver;
  auto client = MakeClient();
  EXPECT_EQ(client->connections(), 0);
  for (int i = 0; i < 3; ++i) Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(client->connections(), 1);
  EXPECT_EQ(client->connections_opened(), 1);
  // One that could not be made is closed again.
  Fetch(*client, MakeRequest("http://127.0.0.1:1/"));
  EXPECT_EQ(client->connections(), 1);
  EXPECT_EQ(client->connections_opened(), 2);
}

TEST(CurlClientTest, ReusesTheConnectionAndSaysSoByItsDurations) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  const HttpResult first = Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_GT(first.connect, absl::ZeroDuration());
  EXPECT_EQ(first.tls, absl::ZeroDuration());
  EXPECT_GT(first.first_byte, absl::ZeroDuration());
  EXPECT_LE(first.name_lookup + first.connect + first.first_byte, first.total);
  for (int i = 0; i < 20; ++i) {
    const HttpResult next = Fetch(*client, MakeRequest(receiver.Url("/")));
    EXPECT_EQ(next.status, 200);
    EXPECT_EQ(next.name_lookup, absl::ZeroDuration());
    EXPECT_EQ(next.connect, absl::ZeroDuration());
    EXPECT_GT(next.first_byte, absl::ZeroDuration());
    EXPECT_LE(next.first_byte, next.total);
  }
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(CurlClientTest, SurvivesAKeptConnectionThatThePeerClosed) {
  HttpReceiver receiver;
  receiver.SetDefault({.close_after = true});
  const auto client = MakeClient();
  for (int i = 1; i <= 10; ++i) {
    const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
    EXPECT_EQ(result.status, 200) << result.error;
    EXPECT_EQ(receiver.request_count(), static_cast<size_t>(i));
  }
  EXPECT_EQ(receiver.connections(), 10);
}

TEST(CurlClientTest, SendsOnceMoreOnAFreshConnectionWhenAKeptOneEndsWithoutAnAnswer) {
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset);
    HttpReceiver receiver;
    const auto client = MakeClient();
    // Several are kept, so that there would be others to try.
    receiver.SetDefault({.delay = absl::Milliseconds(200)});
    Results results;
    for (int i = 0; i < 4; ++i) client->Send(MakeRequest(receiver.Url("/")), results.Done());
    EXPECT_THAT(results.WaitFor(4), Each(Field(&HttpResult::status, 200)));
    const int connections = receiver.connections();
    ASSERT_GE(connections, 2);

    receiver.SetDefault({.reset = reset, .close = !reset});
    EXPECT_NE(Fetch(*client, MakeRequest(receiver.Url("/"))).error, "");
    EXPECT_EQ(receiver.request_count(), 6);
    EXPECT_EQ(receiver.connections(), connections + 1);
  }
}

TEST(CurlClientTest, AnswersByTheFreshConnectionAfterAKeptOneEnded) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
  receiver.SetNext({.close = true});
  const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.status, 200);
  EXPECT_GT(result.connect, absl::ZeroDuration());
  EXPECT_EQ(receiver.request_count(), 3);
  EXPECT_EQ(receiver.requests()[1].connection, 1);
  EXPECT_EQ(receiver.requests()[2].connection, 2);
  EXPECT_EQ(receiver.requests()[2].body, receiver.requests()[1].body);
}

TEST(CurlClientTest, AnswersByAFreshConnectionHoweverOftenKeptOnesEnded) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  ASSERT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
  for (int i = 0; i < 20; ++i) {
    receiver.SetNext({.close = true});
    ASSERT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200) << i;
  }
  EXPECT_EQ(receiver.connections(), 21);
}

TEST(CurlClientTest, KeepsTheFirstBytesOfABodyAndItsConnection) {
  HttpReceiver receiver;
  const auto client = MakeClient({.max_body_bytes = 10});
  const auto fetch = [&](size_t bytes) {
    receiver.SetDefault({.body = std::string(bytes, 'x')});
    return Fetch(*client, MakeRequest(receiver.Url("/")));
  };
  EXPECT_FALSE(fetch(10).body_truncated);
  for (const size_t bytes : {size_t{11}, 10 + limits::kMaxDroppedResponseBodyBytes}) {
    const HttpResult result = fetch(bytes);
    EXPECT_EQ(result.body, "xxxxxxxxxx");
    EXPECT_TRUE(result.body_truncated);
    EXPECT_EQ(result.error, "");
  }
  EXPECT_EQ(receiver.connections(), 1);
}

TEST(CurlClientTest, TakesAnEndlessBodyForAnAnswer) {
  HttpReceiver receiver;
  receiver.SetDefault({.status = 202, .endless_body = true});
  const auto client = MakeClient();
  const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(result.status, 202);
  EXPECT_EQ(result.error, "");
  EXPECT_THAT(result.body, SizeIs(4096));
  EXPECT_TRUE(result.body_truncated);
}

TEST(CurlClientTest, ReadsChunkedAnswers) {
  HttpReceiver receiver;
  receiver.SetDefault({.body = "in chunks", .chunked = true});
  const auto client = MakeClient();
  const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.body, "in chunks");
}

TEST(CurlClientTest, PassesOverInterimAnswers) {
  HttpReceiver receiver;
  receiver.SetDefault({.status = 201, .body = "final", .interim = {103, 100}});
  const auto client = MakeClient();
  const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
  EXPECT_EQ(result.status, 201);
  EXPECT_EQ(result.body, "final");
}

TEST(CurlClientTest, FollowsNoRedirect) {
  HttpReceiver receiver;
  const auto client = MakeClient();
  for (const int status : {301, 302, 303, 307, 308}) {
    receiver.Set("/from", {.status = status, .headers = {{"Location", receiver.Url("/to")}}});
    const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/from")));
    EXPECT_EQ(result.status, status);
    EXPECT_EQ(result.error, "");
  }
  EXPECT_EQ(receiver.request_count(), 5);
}

TEST(CurlClientTest, SendsNoCookieBack) {
  HttpReceiver receiver;
  receiver.SetDefault({.headers = {{"Set-Cookie", "a=b; Path=/"}}});
  const auto client = MakeClient();
  Fetch(*client, MakeRequest(receiver.Url("/")));
  Fetch(*client, MakeRequest(receiver.Url("/")));
  ASSERT_EQ(receiver.request_count(), 2);
  EXPECT_EQ(receiver.requests()[1].header("Cookie"), "");
}

TEST(CurlClientTest, UsesNoProxyOfTheEnvironment) {
  HttpReceiver receiver;
  setenv("http_proxy", "http://127.0.0.1:1", 1);
  setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
  EXPECT_EQ(Fetch(*MakeClient(), MakeRequest(receiver.Url("/"))).status, 200);
  unsetenv("http_proxy");
  unsetenv("ALL_PROXY");
}

TEST(CurlClientTest, DoesNotLetHungRequestsDelayOthers) {
  HttpReceiver receiver;
  receiver.Set("/hang", {.hang = true});
  Results hung;
  const auto client = MakeClient();
  for (int i = 0; i < 50; ++i) client->Send(MakeRequest(receiver.Url("/hang"), absl::Hours(1)), hung.Done());
  ASSERT_TRUE(receiver.WaitForRequests(50, kPatience));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
  EXPECT_THAT(hung.WaitFor(0), SizeIs(0));
}

// libcurl would have them wait for a connection while their time runs out.
TEST(CurlClientTest, SendsAllRequestsAtOnceThoughThousandsAreUnderWayToOneHost) {
  rlimit descriptors;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
  descriptors.rlim_cur = descriptors.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
  constexpr size_t kCount = limits::kMaxConcurrency;
  if (descriptors.rlim_max < 3 * kCount)
    GTEST_SKIP() << "the system gives no " << 3 * kCount << " descriptors";
  HttpReceiver receiver;
  receiver.SetDefault({.hang = true});
  Results hung;
  const auto client = MakeClient({.loops = 1});
  for (size_t i = 0; i < kCount; ++i) {
    client->Send(MakeRequest(receiver.Url("/"), absl::Hours(1)), hung.Done());
  }
  EXPECT_TRUE(receiver.WaitForRequests(kCount, kPatience));
}

TEST(CurlClientTest, TakesManyRequestsFromManyThreads) {
  HttpReceiver receiver;
  Results results;
  const auto client = MakeClient({.loops = 3});
  std::vector<std::thread> threads;
  for (size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 100; ++i) {
        HttpRequest request = MakeRequest(receiver.Url("/"));
        request.affinity = thread;
        client->Send(std::move(request), results.Done());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(results.WaitFor(400), SizeIs(400));
  EXPECT_THAT(results.WaitFor(400), Each(Field(&HttpResult::status, 200)));
  EXPECT_EQ(receiver.request_count(), 400);
}

TEST(CurlClientTest, SendsRequestsOfOneAffinityByOnePoolOfConnections) {
  HttpReceiver receiver;
  const auto client = MakeClient({.loops = 3});
  for (int round = 0; round < 4; ++round) {
    for (const size_t affinity : {0, 1, 2}) {
      HttpRequest request = MakeRequest(receiver.Url("/"));
      request.affinity = affinity + 3 * static_cast<size_t>(round % 2);
      for (int i = 0; i < 4; ++i) EXPECT_EQ(Fetch(*client, request).status, 200);
    }
  }
  EXPECT_EQ(receiver.connections(), 3);
  const std::vector<ReceivedRequest> received = receiver.requests();
  ASSERT_THAT(received, SizeIs(48));
  for (size_t i = 0; i < received.size(); ++i)
    EXPECT_EQ(received[i].connection, static_cast<int>(i / 4 % 3) + 1);
}

TEST(CurlClientTest, LetsDoneSendAgain) {
  HttpReceiver receiver;
  Results results;
  const auto client = MakeClient();
  client->Send(MakeRequest(receiver.Url("/1")),
               [&](const HttpResult&) { client->Send(MakeRequest(receiver.Url("/2")), results.Done()); });
  EXPECT_THAT(results.WaitFor(1), ElementsAre(Field(&HttpResult::status, 200)));
}

TEST(CurlClientTest, EndsWhatIsUnderWayWhenDestroyedAndCallsEachDoneOnce) {
  HttpReceiver receiver;
  receiver.SetDefault({.hang = true});
  Results results;
  auto client = MakeClient({.loops = 2});
  CurlClient* const sender = client.get();
  const auto again = results.Done();
  for (size_t i = 0; i < 20; ++i) {
    HttpRequest request = MakeRequest(receiver.Url("/"), absl::Hours(1));
    request.affinity = i;
    client->Send(std::move(request), [&, i](HttpResult result) {
      again(std::move(result));
      HttpRequest next = MakeRequest(receiver.Url("/"), absl::Hours(1));
      next.affinity = i + 1;  // to the other loop, which may have ended
      sender->Send(std::move(next), again);
    });
  }
  ASSERT_TRUE(receiver.WaitForRequests(20, kPatience));
  client.reset();
  EXPECT_THAT(results.WaitFor(40), SizeIs(40));
  EXPECT_THAT(results.WaitFor(40), Each(Field(&HttpResult::error, "hookd is shutting down")));
}

TEST(CurlClientTest, EndsWhatHasNotBegunWhenDestroyed) {
  HttpReceiver receiver;
  receiver.SetDefault({.hang = true});
  Results results;
  auto client = MakeClient();
  for (int i = 0; i < 200; ++i) client->Send(MakeRequest(receiver.Url("/"), absl::Hours(1)), results.Done());
  client.reset();
  EXPECT_THAT(results.WaitFor(0), SizeIs(200));
}

TEST(CurlClientTest, LeavesNoDescriptorOpen) {
  HttpReceiver receiver;
  receiver.Set("/hang", {.hang = true});
  receiver.Set("/reset", {.reset = true});
  const auto use = [&] {
    Results results;
    const auto client = MakeClient({.loops = 2});
    const size_t before = receiver.request_count();
    for (const char* path : {"/", "/hang", "/reset", "/"}) {
      client->Send(MakeRequest(receiver.Url(path), absl::Hours(1)), results.Done());
    }
    receiver.WaitForRequests(before + 4, kPatience);
    results.WaitFor(3);
  };
  use();  // what the libraries open once
  size_t least = OpenDescriptors();
  // The receiver closes its ends in its own time: a leak shows as growth that never goes back.
  for (int i = 0; i < 20; ++i) use();
  const absl::Time end = absl::Now() + kPatience;
  while (OpenDescriptors() > least && absl::Now() < end) std::this_thread::yield();
  EXPECT_LE(OpenDescriptors(), least);
}

TEST(CurlClientTest, KeepsNoMoreConnectionsThanTold) {
  HttpReceiver receiver;
  receiver.SetDefault({.delay = absl::Milliseconds(50)});
  const size_t before = OpenDescriptors();
  Results results;
  const auto client = MakeClient({.max_connections = 2});
  for (int i = 0; i < 30; ++i) client->Send(MakeRequest(receiver.Url("/")), results.Done());
  EXPECT_THAT(results.WaitFor(30), Each(Field(&HttpResult::status, 200)));
  // Both ends of two connections, an epoll, an eventfd, and libcurl's own pair.
  const absl::Time end = absl::Now() + kPatience;
  while (OpenDescriptors() > before + 10 && absl::Now() < end) std::this_thread::yield();
  EXPECT_LE(OpenDescriptors(), before + 10);
}

TEST(CurlClientTest, ClosesConnectionsThatNothingHasUsedForLong) {
  HttpReceiver receiver;
  const auto client = MakeClient({.idle_connection = absl::Milliseconds(20)});
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
    EXPECT_TRUE(receiver.WaitUntilAllClosed(kPatience));
  }
}

TEST(CurlClientTest, ClosesAKeptConnectionOnceThePeerHas) {
  HttpReceiver receiver;
  receiver.SetDefault({.close_after = true});
  const auto client = MakeClient();
  const size_t before = WatchedDescriptors();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
  const absl::Time end = absl::Now() + kPatience;
  const auto all_closed = [&] { return client->connections() == 0 && WatchedDescriptors() == before; };
  while (!all_closed() && absl::Now() < end) std::this_thread::yield();
  EXPECT_EQ(client->connections(), 0);
  EXPECT_EQ(WatchedDescriptors(), before);
  EXPECT_EQ(Fetch(*client, MakeRequest(receiver.Url("/"))).status, 200);
}

TEST(CurlClientTest, AConnectionThatClosesBetweenRequestsCostsNone) {
  HttpReceiver receiver;
  receiver.SetDefault(
      {.close_after = true});  // unannounced, so that the next request may be on its way already
  const auto client = MakeClient();
  for (int i = 0; i < 500; ++i) {
    const HttpResult result = Fetch(*client, MakeRequest(receiver.Url("/")));
    ASSERT_EQ(result.status, 200) << i << ": " << result.error;
  }
  EXPECT_GE(receiver.connections(), 400);
}

TEST(CurlClientTest, RefusesOptionsThatCannotWork) {
  EXPECT_FALSE(CurlClient::Create({.loops = 0}).ok());
  EXPECT_FALSE(CurlClient::Create({.max_connections = 0}).ok());
  EXPECT_FALSE(CurlClient::Create({.ca_file = "/nonexistent/ca.pem"}).ok());
  EXPECT_FALSE(CurlClient::Create({.ca_file = "/dev/null"}).ok());
}

}  // namespace
}  // namespace hookd
