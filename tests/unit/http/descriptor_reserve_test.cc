#include "http/descriptor_reserve.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "gtest/gtest.h"

namespace hookd {
namespace {

// This process has no more descriptors than it uses, until the end.
class NoDescriptorsLeft {
 public:
  NoDescriptorsLeft() {
    getrlimit(RLIMIT_NOFILE, &before_);
    for (int copy = dup(0); copy >= 0; copy = dup(0)) {
      taken_.push_back(copy);
      // Few enough to take.
      if (taken_.size() != 1) continue;
      rlimit few = before_;
      few.rlim_cur = static_cast<rlim_t>(copy) + 64;
      setrlimit(RLIMIT_NOFILE, &few);
    }
  }
  ~NoDescriptorsLeft() {
    for (const int copy : taken_) close(copy);
    setrlimit(RLIMIT_NOFILE, &before_);
  }

 private:
  rlimit before_ = {};
  std::vector<int> taken_;
};

TEST(DescriptorReserveTest, OpensSocketsAlthoughOthersHaveTakenAllDescriptors) {
  DescriptorReserve reserve(2);
  const NoDescriptorsLeft none;
  ASSERT_EQ(socket(AF_INET, SOCK_STREAM, 0), -1);
  const int first = reserve.Open(AF_INET, SOCK_STREAM, 0);
  const int second = reserve.Open(AF_INET, SOCK_STREAM, 0);
  EXPECT_GE(first, 0);
  EXPECT_GE(second, 0);
  EXPECT_EQ(reserve.free(), 0u);
  EXPECT_EQ(reserve.Open(AF_INET, SOCK_STREAM, 0), -1);
  EXPECT_EQ(errno, EMFILE);
  // What is closed comes back to the reserve, and to nobody else.
  EXPECT_EQ(reserve.Close(first), 0);
  EXPECT_EQ(reserve.free(), 1u);
  EXPECT_EQ(socket(AF_INET, SOCK_STREAM, 0), -1);
  const int again = reserve.Open(AF_INET, SOCK_STREAM, 0);
  EXPECT_GE(again, 0);
  reserve.Close(again);
  reserve.Close(second);
}

TEST(DescriptorReserveTest, OpensMoreThanItReserves) {
  DescriptorReserve reserve(1);
  std::vector<int> sockets;
  for (int i = 0; i < 5; ++i) sockets.push_back(reserve.Open(AF_INET, SOCK_STREAM, 0));
  for (const int each : sockets) {
    EXPECT_GE(each, 0);
    reserve.Close(each);
  }
  EXPECT_EQ(reserve.free(), 1u);
}

TEST(DescriptorReserveTest, ItsSocketsDoNotBlockAndAreNotInherited) {
  DescriptorReserve reserve(1);
  const int opened = reserve.Open(AF_INET, SOCK_STREAM, 0);
  EXPECT_NE(fcntl(opened, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(opened, F_GETFD) & FD_CLOEXEC, 0);
  reserve.Close(opened);
}

TEST(DescriptorReserveTest, TakesNoMoreThanHalfOfWhatThereIs) {
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  rlimit few = before;
  few.rlim_cur = 100;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_LE(DescriptorReserve(1000).free(), 50u);
  setrlimit(RLIMIT_NOFILE, &before);
}

}  // namespace
}  // namespace hookd
