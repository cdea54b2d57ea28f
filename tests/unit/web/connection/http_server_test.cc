#include "web/connection/http_server.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/tuning.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/web/connection/serving.h"

namespace hookd {
namespace {

TEST(HttpServerTest, KeepsAConnectionForManyRequests) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  for (int i = 0; i < 3; ++i) {
    const auto response = peer.Call(Post(absl::StrCat("body", i)));
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.body, absl::StrCat("POST /p body", i));
    EXPECT_TRUE(response.Has("Date: "));
    EXPECT_FALSE(response.Has("Server"));
    EXPECT_FALSE(response.Has("Connection"));
  }
  EXPECT_EQ(serving.figures().accepted, 1);
  EXPECT_EQ(serving.figures().requests, 3);
}

TEST(HttpServerTest, GivesTheRequestAsItWasSent) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Call(
      "PATCH /a%20b?c=d HTTP/1.1\r\nhost: x:1\r\nX-Empty:\r\nx-a: b \r\nX-A:\tc\r\nContent-Length: "
      "2\r\n\r\n{}");
  ASSERT_EQ(serving.handler().requests().size(), 1U);
  const WebRequest request = serving.handler().requests()[0];
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target, "/a%20b?c=d");
  EXPECT_EQ(request.body, "{}");
  const WebHeaders headers = {
      {"host", "x:1"}, {"X-Empty", ""}, {"x-a", "b"}, {"X-A", "c"}, {"Content-Length", "2"}};
  EXPECT_EQ(request.headers, headers);
  EXPECT_EQ(request.peer.rfind("ipv4:127.0.0.1:", 0), 0U) << request.peer;
  EXPECT_TRUE(request.identities.empty());
}

TEST(HttpServerTest, AnswersPipelinedRequestsInOrder) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  std::string requests;
  for (int i = 0; i < 500; ++i)
    absl::StrAppend(&requests, i % 2 == 0 ? Get(absl::StrCat("/", i)) : Post("b"));
  ASSERT_TRUE(peer.Send(requests));
  for (int i = 0; i < 500; ++i) {
    ASSERT_EQ(peer.Read().body, i % 2 == 0 ? absl::StrCat("GET /", i, " ") : "POST /p b");
  }
}

TEST(HttpServerTest, HandlesOneRequestOfAConnectionAtATime) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Send(Get("/wait") + Get("/wait") + Get("/last"));
  const auto first = serving.handler().Take();
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(serving.handler().requests().size(), 1U);
  first->Respond({.body = "first"});
  EXPECT_EQ(peer.Read().body, "first");
  const auto second = serving.handler().Take();
  EXPECT_EQ(serving.handler().requests().size(), 2U);
  second->Respond({.body = "second"});
  EXPECT_EQ(peer.Read().body, "second");
  EXPECT_EQ(peer.Read().body, "GET /last ");
}

TEST(HttpServerTest, ReadsARequestInSingleBytes) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  for (const char byte : "\r\n" + Post("abc")) peer.Send(absl::string_view(&byte, 1));
  EXPECT_EQ(peer.Read().body, "POST /p abc");
}

TEST(HttpServerTest, AResponseToHeadHasNoBody) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const auto response = peer.Call("HEAD /h HTTP/1.1\r\nHost: x\r\n\r\n", true);
  EXPECT_TRUE(response.Has("Content-Length: 8\r\n"));
  EXPECT_EQ(peer.Call(Get("/next")).body, "GET /next ");
}

TEST(HttpServerTest, ClosesTheConnectionsOfOldClients) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const auto response = peer.Call("GET /old HTTP/1.0\r\n\r\n");
  EXPECT_EQ(response.body, "GET /old ");
  EXPECT_TRUE(response.Has("Connection: close"));
  EXPECT_TRUE(peer.AtEnd());
  HttpPeer keeping = serving.Connect();
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(
        keeping.Call("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").Has("Connection: keep-alive"));
  }
}

