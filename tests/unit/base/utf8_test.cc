#include "base/utf8.h"

#include <gtest/gtest.h>

namespace hookd {
namespace {

TEST(Utf8Test, TakesEveryCharacterThatUnicodeHas) {
  for (const std::string text : {"", "a", "plain ASCII, longer than eight bytes", "\xc2\x80", "\xdf\xbf",
                                 "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
                                 "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "Ærøskøbing, 東京, 🎉, and more"}) {
    EXPECT_EQ(ValidUtf8Length(text), text.size()) << text;
    EXPECT_EQ(ReplaceInvalidUtf8(text), text);
  }
  EXPECT_EQ(ValidUtf8Length(absl::string_view("a\0b", 3)), 3u);
}

TEST(Utf8Test, StopsBeforeWhatIsNotACharacter) {
  for (const std::string bad :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "\xc3", "\xe6\x9d",
        "\xf0\x9f\x8e", "\xc3(", "\xe6\x9d(", "\xf0\x9f\x8e("}) {
    for (const std::string before : {"", "a", "longer than eight bytes", "ø"}) {
      EXPECT_EQ(ValidUtf8Length(before + bad), before.size());
      EXPECT_EQ(ValidUtf8Length(before + bad + "and then more"), before.size());
    }
  }
}

TEST(Utf8Test, ReplacesEachMaximalPartOfACharacterByOneMark) {
  // The examples of the Unicode Standard, tables 3-8 to 3-11.
  EXPECT_EQ(ReplaceInvalidUtf8("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), "��������A");
  EXPECT_EQ(ReplaceInvalidUtf8("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), "��������A");
  EXPECT_EQ(ReplaceInvalidUtf8("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), "�����A��B");
  EXPECT_EQ(ReplaceInvalidUtf8("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), "����A");
  EXPECT_EQ(ReplaceInvalidUtf8("tail \xe6\x9d"), "tail �");
}

TEST(Utf8Test, AbbreviatesBetweenCharacters) {
  EXPECT_EQ(AbbreviateUtf8("abcdef", 6), "abcdef");
  EXPECT_EQ(AbbreviateUtf8("abcdefg", 6), "abc...");
  EXPECT_EQ(AbbreviateUtf8("abøøøø", 6), "ab...");
  EXPECT_EQ(AbbreviateUtf8("øøø", 3), "...");
}

}  // namespace
}  // namespace hookd
