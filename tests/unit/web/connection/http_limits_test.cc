#include "web/connection/http_limits.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/unit/web/connection/serving.h"
#include "web/connection/http_connection.h"

namespace hookd {
namespace {

HttpServer::Options With(const std::function<void(HttpLimits&)>& change) {
  HttpServer::Options options;
  change(options.limits);
  return options;
}

// Lowers the number of descriptors that the process may open.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t count) {
    getrlimit(RLIMIT_NOFILE, &before_);
    rlimit few = before_;
    few.rlim_cur = count;
    setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_;
};

TEST(HttpLimitsTest, ALongHeadIsRefused) {
  Serving serving(With([](auto& limits) { limits.head_bytes = 1000; }));
  const std::string fits = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(900, 'a') + "\r\n\r\n";
  EXPECT_EQ(serving.Connect().Call(fits).status, 200);
  const std::string complete = "GET / HTTP/1.1\r\nHost: x\r\nX: " + std::string(1000, 'a') + "\r\n\r\n";
  const auto response = serving.Connect().Call(complete);
  EXPECT_EQ(response.status, 431);
  EXPECT_EQ(response.body, R"({"code":8,"message":"the head of the request is too large"})");
  EXPECT_EQ(serving.Connect().Call("GET /" + std::string(1'000'000, 'a')).status, 431);
  std::string many = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 101; ++i) many += "a:\r\n";
  EXPECT_EQ(serving.Connect().Call(many + "\r\n").status, 431);
}

TEST(HttpLimitsTest, ALargeBodyIsRefusedBeforeItIsRead) {
  Serving serving(With([](auto& limits) { limits.body_bytes = 1000; }));
  EXPECT_EQ(serving.Connect().Call(Post(std::string(1000, 'a'))).status, 200);
  const std::string head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n";
  for (const char* expect : {"", "Expect: 100-continue\r\n"}) {
    const auto response = serving.Connect().Call(absl::StrCat(head, expect, "\r\n"));
    EXPECT_EQ(response.status, 413);
    EXPECT_TRUE(response.Has("Connection: close"));
    EXPECT_EQ(response.body, R"({"code":8,"message":"the body of the request is too large"})");
  }
  const std::string chunked = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(serving.Connect().Call(chunked + "3e9\r\n").status, 413);
  EXPECT_EQ(
      serving.Connect().Call(absl::StrCat(chunked, "3e8\r\n", std::string(1000, 'a'), "\r\n1\r\n")).status,
      413);
}

TEST(HttpLimitsTest, ACallerThatSendsARefusedBodyStillGetsTheResponse) {
  Serving serving(With([](auto& limits) { limits.body_bytes = 1000; }));
  HttpPeer peer = serving.Connect();
  const std::string body(3'000'000, 'a');
  EXPECT_TRUE(peer.Send(Post(body)));
  EXPECT_EQ(peer.Read().status, 413);
}

TEST(HttpLimitsTest, BodiesOfAllConnectionsShareMemory) {
  Serving serving(With([](auto& limits) { limits.all_bodies_bytes = 500'000; }));
  HttpPeer first = serving.Connect(), second = serving.Connect();
  const std::string body(200'000, 'a');
  first.Send("POST /wait HTTP/1.1\r\nHost: x\r\nContent-Length: 200000\r\n\r\n" + body);
  auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  EXPECT_GE(serving.figures().bytes_in_memory, 200'000);
  const auto response = second.Call(Post(body));
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.Has("Retry-After: 1"));
  EXPECT_EQ(response.body, R"({"code":14,"message":"too many requests are in memory"})");
  EXPECT_EQ(serving.Connect().Call(Get("/small")).status, 200);
  exchange->Respond({});
  exchange.reset();
  EXPECT_EQ(first.Read().status, 200);
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory == 0; }));
  EXPECT_EQ(serving.Connect().Call(Post(body)).status, 200);
}

TEST(HttpLimitsTest, BodiesThatDoNotArriveMakeRoomForThoseThatDo) {
  Serving serving(With([](auto& limits) { limits.all_bodies_bytes = 2'000'000; }));
  // Bodies that will never be complete, on every thread.
  std::vector<HttpPeer> stalled;
  for (int i = 0; i < 16; ++i) {
    stalled.push_back(serving.Connect());
    stalled.back().Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 120001\r\n\r\n" +
                        std::string(120'000, 'a'));
  }
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory >= 1'700'000; }));
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(serving.Connect().Call(Post(std::string(300'000, 'b'))).status, 200);
  }
}

TEST(HttpLimitsTest, APromisedBodyUsesNoMemory) {
  Serving serving;
  HttpPeer peer = serving.Connect();
  peer.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 16000000\r\n\r\n" + std::string(100, 'a'));
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory > 0; }));
  EXPECT_LT(serving.figures().bytes_in_memory, 1000);
}

