#include "http/curl/connection_pool.h"

#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace hookd {
namespace {

using Instant = ConnectionPool::Instant;

class ConnectionPoolTest : public ::testing::Test {
 protected:
  ~ConnectionPoolTest() override {
    for (const int each : sockets_) close(each);
  }

  static HttpRequest Request(std::string url, std::string ca = "") {
    HttpRequest request;
    request.url = std::move(url);
    request.tls_ca = std::move(ca);
    return request;
  }

  // One end of a pair; the other end stays open.
  int Socket() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    sockets_.insert(sockets_.end(), {ends[0], ends[1]});
    return ends[0];
  }

  static bool IsShutDown(int socket) {
    char byte;
    return recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
  }

  ConnectionPool::Connection* Opened(ConnectionPool::Endpoint* endpoint) {
    return pool_.Add(endpoint, Socket(), now_);
  }

  Instant now_ = Instant() + std::chrono::hours(1);
  ConnectionPool pool_{{.lifetime = std::chrono::minutes(2), .idle = std::chrono::minutes(1)}};
  std::vector<int> sockets_;
};

TEST_F(ConnectionPoolTest, ChoosesAConnectionThatIsNotInUse) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/x"));
  EXPECT_EQ(pool_.Choose(endpoint, now_), nullptr);
  auto* const connection = Opened(endpoint);
  EXPECT_EQ(pool_.Choose(endpoint, now_), nullptr);
  pool_.Release(connection, now_);
  EXPECT_EQ(pool_.Choose(endpoint, now_), connection);
}

TEST_F(ConnectionPoolTest, ChoosesTheOneThatWasUsedLast) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const first = Opened(endpoint);
  auto* const second = Opened(endpoint);
  pool_.Release(second, now_);
  pool_.Release(first, now_);
  EXPECT_EQ(pool_.Choose(endpoint, now_), first);
}

TEST_F(ConnectionPoolTest, KeepsEndpointsApartThatDifferInHostPortOrIdentity) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/x"));
  EXPECT_EQ(pool_.Enter(Request("https://a.test/y?z")), endpoint);
  EXPECT_NE(pool_.Enter(Request("https://b.test/x")), endpoint);
  EXPECT_NE(pool_.Enter(Request("https://a.test:8443/x")), endpoint);
  EXPECT_NE(pool_.Enter(Request("http://a.test/x")), endpoint);
  EXPECT_NE(pool_.Enter(Request("https://a.test/x", "an authority")), endpoint);
  EXPECT_NE(pool_.Enter(Request("https://a.test/x", "an authority")),
            pool_.Enter(Request("https://a.test/x", "another")));
  EXPECT_EQ(endpoint->target.host, "a.test");
  EXPECT_EQ(endpoint->target.port, 443);
}

TEST_F(ConnectionPoolTest, GivesEveryOpenConnectionALabelOfItsOwnAndUsesThemAgain) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const first = Opened(endpoint);
  auto* const second = Opened(endpoint);
  const std::string label = first->label->connect_to->data;
  EXPECT_NE(label, second->label->connect_to->data);
  pool_.Closed(first);
  pool_.Release(first, now_);
  EXPECT_EQ(Opened(endpoint)->label->connect_to->data, label);
}

TEST_F(ConnectionPoolTest, GivesTheLabelOfOneThatWasShutDownToTheNextAndSaysSo) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  const std::string text = connection->label->connect_to->data;
  EXPECT_FALSE(connection->label->ended);
  pool_.Release(connection, now_);
  pool_.Retire(connection);
  auto* const next = Opened(endpoint);
  EXPECT_EQ(next->label->connect_to->data, text);
  EXPECT_TRUE(next->label->ended);
  pool_.AgeEnded();
  EXPECT_EQ(pool_.TakeEnded(), nullptr);
}

