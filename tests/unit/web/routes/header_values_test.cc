#include "web/routes/header_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(HeaderValuesTest, HasTheValuesOfEveryHeaderOfTheName) {
  const WebHeaders headers = {{"Accept", " a "}, {"ACCEPT", "b"}, {"Accept-Encoding", "c"}};
  EXPECT_THAT(HeaderValues(headers, "accept"), ElementsAre("a", "b"));
  EXPECT_THAT(HeaderValues(headers, "host"), IsEmpty());
}

TEST(HeaderValuesTest, SplitsListsAcrossHeaders) {
  const WebHeaders headers = {{"x", "a, ,b\t,"}, {"X", ",c"}, {"x", ""}};
  EXPECT_THAT(HeaderElements(headers, "x"), ElementsAre("a", "b", "c"));
}

TEST(HeaderValuesTest, DoesNotSplitInQuotedStrings) {
  const WebHeaders headers = {{"x", R"(a;b="1,2", c;d="\",", e)"}};
  EXPECT_THAT(HeaderElements(headers, "x"), ElementsAre(R"(a;b="1,2")", R"(c;d="\",")", "e"));
}

TEST(HeaderValuesTest, EndsWithAnOpenQuote) {
  EXPECT_THAT(HeaderElements({{"x", "a, \"b, c\\"}}, "x"), ElementsAre("a", "\"b, c\\"));
}

TEST(HeaderValuesTest, ParsesParameters) {
  const auto parsed = ParseParameterized("Text/HTML; Level=1 ; q=\"0.\\5\";");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->value, "text/html");
  ASSERT_EQ(parsed->parameters.size(), 2);
  EXPECT_EQ(*parsed->Find("level"), "1");
  EXPECT_EQ(*parsed->Find("q"), "0.5");
  EXPECT_EQ(parsed->Find("charset"), nullptr);
  EXPECT_EQ(ParseParameterized("gzip")->value, "gzip");
  EXPECT_EQ(ParseParameterized("*/*")->value, "*/*");
}

TEST(HeaderValuesTest, RefusesMalformedValues) {
  for (const absl::string_view text :
       {"",           ";",       "/",      "a/",   "/b",          "a/b/c",      "a b",
        "a/b c",      "\"a\"",   "a;b",    "a;=c", "a;b=",        "a;b=\"",     "a;b=\"c",
        "a;b=\"c\"d", "a;b=c d", "a;b =c", "a,b",  "a;b=\"c\\\"", "\xc3\xa9/x", "a;b=\"\"\""}) {
    EXPECT_FALSE(ParseParameterized(text).has_value()) << text;
  }
  EXPECT_FALSE(ParseParameterized(absl::string_view("a\0b", 3)).has_value());
}

}  // namespace
}  // namespace hookd
