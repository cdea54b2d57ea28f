#include "base/listening_address.h"

#include <sys/stat.h>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

TEST(ListeningAddressTest, APortOfZeroPicksAFreeOne) {
  auto listening = ListenOnAddress("127.0.0.1:0");
  ASSERT_TRUE(listening.ok());
  EXPECT_GT(listening->port, 0);
  EXPECT_TRUE(absl::IsUnavailable(ListenOnAddress(absl::StrCat("127.0.0.1:", listening->port)).status()));
  StopListening(*listening);
  EXPECT_TRUE(listening->sockets.empty());
}

TEST(ListeningAddressTest, WhatIsNoAddressIsRefused) {
  for (const char* wrong : {"", "localhost", "localhost:http"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ListenOnAddress(wrong).status())) << wrong;
  }
  EXPECT_TRUE(absl::IsUnavailable(ListenOnAddress(absl::StrCat("unix:/", std::string(200, 'a'))).status()));
}

TEST(ListeningAddressTest, TheFileOfASocketIsRemoved) {
  const TempDir folder;
  const std::string path = folder.path() + "/socket";
  auto listening = ListenOnAddress("unix:" + path);
  ASSERT_TRUE(listening.ok());
  EXPECT_EQ(listening->port, 0);
  EXPECT_TRUE(Exists(path));
  StopListening(*listening);
  EXPECT_FALSE(Exists(path));
}

// As in a rolling restart, where the new process listens before the old one ends.
TEST(ListeningAddressTest, TheFileOfAnotherProcessStays) {
  const TempDir folder;
  const std::string path = folder.path() + "/socket";
  auto old = ListenOnAddress("unix:" + path), its_successor = ListenOnAddress("unix://" + path);
  ASSERT_TRUE(old.ok() && its_successor.ok());
  StopListening(*old);
  EXPECT_TRUE(Exists(path));
  StopListening(*its_successor);
  EXPECT_FALSE(Exists(path));
}

}  // namespace
}  // namespace hookd