TEST(HttpLimitsTest, RequestsInFlightAreLimited) {
  Serving serving(With([](auto& limits) { limits.requests = 1; }));
  HttpPeer first = serving.Connect();
  first.Send(Get("/wait"));
  auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  const auto response = serving.Connect().Call(Get("/"));
  EXPECT_EQ(response.status, 503);
  EXPECT_TRUE(response.Has("Retry-After: 1"));
  EXPECT_EQ(response.body, R"({"code":14,"message":"too many requests are in flight"})");
  exchange->Respond({});
  exchange.reset();
  EXPECT_EQ(first.Read().status, 200);
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.requests_in_flight == 0; }));
  EXPECT_EQ(serving.Connect().Call(Get("/")).status, 200);
}

TEST(HttpLimitsTest, RequestsThatHaveNotArrivedTakeNoPlaceFromOthers) {
  Serving serving(With([](auto& limits) { limits.requests = 1; }));
  HttpPeer slow = serving.Connect();
  slow.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1000, 'a'));
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory > 0; }));
  EXPECT_EQ(serving.figures().requests_in_flight, 0);
  EXPECT_EQ(serving.Connect().Call(Get("/")).status, 200);
  // The caller may have its response before the server has released the request.
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.requests_in_flight == 0; }));
  EXPECT_EQ(slow.Call("d").status, 200);
}

TEST(HttpLimitsTest, SlowReadersOfResponsesShareMemory) {
  constexpr size_t kResponse = 8 << 20;  // more than the buffers of a socket
  Serving serving(With([](auto& limits) { limits.all_responses_bytes = 3 * kResponse; }));
  serving.handler().SetCustom([](std::shared_ptr<WebExchange> exchange) {
    exchange->Respond({.body = std::string(kResponse, 'a')});
  });
  std::vector<HttpPeer> slow;
  for (int i = 0; i < 20; ++i) {
    slow.push_back(serving.Connect());
    slow.back().Send(Get("/large"));
  }
  // All but a few were closed, each by a later one.
  ASSERT_TRUE(
      serving.Await([](const auto& figures) { return figures.requests == 20 && figures.connections <= 3; }));
  EXPECT_EQ(serving.Connect().Call(Get("/read")).body.size(), kResponse);
}

TEST(HttpLimitsTest, AConnectionThatIsEvictedBeforeItStartsStaysClosed) {
  EchoHandler handler;
  const auto shared = std::make_shared<HttpShared>(HttpLimits(), &handler, Clock::Real(), nullptr);
  const auto thread = std::make_shared<IoThread>(Clock::Real(), absl::Seconds(1));
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, sockets), 0);
  sockaddr_storage peer{};
  peer.ss_family = AF_UNIX;
  {
    const auto connection = std::make_shared<HttpConnection>(thread, shared, sockets[0], peer);
    ASSERT_TRUE(shared->connections.Admit(connection.get(), peer));
    connection->Close();  // what its thread does with an eviction
    connection->Start();
    EXPECT_EQ(shared->connections.figures().open, 0);
  }
  char byte;
  EXPECT_EQ(read(sockets[1], &byte, 1), 0) << "its socket is closed";
  close(sockets[1]);
}