TEST(HttpServerTest, ClosesTheConnectionIfTheCallerAsksForIt) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Send("GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + Get("/ignored"));
  const auto response = peer.Read();
  EXPECT_EQ(response.body, "GET /a ");
  EXPECT_TRUE(response.Has("Connection: close"));
  EXPECT_EQ(peer.ReadAll(), "");
  EXPECT_EQ(serving.figures().requests, 1);
}

TEST(HttpServerTest, ACallerThatWaitsIsToldToContinue) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const std::string head = "POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n";
  peer.Send(head);
  ASSERT_TRUE(peer.ReadUntil("HTTP/1.1 100 Continue\r\n\r\n"));
  peer.received().clear();
  EXPECT_EQ(peer.Call("abc").body, "POST /e abc");
  EXPECT_EQ(peer.Call(head + "abc").body, "POST /e abc");  // it did not wait
  EXPECT_EQ(peer.Call("POST /e HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: more\r\n\r\n").status,
            417);
}

TEST(HttpServerTest, ServesACallerThatSendsNoMore) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Send(Get("/wait"));
  shutdown(peer.descriptor(), SHUT_WR);
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  exchange->Respond({.body = "late"});
  EXPECT_EQ(peer.Read().body, "late");
  EXPECT_TRUE(peer.AtEnd());
}

TEST(HttpServerTest, NoticesThatACallerIsGone) {
  Serving serving;
  std::shared_ptr<WebExchange> exchange;
  {
    HttpPeer peer = serving.Connect();
    peer.Send(Get("/wait"));
    exchange = serving.handler().Take();
    ASSERT_NE(exchange, nullptr);
    EXPECT_FALSE(exchange->gone());
    const linger reset = {.l_onoff = 1, .l_linger = 0};
    setsockopt(peer.descriptor(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  ASSERT_TRUE(
      serving.Await([&](const auto& figures) { return figures.connections == 0 && exchange->gone(); }));
  EXPECT_EQ(serving.figures().requests_in_flight, 1);  // the handler still works on it
  exchange->Respond({.body = "to nobody"});
  exchange.reset();
  EXPECT_TRUE(serving.Await([](const auto& figures) { return figures.requests_in_flight == 0; }));
}

TEST(HttpServerTest, ARequestThatTheHandlerForgetsIsAnswered) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  const auto response = peer.Call(Get("/drop"));
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, R"({"code":13,"message":"the server gave no response"})");
}

TEST(HttpServerTest, ResponsesCanComeFromOtherThreads) {
  Serving serving;
  constexpr int kPeers = 50;
  std::vector<HttpPeer> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.push_back(serving.Connect());
    peers.back().Send(Get("/wait"));
  }
  std::thread commits([&serving] {
    std::vector<std::shared_ptr<WebExchange>> exchanges;
    for (int i = 0; i < kPeers; ++i) exchanges.push_back(serving.handler().Take());
    for (const auto& exchange : exchanges) exchange->Respond({.body = "committed"});
  });
  for (HttpPeer& peer : peers) EXPECT_EQ(peer.Read().body, "committed");
  commits.join();
}

TEST(HttpServerTest, LargeBodiesPassInBothDirections) {
  Serving serving;
  std::string body(5'000'000, 'a');
  for (size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  HttpPeer peer = serving.Connect();
  std::thread sender([&] { peer.Send(Post(body)); });
  const auto response = peer.Read();
  sender.join();
  EXPECT_EQ(response.body.substr(8), body);
  EXPECT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory == 0; }));
}

TEST(HttpServerTest, StopsInSteps) {
  Serving serving;
  HttpPeer idle = serving.Connect(), fresh = serving.Connect(), busy = serving.Connect();
  EXPECT_EQ(idle.Call(Get("/")).status, 200);
  busy.Send(Get("/wait"));
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  const int port = serving.port();
  serving.server().StopAccepting();
  EXPECT_TRUE(idle.AtEnd());
  EXPECT_TRUE(fresh.AtEnd());
  EXPECT_FALSE(HttpPeer(port).connected());
  std::thread handler([exchange] { exchange->Respond({.body = "finished"}); });
  const auto response = busy.Read();
  handler.join();
  EXPECT_EQ(response.body, "finished");
  EXPECT_TRUE(response.Has("Connection: close"));
  EXPECT_TRUE(busy.AtEnd());
}

