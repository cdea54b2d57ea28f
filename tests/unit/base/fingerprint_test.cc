#include "base/fingerprint.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(FingerprintTest, IsTheBeginningOfTheSha256) {
  EXPECT_EQ(absl::BytesToHexString(Fingerprint("abc")), "ba7816bf8f01cfea414140de5dae2223");
}

TEST(FingerprintTest, TellsTextsApart) { EXPECT_NE(Fingerprint("a"), Fingerprint("b")); }

}  // namespace
}  // namespace hookd
