#include "grpc/limits/caller_connections.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "tests/support/fake_clock.h"
#include "tests/support/http2_frames.h"

namespace hookd {
namespace {

using http2::Frame;
using http2::FrameType;

constexpr int kMost = 8;

std::string Begin(uint32_t stream) { return Frame(FrameType::kHeaders, http2::kEndHeaders, stream, "\x83"); }

std::string Resets(int count, uint32_t first = 1) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const uint32_t stream = first + 2 * static_cast<uint32_t>(i);
    bytes += Begin(stream) + http2::ResetStream(stream, 8);
  }
  return bytes;
}

// A message of `length` bytes, without the last one.
std::string HalfMessage(uint32_t stream, uint32_t length) {
  const std::string message = http2::Number(0, 1) + http2::Number(length, 4);
  return Begin(stream) + Frame(FrameType::kData, 0, stream, message + std::string(length - 1, 'm'));
}

sockaddr_storage From(const std::string& address) {
  sockaddr_storage peer{};
  auto& ipv4 = reinterpret_cast<sockaddr_in&>(peer);
  auto& ipv6 = reinterpret_cast<sockaddr_in6&>(peer);
  if (inet_pton(AF_INET, address.c_str(), &ipv4.sin_addr) == 1) {
    peer.ss_family = AF_INET;
  } else if (inet_pton(AF_INET6, address.c_str(), &ipv6.sin6_addr) == 1) {
    peer.ss_family = AF_INET6;
  } else {
    peer.ss_family = AF_UNIX;
  }
  return peer;
}

class CallerConnectionsTest : public testing::Test {
 protected:
  ~CallerConnectionsTest() override {
    for (const int descriptor : ends_) close(descriptor);
  }

  // Returns the id of a new connection; 0 if it is refused.
  CallerConnections::Id Connect(const std::string& address) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    ends_.insert(ends_.end(), {ends[0], ends[1]});
    const auto admitted = connections_.Admit(ends[0], From(address));
    if (!admitted.has_value()) return 0;
    copies_[admitted->id] = admitted->copy;
    EXPECT_TRUE(connections_.Receive(admitted->id, http2::kPreface));
    return admitted->id;
  }

  bool Receive(CallerConnections::Id id, const std::string& bytes) { return connections_.Receive(id, bytes); }

  bool HasEnded(CallerConnections::Id id) {
    pollfd hangs_up{.fd = copies_[id], .events = 0, .revents = 0};
    return poll(&hangs_up, 1, 0) == 1;
  }

  FakeClock clock_;
  CallerConnections connections_{&clock_, kMost};
  std::vector<int> ends_;
  std::map<CallerConnections::Id, int> copies_;
};

