#include "http/header_rules.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HeaderRulesTest, TakesTokensAsNames) {
  for (const char* name : {"X-Api-Key", "a", "Authorization", "0", "!#$%&'*+-.^_`|~"}) {
    EXPECT_TRUE(CheckHeaderName(name).ok()) << name;
  }
}

TEST(HeaderRulesTest, RefusesNamesThatAreNoTokens) {
  for (const std::string& name :
       {std::string(), std::string("a b"), std::string("a:"), std::string("a\r\nb"), std::string("a\0b", 3),
        std::string("ä"), std::string("a("), std::string("a\t"), std::string(129, 'a')}) {
    EXPECT_FALSE(CheckHeaderName(name).ok()) << name;
  }
}

TEST(HeaderRulesTest, RefusesWhatHttpAndTheClientSetInWhateverCase) {
  for (const char* name : {"Host", "content-LENGTH", "Content-Type", "Transfer-Encoding", "Connection", "TE",
                           "Expect", "User-Agent", "Proxy-Authorization", "upgrade", "Trailer"}) {
    EXPECT_FALSE(CheckHeaderName(name).ok()) << name;
  }
}

TEST(HeaderRulesTest, TakesVisibleTextAsValues) {
  for (const char* value : {"", "a", "Bearer abc=", "a  b", "a\tb", "\"quoted\"; q=1, *"}) {
    EXPECT_TRUE(CheckHeaderValue(value).ok()) << value;
  }
}

TEST(HeaderRulesTest, RefusesValuesThatCouldEndTheHeaderOrAreNotText) {
  for (const std::string& value :
       {std::string("hunter2\r\nX: y"), std::string("hunter2\n"), std::string("hunter2\0", 8),
        std::string("hunter2\x7f"), std::string("hunter2 ä"), std::string(" hunter2"),
        std::string("hunter2\t")}) {
    const absl::Status status = CheckHeaderValue(value);
    EXPECT_FALSE(status.ok()) << value;
    EXPECT_THAT(std::string(status.message()), Not(HasSubstr("hunter2")));
  }
}

}  // namespace
}  // namespace hookd