TEST_F(ConnectionPoolTest, HasThoseClosedThatWereShutDownAWhileAgo) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  const std::string text = connection->label->connect_to->data;
  pool_.Release(connection, now_);
  EXPECT_FALSE(pool_.any_ended());
  pool_.Retire(connection);
  EXPECT_TRUE(pool_.any_ended());
  EXPECT_EQ(pool_.TakeEnded(), nullptr);
  pool_.AgeEnded();
  auto label = pool_.TakeEnded();
  ASSERT_NE(label, nullptr);
  EXPECT_EQ(label->connect_to->data, text);
  EXPECT_FALSE(pool_.any_ended());
  EXPECT_NE(Opened(endpoint)->label->connect_to->data, text);
  pool_.GiveBack(std::move(label));
  auto* const next = Opened(endpoint);
  EXPECT_EQ(next->label->connect_to->data, text);
  EXPECT_FALSE(next->label->ended);
}

TEST_F(ConnectionPoolTest, ChoosesNoneWhoseLifetimeIsOver) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  pool_.Release(connection, now_);
  EXPECT_EQ(pool_.Choose(endpoint, now_ + std::chrono::seconds(133)), nullptr);
  EXPECT_TRUE(IsShutDown(connection->socket));
}

TEST_F(ConnectionPoolTest, LifetimesDifferByATenthEachWay) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  Instant least = Instant::max(), most = Instant::min();
  for (int i = 0; i < 21; ++i) {
    const Instant expires = Opened(endpoint)->expires;
    least = std::min(least, expires);
    most = std::max(most, expires);
  }
  EXPECT_EQ(least, now_ + std::chrono::seconds(108));
  EXPECT_EQ(most, now_ + std::chrono::seconds(132));
}

TEST_F(ConnectionPoolTest, ShutsDownThoseThatNothingHasUsedForLong) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const idle = Opened(endpoint);
  auto* const used = Opened(endpoint);
  pool_.Release(idle, now_);
  pool_.Sweep(now_ + std::chrono::seconds(60));
  EXPECT_TRUE(IsShutDown(idle->socket));
  EXPECT_FALSE(IsShutDown(used->socket));
  EXPECT_EQ(pool_.Choose(endpoint, now_), nullptr);
}

TEST_F(ConnectionPoolTest, OneThatIsRetiredWhileItIsUsedIsShutDownAfterwards) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  pool_.Retire(connection);
  EXPECT_FALSE(IsShutDown(connection->socket));
  pool_.Release(connection, now_);
  EXPECT_TRUE(IsShutDown(connection->socket));
}

TEST_F(ConnectionPoolTest, RetiresAllThatNothingUses) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const first = Opened(endpoint);
  auto* const second = Opened(endpoint);
  auto* const used = Opened(endpoint);
  pool_.Release(first, now_);
  pool_.Release(second, now_);
  pool_.RetireIdle(endpoint);
  EXPECT_TRUE(first->retired);
  EXPECT_TRUE(second->retired);
  EXPECT_FALSE(used->retired);
}

TEST_F(ConnectionPoolTest, OneThatIsShutDownHasNothingLeftToRead) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  pool_.Release(connection, now_);
  ASSERT_EQ(write(sockets_.back(), "late", 4), 4);
  pool_.Retire(connection);
  // libcurl would take what can be read for a sign of life.
  EXPECT_TRUE(IsShutDown(connection->socket));
}

TEST_F(ConnectionPoolTest, TakesSeveralRequestsOnOneThatSpeaksHttp2) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const connection = Opened(endpoint);
  connection->multiplexed = true;
  EXPECT_EQ(pool_.Choose(endpoint, now_), connection);
  EXPECT_EQ(pool_.Choose(endpoint, now_), connection);
  EXPECT_EQ(connection->requests, 3);
}

TEST_F(ConnectionPoolTest, IsEmptyOnceAllAreClosed) {
  auto* const endpoint = pool_.Enter(Request("https://a.test/"));
  auto* const used = Opened(endpoint);
  auto* const idle = Opened(endpoint);
  pool_.Release(idle, now_);
  pool_.Closed(idle);
  pool_.Closed(used);
  EXPECT_EQ(pool_.size(), 1u);  // a request still points to it
  pool_.Release(used, now_);
  EXPECT_EQ(pool_.size(), 0u);
}

}  // namespace
}  // namespace hookd
