#include "base/listening_socket.h"

#include <unistd.h>

#include <cerrno>

#include "base/host_and_port.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(HostAndPortTest, IsOneHostAndAPort) {
  EXPECT_EQ(ParseHostAndPort("127.0.0.1:50051")->host, "127.0.0.1");
  EXPECT_EQ(ParseHostAndPort("127.0.0.1:50051")->port, 50051);
  EXPECT_EQ(ParseHostAndPort("[::1]:0")->host, "::1");
  for (const char* wrong :
       {"", ":1", "host", "host:", "host:http", "host:-1", "host:65536", "a:1,b:2", "a b:1"}) {
    EXPECT_FALSE(ParseHostAndPort(wrong).has_value()) << wrong;
  }
}

TEST(ListeningSocketTest, EveryAddressOfAHostHasThePortOfTheFirst) {
  const std::vector<int> listeners = ListenOnHost("localhost", 0, 1);
  ASSERT_FALSE(listeners.empty());
  const int port = ListeningPort(listeners.front());
  EXPECT_GT(port, 0);
  for (const int listener : listeners) EXPECT_EQ(ListeningPort(listener), port);
  for (const int listener : listeners) close(listener);
}

TEST(ListeningSocketTest, APortThatIsTakenIsNotShared) {
  const std::vector<int> first = ListenOnHost("127.0.0.1", 0, 1);
  ASSERT_EQ(first.size(), 1u);
  EXPECT_TRUE(ListenOnHost("127.0.0.1", ListeningPort(first[0]), 1).empty());
  EXPECT_EQ(errno, EADDRINUSE);
  close(first[0]);
}

TEST(ListeningSocketTest, AHostThatIsNoneHasNoSockets) {
  EXPECT_TRUE(ListenOnHost("nowhere.invalid", 0, 1).empty());
}

}  // namespace
}  // namespace hookd