TEST(HttpServerTest, WaitsForRequestsInFlight) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Send(Get("/wait"));
  auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  serving.server().StopAccepting();
  serving.server().AwaitRequests(absl::Milliseconds(1));
  EXPECT_EQ(serving.figures().requests_in_flight, 1);
  std::thread handler([&exchange] {
    exchange->Respond({});
    exchange.reset();
  });
  serving.server().AwaitRequests(absl::Seconds(10));
  EXPECT_EQ(serving.figures().requests_in_flight, 0);
  handler.join();
  EXPECT_EQ(peer.Read().status, 200);
}

TEST(HttpServerTest, EndsWithRequestsInFlight) {
  Serving serving;
  HttpPeer peer = serving.Connect(), half = serving.Connect();
  peer.Send(Get("/wait"));
  half.Send("GET / HT");
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  serving.End();
  EXPECT_TRUE(peer.AtEnd());
  EXPECT_TRUE(half.AtEnd());
  EXPECT_TRUE(exchange->gone());
  exchange->Respond({.body = "the server is gone"});
}

TEST(HttpServerTest, ServesASocketFile) {
  const TempDir folder;
  const std::string path = folder.path() + "/socket";
  struct stat status;
  {
    Serving first({.address = "unix:" + path});
    Serving second({.address = "unix://" + path});
    EXPECT_EQ(second.port(), 0);
    HttpPeer peer(path);
    EXPECT_EQ(peer.Call(Get("/file")).body, "GET /file ");
    EXPECT_EQ(second.handler().requests()[0].peer, "unix:");
  }
  EXPECT_NE(stat(path.c_str(), &status), 0);
}

TEST(HttpServerTest, ServesBothFamilies) {
  for (const char* all : {"0.0.0.0:0", "[::]:0", "localhost:0"}) {
    Serving serving({.address = all});
    EXPECT_EQ(serving.Connect().Call(Get("/")).status, 200) << all;
    EXPECT_EQ(serving.handler().requests()[0].peer.rfind("ipv4:127.0.0.1:", 0), 0U);
  }
}

TEST(HttpServerTest, SaysWhyItCannotListen) {
  Serving serving;
  EchoHandler handler;
  const std::string taken = absl::StrCat("127.0.0.1:", serving.port());
  const auto created = HttpServer::Create({.address = taken, .handler = &handler});
  EXPECT_EQ(created.status(),
            absl::UnavailableError(absl::StrCat("cannot listen on ", taken, ": Address already in use")));
  EXPECT_TRUE(absl::IsInvalidArgument(HttpServer::Create({.address = "80", .handler = &handler}).status()));
  EXPECT_TRUE(
      absl::IsUnavailable(HttpServer::Create({.address = "192.0.2.1:0", .handler = &handler}).status()));
}

// Is busy with a request with a large body until it is told to go on.
class BusyHandler : public WebHandler {
 public:
  void Handle(std::shared_ptr<WebExchange> exchange) override {
    if (exchange->request().body.size() > tuning::kLargeHttpBodyBytes) {
      busy.Notify();
      go_on.WaitForNotification();
    }
    exchange->Respond({.body = "done"});
  }

  absl::Notification busy, go_on;
};

TEST(HttpServerTest, ARequestWithALargeBodyHoldsUpNoOther) {
  BusyHandler handler;
  HttpServer::Options options;
  options.address = "127.0.0.1:0";
  options.handler = &handler;
  const auto server = HttpServer::Create(options);
  ASSERT_TRUE(server.ok());
  HttpPeer large((*server)->port());
  large.Send(Post(std::string(tuning::kLargeHttpBodyBytes + 1, 'a')));
  handler.busy.WaitForNotification();
  for (int i = 0; i < 2 * tuning::kWebThreads; ++i) {
    EXPECT_EQ(HttpPeer((*server)->port()).Call(Get("/")).body, "done");
  }
  handler.go_on.Notify();
  EXPECT_EQ(large.Read().body, "done");
  EXPECT_EQ(large.Call(Get("/next")).body, "done") << "the connection goes on";
}

}  // namespace
}  // namespace hookd
