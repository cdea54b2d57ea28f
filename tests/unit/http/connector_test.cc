// Connector with addresses of this machine: some take connections, some refuse, and some swallow them.
#include "http/connector.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/black_hole.h"

namespace hookd {
namespace {

using Instant = Connector::Instant;

IpAddress Ip(const std::string& text) { return *IpAddress::Parse(text); }

// A socket that listens on an address and a port, 0 for any.
class Listener {
 public:
  Listener(const std::string& address, int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const IpAddress::Socket at = Ip(address).WithPort(port);
    const int yes = 1;
    setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    EXPECT_EQ(bind(socket_, at.get(), at.size), 0);
    EXPECT_EQ(listen(socket_, 16), 0);
    sockaddr_in bound = {};
    socklen_t size = sizeof(bound);
    EXPECT_EQ(getsockname(socket_, reinterpret_cast<sockaddr*>(&bound), &size), 0);
    port_ = ntohs(bound.sin_port);
  }
  ~Listener() { close(socket_); }
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

class ConnectorTest : public ::testing::Test {
 protected:
  Connector::Result Connect(const std::vector<IpAddress>& addresses, int port,
                            std::chrono::nanoseconds time = std::chrono::seconds(5)) {
    std::optional<Connector::Result> result;
    connector_.Connect(addresses, port, time, [&](Connector::Result end) { result = std::move(end); });
    while (!result.has_value()) Turn();
    if (result->socket >= 0) reserve_.Close(result->socket);
    return *result;
  }

  void Turn() {
    connector_.OnTime(std::chrono::steady_clock::now());
    std::vector<pollfd> wanted;
    for (const int socket : watched_) wanted.push_back({.fd = socket, .events = POLLOUT, .revents = 0});
    poll(wanted.data(), wanted.size(), 1);
    for (const pollfd& each : wanted) {
      if (each.revents != 0) connector_.OnReady(each.fd);
    }
  }

  DescriptorReserve reserve_{16};
  const EgressGuard guard_ =
      *EgressGuard::Create({.allow = {"127.0.0.0/8"}, .deny = {"127.0.0.66"}, .ports = {}});
  std::set<int> watched_;
  Connector connector_{&reserve_, &guard_, [this](int socket, bool watch) {
                         watch ? (void)watched_.insert(socket) : (void)watched_.erase(socket);
                         return true;
                       }};
};

TEST_F(ConnectorTest, ConnectsToAnAddressThatListens) {
  const Listener good("127.0.0.1", 0);
  const Connector::Result result = Connect({Ip("127.0.0.1")}, good.port());
  EXPECT_GE(result.socket, 0);
  EXPECT_EQ(result.address, Ip("127.0.0.1"));
}

TEST_F(ConnectorTest, TriesTheNextAddressAtOnceWhenOneRefuses) {
  const Listener good("127.0.0.2", 0);
  const Connector::Result result = Connect({Ip("127.0.0.1"), Ip("127.0.0.2")}, good.port());
  EXPECT_EQ(result.address, Ip("127.0.0.2"));
}

TEST_F(ConnectorTest, TriesTheNextAddressesBesideThoseThatSwallowConnections) {
  const Listener good("127.0.0.4", 0);
  const BlackHole first("127.0.0.1", good.port()), second("127.0.0.2", good.port()),
      third("127.0.0.3", good.port());
  for (const auto time : {std::chrono::milliseconds(100), std::chrono::milliseconds(5000)}) {
    const Connector::Result result =
        Connect({Ip("127.0.0.1"), Ip("127.0.0.2"), Ip("127.0.0.3"), Ip("127.0.0.4")}, good.port(), time);
    EXPECT_EQ(result.address, Ip("127.0.0.4"));
    EXPECT_EQ(connector_.sockets(), 0u);
    EXPECT_TRUE(watched_.empty());
  }
}

TEST_F(ConnectorTest, SaysWhyNoAddressTakesAConnection) {
  const int port = Listener("127.0.0.1", 0).port();
  const Connector::Result result = Connect({Ip("127.0.0.1"), Ip("127.0.0.2")}, port);
  EXPECT_EQ(result.socket, -1);
  EXPECT_EQ(result.os_error, ECONNREFUSED);
  EXPECT_FALSE(result.ours);
}

TEST_F(ConnectorTest, TriesNoAddressThatIsNotAllowed) {
  const Listener other("127.0.0.66", 0);
  const Connector::Result result = Connect({Ip("127.0.0.66")}, other.port());
  EXPECT_TRUE(result.not_allowed);
  EXPECT_EQ(result.socket, -1);
  // One that is allowed is tried beside it.
  const Listener good("127.0.0.1", other.port());
  EXPECT_EQ(Connect({Ip("127.0.0.66"), Ip("127.0.0.1")}, other.port()).address, Ip("127.0.0.1"));
}

TEST_F(ConnectorTest, ARefusalSaysMoreThanThatThereIsNoWay) {
  EXPECT_TRUE(Connector::IsOurs(ENETUNREACH));
  EXPECT_TRUE(Connector::IsOurs(EMFILE));
  EXPECT_TRUE(Connector::IsOurs(EADDRNOTAVAIL));
  EXPECT_FALSE(Connector::IsOurs(ECONNREFUSED));
  EXPECT_FALSE(Connector::IsOurs(ETIMEDOUT));
}

TEST_F(ConnectorTest, ClosesTheSocketsOfARaceThatIsCanceled) {
  const BlackHole full;
  Connector::Race* const race = connector_.Connect({Ip("127.0.0.1")}, full.port(), std::chrono::seconds(5),
                                                   [](const Connector::Result&) { FAIL() << "canceled"; });
  Turn();
  EXPECT_EQ(connector_.sockets(), 1u);
  connector_.Cancel(race);
  EXPECT_EQ(connector_.sockets(), 0u);
  EXPECT_TRUE(watched_.empty());
  EXPECT_EQ(connector_.next(), Instant::max());
}

}  // namespace
}  // namespace hookd