TEST(HttpLimitsTest, ANewConnectionReplacesAnIdleOne) {
  Serving serving(With([](auto& limits) {
    limits.connections = 2;
    limits.connections_per_address = 1;
  }));
  HttpPeer busy = serving.Connect(), idle = serving.Connect();
  busy.Send(Get("/wait"));
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.accepted == 2; }));
  HttpPeer next = serving.Connect();
  next.Send(Get("/wait"));
  EXPECT_TRUE(idle.AtEnd());
  const auto also_busy = serving.handler().Take();
  ASSERT_NE(also_busy, nullptr);
  EXPECT_EQ(serving.Connect().Call(Get("/")).status, 0);
  EXPECT_EQ(serving.figures().refused, 1);
  EXPECT_EQ(serving.figures().evicted, 1);
  exchange->Respond({});
  EXPECT_EQ(busy.Read().status, 200);
  also_busy->Respond({});
  EXPECT_EQ(next.Read().status, 200);
}

TEST(HttpLimitsTest, AnAddressGetsAPartOfTheConnections) {
  Serving serving(With([](auto& limits) {
    limits.connections = 4;
    limits.connections_per_address = 0.5;
  }));
  std::vector<HttpPeer> peers;
  std::vector<std::shared_ptr<WebExchange>> in_flight;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(serving.Connect());
    peers.back().Send(Get("/wait"));
    if (i < 2) in_flight.push_back(serving.handler().Take());
  }
  EXPECT_TRUE(peers.back().AtEnd());
  EXPECT_EQ(serving.figures().refused, 1);
}

TEST(HttpLimitsTest, AHeadMustArriveInTime) {
  Serving serving(With([](auto& limits) { limits.head_timeout = absl::Milliseconds(20); }));
  HttpPeer silent = serving.Connect(), slow = serving.Connect(), second = serving.Connect();
  slow.Send("GET / HTTP/1.1\r\n");
  EXPECT_EQ(second.Call(Get("/")).status, 200);
  second.Send("GET");
  EXPECT_EQ(silent.ReadAll(), "");
  EXPECT_EQ(slow.Read().status, 408);
  EXPECT_EQ(second.Read().status, 408);
  EXPECT_EQ(serving.figures().timed_out, 3);
}

TEST(HttpLimitsTest, ABodyMustArriveInTime) {
  Serving serving(With([](auto& limits) { limits.body_timeout = absl::Milliseconds(20); }));
  HttpPeer peer = serving.Connect();
  peer.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  const auto response = peer.Read();
  EXPECT_EQ(response.status, 408);
  EXPECT_EQ(response.body, R"({"code":4,"message":"the body of the request did not arrive in time"})");
  EXPECT_EQ(serving.figures().requests_in_flight, 0);
}

TEST(HttpLimitsTest, ALargeBodyMayTakeLonger) {
  Serving serving(With([](auto& limits) {
    limits.body_timeout = absl::Milliseconds(1);
    limits.bytes_per_second = 100;
  }));
  HttpPeer peer = serving.Connect();
  // A thousand bytes buy ten seconds, so the timeout of 1 ms does not end the request.
  peer.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1001\r\n\r\n" + std::string(1000, 'a'));
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.bytes_in_memory >= 1000; }));
  HttpPeer other = serving.Connect();
  other.Send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  EXPECT_EQ(other.Read().status, 408);
  EXPECT_EQ(peer.Call("b").status, 200);
}

TEST(HttpLimitsTest, AnIdleConnectionIsClosed) {
  Serving serving(With([](auto& limits) { limits.idle_timeout = absl::Milliseconds(20); }));
  HttpPeer peer = serving.Connect();
  EXPECT_EQ(peer.Call(Get("/")).status, 200);
  EXPECT_TRUE(peer.AtEnd());
  EXPECT_EQ(serving.figures().timed_out, 0);
}