TEST_F(CallerConnectionsTest, ResetsOfACallersTimeoutsAreNoFault) {
  const auto id = Connect("10.0.0.1");
  EXPECT_TRUE(Receive(id, Resets(limits::kMaxResets)));
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(Receive(id, Resets(limits::kResetsPerSecond - 1, 100'001)));
  EXPECT_FALSE(HasEnded(id));
}

TEST_F(CallerConnectionsTest, RapidResetEndsTheConnectionBeforeTheInputIsParsed) {
  const auto id = Connect("10.0.0.1");
  const auto other = Connect("10.0.0.2");
  EXPECT_FALSE(Receive(id, Resets(limits::kMaxResets + 1)));
  EXPECT_TRUE(HasEnded(id));
  EXPECT_FALSE(Receive(id, Begin(99'999))) << "nothing more of it is parsed";
  EXPECT_FALSE(HasEnded(other));
  EXPECT_EQ(connections_.figures().cut, 1);
}

TEST_F(CallerConnectionsTest, ConnectionsOfAnAddressShareAnAllowance) {
  int cut = 0;
  for (int i = 0; i < 3; ++i) cut += Receive(Connect("10.0.0.1"), Resets(limits::kMaxResets)) ? 0 : 1;
  EXPECT_EQ(cut, 1);
  EXPECT_TRUE(Receive(Connect("10.0.0.2"), Resets(limits::kMaxResets)));
}

TEST_F(CallerConnectionsTest, AnAddressThatIsCutRepeatedlyIsRefusedForAWhile) {
  for (int i = 0; i < limits::kCutsBeforeRefusal; ++i) {
    const auto id = Connect("10.0.0.1");
    ASSERT_NE(id, 0U);
    EXPECT_FALSE(
        Receive(id, Frame(FrameType::kHeaders, 0, 1, std::string(limits::kMaxHeaderBlockBytes + 1, 'a'))));
    connections_.Remove(id);
  }
  EXPECT_EQ(Connect("10.0.0.1"), 0U);
  EXPECT_NE(Connect("10.0.0.2"), 0U);
  connections_.Sweep();
  EXPECT_EQ(Connect("10.0.0.1"), 0U);
  clock_.Advance(limits::kAddressRefused);
  connections_.Sweep();
  EXPECT_NE(Connect("10.0.0.1"), 0U);
}

TEST_F(CallerConnectionsTest, ASocketsFileIsNeverRefused) {
  for (int i = 0; i < 2 * limits::kCutsBeforeRefusal; ++i) {
    const auto id = Connect("unix");
    ASSERT_NE(id, 0U);
    EXPECT_FALSE(Receive(id, Resets(limits::kMaxResets + 1)));
    connections_.Remove(id);
  }
}

TEST_F(CallerConnectionsTest, AnIpv6NetworkIsOneAddress) {
  for (int i = 0; i < limits::kCutsBeforeRefusal; ++i) {
    const auto id = Connect(absl::StrCat("2001:db8::", i + 1));
    EXPECT_FALSE(Receive(id, Resets(limits::kMaxResets + 1)));
    connections_.Remove(id);
  }
  EXPECT_EQ(Connect("2001:db8::99"), 0U);
  EXPECT_NE(Connect("2001:db8:0:1::1"), 0U);
}

TEST_F(CallerConnectionsTest, OneAddressHasAPartOfTheConnections) {
  std::vector<CallerConnections::Id> ids;
  for (int i = 0; i < kMost / 2; ++i) {
    ids.push_back(Connect("10.0.0.1"));
    EXPECT_TRUE(Receive(ids.back(), Begin(1)));
  }
  EXPECT_EQ(Connect("10.0.0.1"), 0U);
  EXPECT_NE(Connect("10.0.0.2"), 0U);
  connections_.Remove(ids.front());
  EXPECT_NE(Connect("10.0.0.1"), 0U);
}

TEST_F(CallerConnectionsTest, RoomIsMadeWhereTheMostNeverCalledSoThatOthersAreSpared) {
  const auto innocent = Connect("10.0.9.9");
  std::vector<CallerConnections::Id> hostile;
  for (int i = 0; i < 4; ++i) {
    clock_.Advance(absl::Seconds(1));
    hostile.push_back(Connect("10.0.0.1"));
  }
  for (int i = 0; i < 3; ++i) EXPECT_NE(Connect("10.0.0.2"), 0u);
  EXPECT_NE(Connect("10.0.0.3"), 0u);
  EXPECT_TRUE(HasEnded(hostile.front()));
  EXPECT_FALSE(HasEnded(innocent)) << "though it is the oldest";
}

TEST_F(CallerConnectionsTest, OneAddressNeverTakesWhatOthersCouldHave) {
  // Connections that hookd has ended but gRPC has not closed yet count too.
  for (int i = 0; i < 100; ++i) Connect("10.0.0.1");
  EXPECT_EQ(connections_.figures().open, kMost / 2);
  for (int i = 0; i < kMost / 2; ++i) EXPECT_NE(Connect("10.0.0.2"), 0u);
}

TEST_F(CallerConnectionsTest, AnAddressKeepsItsAccountOfEmptyFramesWhenItsConnectionsHaveEnded) {
  std::string frames;
  for (int i = 0; i < limits::kMaxEmptyFrames; ++i) frames += Frame(FrameType::kPriority, 0, 1, "12345");
  int cut = 0;
  for (int i = 0; i < 3; ++i) {
    const auto id = Connect("10.0.0.1");
    cut += Receive(id, frames) ? 0 : 1;
    connections_.Remove(id);
    connections_.Sweep();
  }
  EXPECT_EQ(cut, 1);
}

TEST_F(CallerConnectionsTest, OnesThatNeverCalledMakeRoomForNewOnes) {
  const auto busy = Connect("10.0.0.9");
  EXPECT_TRUE(Receive(busy, Begin(1)));
  std::vector<CallerConnections::Id> idle;
  for (int i = 1; i < kMost; ++i) {
    clock_.Advance(absl::Seconds(1));
    idle.push_back(Connect(absl::StrCat("10.0.0.", i)));
  }
  EXPECT_NE(Connect("10.0.1.1"), 0U);
  EXPECT_TRUE(HasEnded(idle.front()));
  EXPECT_FALSE(HasEnded(idle.back()));
  EXPECT_FALSE(HasEnded(busy));
  EXPECT_EQ(connections_.figures().refused, 1);
}

TEST_F(CallerConnectionsTest, TheOneThatHeldTheMostForTheLongestIsCut) {
  constexpr uint32_t kMessage = 15 << 20;
  std::vector<CallerConnections::Id> hostile;
  for (int64_t held = 0; held + kMessage <= limits::kMaxIncompleteBytes; held += kMessage) {
    hostile.push_back(Connect(absl::StrCat("10.0.0.", hostile.size() + 1)));
    EXPECT_TRUE(Receive(hostile.back(), HalfMessage(1, kMessage)));
    clock_.Advance(absl::Seconds(1));
  }
  const auto innocent = Connect("10.0.1.1");
  EXPECT_TRUE(Receive(innocent, HalfMessage(1, kMessage)));
  EXPECT_TRUE(HasEnded(hostile.front()));
  EXPECT_FALSE(HasEnded(hostile.back()));
  EXPECT_LE(connections_.figures().incomplete_bytes, limits::kMaxIncompleteBytes);
}

TEST_F(CallerConnectionsTest, CallsThatNeverEndAreBounded) {
  std::string calls;
  for (uint32_t i = 0; i < 900; ++i) calls += Begin(2 * i + 1);
  std::vector<CallerConnections::Id> ids;
  int cut = 0;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(Connect(absl::StrCat("10.0.0.", i + 1)));
    EXPECT_TRUE(Receive(ids.back(), calls));
    clock_.Advance(absl::Seconds(1));
  }
  for (const auto id : ids) cut += HasEnded(id) ? 1 : 0;
  EXPECT_EQ(cut, 1);
  EXPECT_TRUE(HasEnded(ids.front()));
}

TEST_F(CallerConnectionsTest, MessagesThatTakeTooLongEndTheirConnectionsIfTheyHoldMuch) {
  const auto little = Connect("10.0.0.1");
  EXPECT_TRUE(Receive(little, HalfMessage(1, limits::kMessageBytesPerSecond)));
  clock_.Advance(limits::kMessageTimeout + absl::Seconds(1));
  connections_.Sweep();
  EXPECT_FALSE(HasEnded(little)) << "it may be what is left of a call that the server ended";
  constexpr uint32_t kMuch = 15 << 20;
  const auto first = Connect("10.0.0.2");
  const auto second = Connect("10.0.0.3");
  EXPECT_TRUE(Receive(first, HalfMessage(1, kMuch)));
  EXPECT_TRUE(Receive(second, HalfMessage(1, kMuch)));
  connections_.Sweep();
  EXPECT_TRUE(HasEnded(little));
  EXPECT_FALSE(HasEnded(first));
  clock_.Advance(limits::kMessageTimeout + absl::Seconds(kMuch / limits::kMessageBytesPerSecond));
  connections_.Sweep();
  EXPECT_TRUE(HasEnded(first) || HasEnded(second));
}

TEST_F(CallerConnectionsTest, StreamsThatAreOpenForDaysDoNotOutweighAnAttack) {
  const auto streams = Connect("10.0.0.1");
  for (uint32_t i = 0; i < 500; ++i) {
    const std::string message = std::string("\0\0\0\0\1m", 6);
    EXPECT_TRUE(Receive(streams, Begin(2 * i + 1) + Frame(FrameType::kData, 0, 2 * i + 1, message)));
  }
  EXPECT_TRUE(Receive(streams, HalfMessage(2001, 100)));
  clock_.Advance(absl::Hours(24));
  const auto hostile = Connect("10.0.0.2");
  for (uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(Receive(hostile, HalfMessage(2 * i + 1, 15 << 20)));
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(Receive(hostile, HalfMessage(7, 15 << 20)));
  EXPECT_FALSE(HasEnded(streams));
}

TEST_F(CallerConnectionsTest, AConnectionThatEndsGivesBackWhatItHeld) {
  const auto id = Connect("10.0.0.1");
  EXPECT_TRUE(Receive(id, HalfMessage(1, 1 << 20)));
  EXPECT_GT(connections_.figures().incomplete_bytes, 0);
  connections_.Remove(id);
  EXPECT_EQ(connections_.figures().incomplete_bytes, 0);
  EXPECT_EQ(connections_.figures().open, 0);
  EXPECT_EQ(connections_.figures().accepted, 1);
}

}  // namespace
}  // namespace hookd
