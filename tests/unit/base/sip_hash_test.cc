#include "base/sip_hash.h"

#include <string>

#include "gtest/gtest.h"

namespace hookd {
namespace {

// Of the bytes 00 01 02 ..., the first 8 of which are the prefix; with the key 00 01 .. 0f.
TEST(SipHashTest, HasThePublishedValues) {
  std::string bytes;
  for (char c = 0; c < 16; ++c) bytes.push_back(c);
  const SipKey key = ReadSipKey(bytes);
  const uint64_t prefix = key.first;
  EXPECT_EQ(SipHash(key, prefix, ""), 0x93f5f5799a932462);
  EXPECT_EQ(SipHash(key, prefix, absl::string_view(bytes).substr(8, 7)), 0xa129ca6149be45e5);
}

TEST(SipHashTest, DependsOnTheKeyThePrefixAndEveryByte) {
  const SipKey key = {.first = 1, .second = 2};
  const uint64_t hash = SipHash(key, 3, "text of several words");
  EXPECT_NE(SipHash({.first = 1, .second = 3}, 3, "text of several words"), hash);
  EXPECT_NE(SipHash(key, 4, "text of several words"), hash);
  EXPECT_NE(SipHash(key, 3, "text of several Words"), hash);
  EXPECT_NE(SipHash(key, 3, absl::string_view("text of several words", 22)), hash) << "a NUL more";
}

}  // namespace
}  // namespace hookd