TEST(HttpLimitsTest, ARequestInFlightHasNoTimeout) {
  Serving serving(With([](auto& limits) {
    limits.idle_timeout = limits.head_timeout = limits.body_timeout = limits.write_timeout =
        absl::Milliseconds(2);
  }));
  HttpPeer peer = serving.Connect(), idle = serving.Connect();
  peer.Send(Get("/wait"));
  const auto exchange = serving.handler().Take();
  ASSERT_NE(exchange, nullptr);
  EXPECT_TRUE(idle.AtEnd());  // later than all of these timeouts
  exchange->Respond({.body = "late"});
  EXPECT_EQ(peer.Read().body, "late");
}

TEST(HttpLimitsTest, ACallerThatIgnoresTheEndIsCut) {
  Serving serving(With([](auto& limits) { limits.linger = absl::Milliseconds(20); }));
  HttpPeer peer = serving.Connect();
  EXPECT_EQ(peer.Call("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").status, 200);
  EXPECT_TRUE(serving.Await([](const auto& figures) { return figures.connections == 0; }));
}

TEST(HttpLimitsTest, WithoutDescriptorsItWaitsAndRecovers) {
#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
  GTEST_SKIP() << "UBSan opens a pipe to check the type of an object, and reports an error if it cannot";
#endif
#endif
  Serving serving;
  HttpPeer open = serving.Connect();
  EXPECT_EQ(open.Call(Get("/")).status, 200);
  HttpPeer waiting = [&] {
    std::vector<int> taken;
    HttpPeer connecting = serving.Connect();
    EXPECT_EQ(connecting.Call(Get("/")).status, 200);
    // accept4 holds a descriptor for a moment even if no connection waits. Each thread serves one of the two
    // connections, and has made its last accept4 before it responds again.
    EXPECT_EQ(open.Call(Get("/")).status, 200);
    EXPECT_EQ(connecting.Call(Get("/")).status, 200);
    const FewDescriptors few(256);
    for (int copy = 0; (copy = dup(connecting.descriptor())) >= 0;) taken.push_back(copy);
    close(taken.back());
    taken.pop_back();
    HttpPeer unserved = serving.Connect();  // takes the last descriptor
    EXPECT_TRUE(unserved.connected());
    unserved.Send(Get("/waited"));
    EXPECT_EQ(open.Call(Get("/still")).status, 200);
    EXPECT_EQ(serving.figures().accepted, 2);
    for (const int each : taken) close(each);
    return unserved;
  }();
  EXPECT_EQ(waiting.Read().body, "GET /waited ");
}

TEST(HttpLimitsTest, SlowHeadersOfTwoThousandConnectionsLeaveOthersServed) {
  Serving serving(With([](auto& limits) { limits.connections = 6000; }));
  std::vector<HttpPeer> attack;
  for (int i = 0; i < 2000; ++i) {
    attack.push_back(serving.Connect());
    ASSERT_TRUE(attack.back().connected());
    attack.back().Send("GET / HTTP/1.1\r\nHost: x\r\nX-");
  }
  HttpPeer peer = serving.Connect();
  for (int i = 0; i < 20; ++i) {
    for (size_t slow = 0; slow < attack.size(); slow += 20) attack[slow + static_cast<size_t>(i)].Send("a");
    ASSERT_EQ(peer.Call(Get("/served")).status, 200);
    ASSERT_EQ(serving.Connect().Call(Get("/served")).status, 200);
  }
}

TEST(HttpLimitsTest, SlowHeadersThatTakeAllRoomMakeRoom) {
  Serving serving(With([](auto& limits) {
    limits.connections = 50;
    limits.connections_per_address = 1;
  }));
  std::vector<HttpPeer> attack;
  for (int i = 0; i < 50; ++i) {
    attack.push_back(serving.Connect());
    attack.back().Send("GET / HTTP/1.1\r\nHost: x\r\nX-");
  }
  ASSERT_TRUE(serving.Await([](const auto& figures) { return figures.accepted == 50; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(serving.Connect().Call(Get("/served")).status, 200);
}

}  // namespace
}  // namespace hookd
