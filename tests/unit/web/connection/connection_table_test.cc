#include "web/connection/connection_table.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "base/peer_address.h"
#include "web/connection/http_limits.h"

namespace hookd {
namespace {

class Connection : public ConnectionTable::Entry {
 public:
  void Evict() override { evicted = true; }
  bool evicted = false;
};

sockaddr_storage Peer(const char* address) {
  sockaddr_storage peer = {};
  auto& v4 = reinterpret_cast<sockaddr_in&>(peer);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(peer);
  if (inet_pton(AF_INET, address, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
  } else if (inet_pton(AF_INET6, address, &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
  } else {
    peer.ss_family = AF_UNIX;
  }
  return peer;
}

TEST(ConnectionTableTest, ReplacesTheConnectionThatHasBeenIdleForTheLongest) {
  ConnectionTable table(3, 1, Clock::Real());
  Connection a, b, c, d, e;
  for (Connection* each : {&a, &b, &c}) EXPECT_TRUE(table.Admit(each, Peer("192.0.2.1")));
  EXPECT_TRUE(table.BeginRequest(&a));
  table.SetIdle(&a);
  EXPECT_TRUE(table.BeginRequest(&b));
  EXPECT_TRUE(table.Admit(&d, Peer("192.0.2.2")));
  EXPECT_TRUE(c.evicted);
  EXPECT_FALSE(table.BeginRequest(&c));
  EXPECT_EQ(table.figures().evicted, 1);
  EXPECT_EQ(table.figures().open, 4);  // until it has closed
  table.Remove(&c);
  EXPECT_EQ(table.figures().open, 3);
  for (Connection* each : {&a, &d}) EXPECT_TRUE(table.BeginRequest(each));
  EXPECT_FALSE(table.Admit(&e, Peer("192.0.2.3")));
  EXPECT_EQ(table.figures().refused, 1);
  for (Connection* each : {&a, &b, &d, &e}) table.Remove(each);
  EXPECT_EQ(table.figures().open, 0);
}

TEST(ConnectionTableTest, AnAddressCannotTakeTheRoomOfOthers) {
  ConnectionTable table(4, 0.5, Clock::Real());
  Connection a, b, c, d, e;
  EXPECT_TRUE(table.Admit(&a, Peer("192.0.2.1")));
  EXPECT_TRUE(table.Admit(&b, Peer("192.0.2.2")));
  EXPECT_TRUE(table.Admit(&c, Peer("192.0.2.2")));
  EXPECT_TRUE(table.Admit(&d, Peer("192.0.2.2")));
  EXPECT_FALSE(a.evicted);
  EXPECT_TRUE(b.evicted);
  for (Connection* each : {&c, &d}) EXPECT_TRUE(table.BeginRequest(each));
  EXPECT_FALSE(table.Admit(&e, Peer("192.0.2.2")));
  EXPECT_FALSE(a.evicted);
  for (Connection* each : {&a, &b, &c, &d}) table.Remove(each);
}

TEST(ConnectionTableTest, CallersOfANetworkAreOneAddress) {
  EXPECT_EQ(NetworkOfPeer(Peer("2001:db8::1")), NetworkOfPeer(Peer("2001:db8::2:1")));
  EXPECT_NE(NetworkOfPeer(Peer("2001:db8::1")), NetworkOfPeer(Peer("2001:db8:0:1::1")));
  EXPECT_EQ(NetworkOfPeer(Peer("::ffff:192.0.2.1")), "192.0.2.1");
  EXPECT_EQ(NetworkOfPeer(Peer("::1")), "::1");
  EXPECT_EQ(NetworkOfPeer(Peer("")), "unix");
  EXPECT_EQ(PeerText(Peer("192.0.2.1")), "ipv4:192.0.2.1:0");
  EXPECT_EQ(PeerText(Peer("2001:db8::1")), "ipv6:[2001:db8::1]:0");
  EXPECT_EQ(PeerText(Peer("")), "unix:");
}

}  // namespace
}  // namespace hookd
