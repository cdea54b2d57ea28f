// LoopWatchdog with loops that a test plays.
#include "http/curl/loop_watchdog.h"

#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "gtest/gtest.h"
#include "http/ip_address.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/http/curl/curl_client_support.h"

namespace hookd {
namespace {

using Instant = LoopPulse::Instant;

// What the watchdog says, as it comes.
class Sayings {
 public:
  LoopWatchdog::OnAble OnAble() {
    return [this](const std::string& unable) {
      const absl::MutexLock lock(&mutex_);
      said_.push_back(unable);
    };
  }
  std::vector<std::string> WaitFor(size_t count) {
    const absl::MutexLock lock(&mutex_);
    const auto enough = [&] { return said_.size() >= count; };
    mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
    return said_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<std::string> said_;
};

Instant LongAgo() {
  return std::chrono::steady_clock::now() - absl::ToChronoNanoseconds(2 * limits::kLoopDead);
}

TEST(LoopWatchdogTest, SaysThatALoopDoesNotComeBackAndThatItDid) {
  LoopPulse pulse;
  Sayings sayings;
  LoopWatchdog watchdog({&pulse}, sayings.OnAble());
  ASSERT_TRUE(watchdog.Start().ok());
  pulse.BeginTurn(LongAgo());
  ASSERT_EQ(sayings.WaitFor(1).size(), 1u);
  EXPECT_EQ(sayings.WaitFor(1)[0], "an HTTP loop has been stuck for 10s");
  EXPECT_GE(watchdog.TakeLag(), limits::kLoopDead);
  pulse.EndTurn(LoopPulse::kNever);
  ASSERT_EQ(sayings.WaitFor(2).size(), 2u);
  EXPECT_EQ(sayings.WaitFor(2)[1], "");
}

TEST(LoopWatchdogTest, SaysThatRequestsOutliveTheirTimeout) {
  LoopPulse pulse;
  Sayings sayings;
  LoopWatchdog watchdog({&pulse}, sayings.OnAble());
  ASSERT_TRUE(watchdog.Start().ok());
  pulse.EndTurn(LongAgo());
  ASSERT_EQ(sayings.WaitFor(1).size(), 1u);
  EXPECT_EQ(sayings.WaitFor(1)[0], "requests exceed their timeout by 10s");
}

TEST(LoopWatchdogTest, SaysThatLibcurlsHandleIsBroken) {
  LoopPulse pulse;
  Sayings sayings;
  LoopWatchdog watchdog({&pulse}, sayings.OnAble());
  ASSERT_TRUE(watchdog.Start().ok());
  pulse.SetDead(true);
  EXPECT_EQ(sayings.WaitFor(1).size(), 1u);
}

// A loop that reads what a peer sends as long as it comes, as libcurl does.
TEST(LoopWatchdogTest, CutsTheConnectionThatKeepsALoopBusyAndNoOther) {
  int busy[2], quiet[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, quiet), 0);
  // TCP, as it counts what it receives.
  HttpReceiver receiver;
  receiver.SetDefault({.body = std::string(1 << 20, 'x'), .endless_body = true});
  DescriptorReserve reserve(0);
  busy[0] = socket(AF_INET, SOCK_STREAM, 0);
  const IpAddress::Socket address = IpAddress::Parse("127.0.0.1")->WithPort(receiver.port());
  ASSERT_EQ(connect(busy[0], address.get(), address.size), 0);
  const std::string request = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n";
  ASSERT_EQ(write(busy[0], request.data(), request.size()), static_cast<ssize_t>(request.size()));

  LoopPulse pulse;
  pulse.Opened(busy[0], "http://busy.test");
  pulse.Opened(quiet[0], "http://quiet.test");
  LoopWatchdog watchdog({&pulse}, nullptr);
  ASSERT_TRUE(watchdog.Start().ok());
  std::thread loop([&] {
    pulse.Begin();
    pulse.BeginTurn(std::chrono::steady_clock::now());
    pulse.BeginCall(busy[0]);
    std::vector<char> buffer(1 << 16);
    while (read(busy[0], buffer.data(), buffer.size()) > 0) {
    }
    pulse.EndCall();
    pulse.EndTurn(LoopPulse::kNever);
  });
  loop.join();
  EXPECT_GE(pulse.cut(), 1);
  char byte;
  EXPECT_EQ(recv(quiet[0], &byte, 1, MSG_DONTWAIT), -1);
  pulse.Close(busy[0], reserve);
  for (const int each : {quiet[0], quiet[1]}) close(each);
}

}  // namespace
}  // namespace hookd
