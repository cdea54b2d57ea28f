#include "store/codec/secret_box.h"

#include <sys/stat.h>

#include <fstream>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

const std::string kKey1 = absl::Base64Escape(std::string(32, '1'));
const std::string kKey2 = absl::Base64Escape(std::string(32, '2'));

class SecretBoxTest : public ::testing::Test {
 protected:
  absl::StatusOr<SecretBox> FromFile(const std::string& contents) {
    const std::string path = folder_.path() + "/keys";
    std::ofstream(path) << contents;
    chmod(path.c_str(), rights_);
    return SecretBox::FromFile(path);
  }
  SecretBox WithKeys(const std::string& contents) { return FromFile(contents).value(); }

  TempDir folder_;
  mode_t rights_ = 0640;
};

TEST_F(SecretBoxTest, OpensWhatItSealedAndShowsNothingOfIt) {
  const SecretBox box = WithKeys(kKey1);
  EXPECT_TRUE(box.encrypts());
  for (const std::string& secret : {std::string("hunter2"), std::string(), std::string(100'000, '\0')}) {
    const std::string sealed = box.Seal(secret, "webhook 1");
    EXPECT_EQ(box.Open(sealed, "webhook 1").value(), secret);
    EXPECT_THAT(sealed, Not(HasSubstr("hunter2")));
  }
}

TEST_F(SecretBoxTest, AFileThatEverybodyCanReadIsRefused) {
  for (const mode_t rights : {0644, 0604, 0602}) {
    rights_ = rights;
    const absl::Status refused = FromFile(kKey1).status();
    EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << rights;
    EXPECT_THAT(std::string(refused.message()), AllOf(HasSubstr("chmod"), Not(HasSubstr(kKey1))));
  }
}

TEST_F(SecretBoxTest, TheSameSecretIsSealedDifferentlyEachTime) {
  const SecretBox box = WithKeys(kKey1);
  EXPECT_NE(box.Seal("hunter2", "c"), box.Seal("hunter2", "c"));
}

TEST_F(SecretBoxTest, WhatWasSealedForAnotherContextDoesNotOpen) {
  const SecretBox box = WithKeys(kKey1);
  EXPECT_TRUE(absl::IsDataLoss(box.Open(box.Seal("s", "webhook 1"), "webhook 2").status()));
}

TEST_F(SecretBoxTest, AChangedBitAnywhereIsFound) {
  const SecretBox box = WithKeys(kKey1);
  const std::string sealed = box.Seal("hunter2", "c");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(box.Open(changed, "c").ok()) << i;
  }
  EXPECT_TRUE(absl::IsDataLoss(box.Open(sealed.substr(0, 20), "c").status()));
}

TEST_F(SecretBoxTest, TheFirstKeySealsAndEveryKeyOpens) {
  const SecretBox old_key = WithKeys(kKey1);
  const SecretBox both = WithKeys("# new\n" + kKey2 + "\n\n# old\n  " + kKey1 + "\n");
  const std::string sealed = old_key.Seal("hunter2", "c");
  EXPECT_EQ(both.Open(sealed, "c").value(), "hunter2");
  EXPECT_TRUE(both.IsStale(sealed));
  EXPECT_FALSE(old_key.IsStale(sealed));
  EXPECT_TRUE(absl::IsFailedPrecondition(old_key.Open(both.Seal("s", "c"), "c").status()));
}

TEST_F(SecretBoxTest, WithoutAKeyItSealsReadablyAndSaysWhichFlagOpensTheRest) {
  const SecretBox plain;
  EXPECT_FALSE(plain.encrypts());
  EXPECT_EQ(plain.Open(plain.Seal("s", "c"), "c").value(), "s");
  const SecretBox box = WithKeys(kKey1);
  EXPECT_TRUE(box.IsStale(plain.Seal("s", "c")));
  EXPECT_EQ(box.Open(plain.Seal("s", "c"), "c").value(), "s");
  const absl::Status closed = plain.Open(box.Seal("s", "c"), "c").status();
  EXPECT_THAT(std::string(closed.message()), HasSubstr("--encryption_key_file"));
}

TEST_F(SecretBoxTest, NothingOpensToNothing) {
  EXPECT_EQ(SecretBox().Open("", "c").value(), "");
  EXPECT_FALSE(WithKeys(kKey1).IsStale(""));
}

TEST_F(SecretBoxTest, AFileThatIsNotOfKeysIsRefusedByLineAndNotRepeated) {
  for (const char* contents : {"", "# none\n", "\n\n"}) {
    EXPECT_THAT(std::string(FromFile(contents).status().message()), HasSubstr("has no key")) << contents;
  }
  const auto bad = FromFile(kKey1 + "\nhunter2\n");
  EXPECT_THAT(std::string(bad.status().message()), AllOf(HasSubstr("line 2"), Not(HasSubstr("hunter2"))));
  EXPECT_TRUE(absl::IsFailedPrecondition(SecretBox::FromFile(folder_.path() + "/none").status()));
}

}  // namespace
}  // namespace hookd
