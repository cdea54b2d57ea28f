#include "api/conversion/page_token.h"

#include <gtest/gtest.h>

#include <string>

namespace hookd {
namespace {

TEST(PageTokenTest, GivesTheCursorBack) {
  for (const std::string cursor : {"", "a", "00abc123defgh", "\xff\x01 bytes"}) {
    EXPECT_EQ(ReadPageToken("query", MakePageToken("query", cursor)), cursor);
  }
  const std::string with_zero("a\0b", 3);
  EXPECT_EQ(ReadPageToken("query", MakePageToken("query", with_zero)), with_zero);
}

TEST(PageTokenTest, IsRefusedByAnotherQuery) {
  const std::string token = MakePageToken("ListWebhooks projects/p", "cursor");
  EXPECT_EQ(ReadPageToken("ListWebhooks projects/q", token), std::nullopt);
  EXPECT_EQ(ReadPageToken("ListDeliveries projects/p", token), std::nullopt);
  EXPECT_EQ(ReadPageToken("", token), std::nullopt);
}

TEST(PageTokenTest, KeepsQueryAndCursorApart) {
  EXPECT_NE(MakePageToken("a", "bc"), MakePageToken("ab", "c"));
  EXPECT_NE(MakePageToken("1", "1"), MakePageToken("11", ""));
}

TEST(PageTokenTest, IsRefusedIfAnyCharacterWasChangedOrIsMissing) {
  const std::string token = MakePageToken("query", "cursor!");
  for (size_t i = 0; i < token.size(); ++i) {
    std::string tampered = token;
    tampered[i] = tampered[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(ReadPageToken("query", tampered), std::nullopt) << i;
    EXPECT_EQ(ReadPageToken("query", token.substr(0, i)), std::nullopt) << i;
    EXPECT_EQ(ReadPageToken("query", token.substr(i + 1)), std::nullopt) << i;
  }
}

TEST(PageTokenTest, HasOneSpelling) {
  const std::string token = MakePageToken("query", "cursor");
  for (const std::string& other : {token + "=", token + "==", token + " ", " " + token, token + "A"}) {
    EXPECT_EQ(ReadPageToken("query", other), std::nullopt) << other;
  }
}

TEST(PageTokenTest, IsSafeInAUrl) {
  for (int i = 0; i < 256; ++i) {
    EXPECT_EQ(MakePageToken("query", std::string(3, static_cast<char>(i)))
                  .find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
              std::string::npos);
  }
}

TEST(PageTokenTest, IsNotJustAnyText) {
  for (const std::string text : {"", "x", "not a token", "AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "%%%", "\xff\xfe"}) {
    EXPECT_EQ(ReadPageToken("query", text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hookd
