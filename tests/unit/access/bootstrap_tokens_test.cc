#include "access/bootstrap_tokens.h"

#include <sys/stat.h>

#include <fstream>

#include "access/tokens.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kSecret[] = "hookd_01234567890123456789";
constexpr char kHash[] =
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";  // of "test"

class BootstrapTokensTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<Token>> Read(const std::string& contents, mode_t rights = 0600) {
    const std::string path = folder_.path() + "/tokens";
    std::ofstream(path) << contents;
    chmod(path.c_str(), rights);
    return ReadBootstrapTokens(path);
  }

  TempDir folder_;
};

TEST_F(BootstrapTokensTest, ALineIsASecretRolesAndProjects) {
  const auto tokens =
      Read(std::string("# who\n\n") + kSecret + " admin *\n\t" + kHash + "   emit,read\tshop,blog\n");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  ASSERT_THAT(*tokens, SizeIs(2));
  EXPECT_EQ((*tokens)[0].secret_hash, HashSecret(kSecret));
  EXPECT_THAT((*tokens)[0].projects, ElementsAre("*"));
  EXPECT_TRUE((*tokens)[0].roles[static_cast<size_t>(Role::kAdmin)]);
  EXPECT_EQ((*tokens)[1].secret_hash, HashSecret("test"));
  EXPECT_THAT((*tokens)[1].projects, ElementsAre("shop", "blog"));
  EXPECT_EQ((*tokens)[1].roles.count(), 2u);
}

TEST_F(BootstrapTokensTest, WhatIsNoTokenIsRefusedByItsLineAndNotRepeated) {
  for (const std::string& line :
       {std::string("hunter2 admin *"), std::string(kSecret) + " admin", std::string(kSecret) + " root *",
        std::string(kSecret) + " admin ,", std::string(kSecret) + " admin * more",
        std::string("sha256:hunter2 admin *"), std::string(kHash) + "0 admin *"}) {
    const auto tokens = Read("# a\n" + line + "\n");
    ASSERT_FALSE(tokens.ok()) << line;
    EXPECT_THAT(std::string(tokens.status().message()),
                AllOf(HasSubstr("line 2"), Not(HasSubstr("hunter2")), Not(HasSubstr(kSecret))));
  }
  EXPECT_TRUE(absl::IsFailedPrecondition(ReadBootstrapTokens(folder_.path() + "/none").status()));
}

TEST_F(BootstrapTokensTest, ASecretThatEverybodyCanReadIsRefusedAndAHashIsNot) {
  EXPECT_THAT(std::string(Read(std::string(kSecret) + " admin *", 0644).status().message()),
              HasSubstr("chmod"));
  EXPECT_TRUE(Read(std::string(kHash) + " admin *", 0644).ok());
}

}  // namespace
}  // namespace hookd
