#include "rpc/answer_together.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/afterwards.h"

namespace hookd {
namespace {

// A TCP connection on this machine, seen from the end of a server that accepted it.
class Connection {
 public:
  Connection() {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(listen(listener, 1), 0);
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    caller_ = socket(AF_INET, SOCK_STREAM, 0);
    EXPECT_EQ(connect(caller_, reinterpret_cast<sockaddr*>(&address), size), 0);
    server_ = accept(listener, reinterpret_cast<sockaddr*>(&address), &size);
    peer_ = absl::StrCat("ipv4:127.0.0.1:", ntohs(address.sin_port));
    close(listener);
  }
  ~Connection() {
    close(server_);
    close(caller_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  const std::string& peer() const { return peer_; }
  int descriptor() const { return server_; }
  void Write(const std::string& text) const {
    EXPECT_EQ(send(server_, text.data(), text.size(), 0), text.size());
  }
  bool IsCorked() const {
    int on = 0;
    socklen_t size = sizeof(on);
    getsockopt(server_, IPPROTO_TCP, TCP_CORK, &on, &size);
    return on != 0;
  }
  // What has come to the caller and is not yet read.
  std::string Arrived() const {
    std::array<char, 100> text{};
    const ssize_t count = recv(caller_, text.data(), text.size(), MSG_DONTWAIT);
    return std::string(text.data(), count > 0 ? static_cast<size_t>(count) : 0);
  }

 private:
  int caller_ = -1;
  int server_ = -1;
  std::string peer_;
};

TEST(AnswerTogetherTest, AnswersOfAScopeLeaveAtItsEndInOnePiece) {
  const Connection connection;
  std::string before_the_last;
  {
    const Afterwards::Scope scope;
    AnswerTogether(connection.peer(), [&] { connection.Write("first"); });
    AnswerTogether(connection.peer(), [&] { connection.Write(", second"); });
    AnswerTogether(connection.peer(), [&] {
      before_the_last = connection.Arrived();
      connection.Write(", third");
    });
    EXPECT_EQ(connection.Arrived(), "");
  }
  EXPECT_EQ(before_the_last, "");
  EXPECT_EQ(connection.Arrived(), "first, second, third");
  EXPECT_FALSE(connection.IsCorked());
}

TEST(AnswerTogetherTest, OneAloneIsNotHeldBack) {
  const Connection connection, other;
  {
    const Afterwards::Scope scope;
    for (const Connection* each : {&connection, &other}) {
      AnswerTogether(each->peer(), [each] {
        EXPECT_FALSE(each->IsCorked());
        each->Write("alone");
      });
    }
  }
  EXPECT_EQ(connection.Arrived(), "alone");
  EXPECT_EQ(other.Arrived(), "alone");
}

TEST(AnswerTogetherTest, WithoutAScopeItLeavesAtOnce) {
  const Connection connection;
  AnswerTogether(connection.peer(), [&] { connection.Write("at once"); });
  EXPECT_EQ(connection.Arrived(), "at once");
}

TEST(AnswerTogetherTest, AnswersToPeersWithoutATcpSocketAreGivenToo) {
  int answers = 0;
  {
    const Afterwards::Scope scope;
    for (const std::string peer : {"unix:", "unix:", "ipv4:192.0.2.1:7", "ipv4:192.0.2.1:7"}) {
      AnswerTogether(peer, [&] { ++answers; });
    }
  }
  EXPECT_EQ(answers, 4);
}

TEST(AnswerTogetherTest, ManyConnectionsThatCameAndWentAreInNobodysWay) {
  const Connection connection;
  for (int i = 0; i < 5000; ++i) {
    const Afterwards::Scope scope;
    AnswerTogether(absl::StrCat("ipv4:192.0.2.1:", i), [] {});
    AnswerTogether(connection.peer(), [] {});
    AnswerTogether(connection.peer(), [&] { EXPECT_TRUE(connection.IsCorked()); });
  }
  EXPECT_FALSE(connection.IsCorked());
}

TEST(AnswerTogetherTest, AnotherConnectionThatHasTheDescriptorNowIsLeftAlone) {
  std::string gone;
  int descriptor = -1;
  {
    const Connection connection;
    gone = connection.peer();
    descriptor = connection.descriptor();
    const Afterwards::Scope scope;
    for (int i = 0; i < 2; ++i) AnswerTogether(gone, [] {});
  }
  const Connection next;
  ASSERT_EQ(dup2(next.descriptor(), descriptor), descriptor);
  {
    const Afterwards::Scope scope;
    for (int i = 0; i < 2; ++i) AnswerTogether(gone, [&] { EXPECT_FALSE(next.IsCorked()); });
  }
  if (descriptor != next.descriptor()) close(descriptor);
}

}  // namespace
}  // namespace hookd
