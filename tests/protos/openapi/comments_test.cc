// What is read out of the comments of the protos.
#include "openapi/comments.h"

#include <gtest/gtest.h>

namespace hookd {
namespace {

TEST(CommentsTest, PutsEachParagraphOnOneLine) {
  EXPECT_EQ(CommentToParagraphs(" Reads one\n webhook.\n\n NOT_FOUND if there is none.\n"),
            "Reads one webhook.\n\nNOT_FOUND if there is none.");
}

TEST(CommentsTest, KeepsTheLinesOfCode) {
  EXPECT_EQ(CommentToParagraphs(" The pause:\n   min(a, b)\n   max(c, d)\n It has a\n bound.\n"),
            "The pause:\n\n    min(a, b)\n    max(c, d)\n\nIt has a bound.");
}

TEST(CommentsTest, LeavesOutWhichFileHasTheSample) {
  EXPECT_EQ(CommentToParagraphs(" The user unsubscribed. JSON:\n samples/unsubscribed.json.\n"),
            "The user unsubscribed.");
}

TEST(CommentsTest, EndsTheFirstSentenceAtItsPeriod) {
  EXPECT_EQ(FirstSentence("Creates a webhook (AIP-133). It waits."), "Creates a webhook (AIP-133)");
  EXPECT_EQ(FirstSentence("Reads `a. b` (see c. d) of 0.01 to 1. More."),
            "Reads `a. b` (see c. d) of 0.01 to 1");
  EXPECT_EQ(FirstSentence("Without an end"), "Without an end");
}

TEST(CommentsTest, KnowsWhatIsRequired) {
  EXPECT_TRUE(IsRequired("The project: `projects/{project}`. Required. A project."));
  EXPECT_FALSE(IsRequired("What happened. Required unless `document` is set."));
  EXPECT_FALSE(IsRequired("The kind. Required if the Id is set."));
  EXPECT_EQ(RequiredUnless("What happened. Required unless `document` is set."), "document");
  EXPECT_EQ(RequiredUnless("Required."), "");
}

TEST(CommentsTest, ReadsTheRangeOfANumber) {
  const auto range = StatedRange("The average number per second. 0.01 to 100,000. Required.");
  ASSERT_TRUE(range.has_value());
  EXPECT_EQ(range->min, 0.01);
  EXPECT_EQ(range->max, 100'000);
  EXPECT_EQ(StatedRange("Such as 550. 0 to 2147483647.")->max, 2147483647);
  EXPECT_FALSE(StatedRange("Values above 1,000 mean 1,000.").has_value());
  EXPECT_TRUE(RejectsNegative("Values above 1,000 mean 1,000. Negative values are rejected."));
}

TEST(CommentsTest, ReadsTheLengthOfAString) {
  EXPECT_EQ(StatedLength("A string of 1 to 1,024 bytes.")->min, 1);
  EXPECT_EQ(StatedLength("It is new. 1 to 128 printable ASCII characters, such as a UUID.")->max, 128);
  EXPECT_EQ(StatedLength("A name for people. At most 256 bytes of UTF-8.")->max, 256);
  EXPECT_EQ(StatedLength("http or https, with a host, at most 2,048 characters.")->max, 2048);
}

// These are lengths of something else.
TEST(CommentsTest, ReadsNoLengthThatIsNotTheString) {
  EXPECT_FALSE(StatedLength("For HMAC-SHA256, `whsec_` and 24 to 64 bytes in base64.").has_value());
  EXPECT_FALSE(StatedLength("A project id has 1 to 63 lower-case letters, digits and hyphens.").has_value());
  EXPECT_FALSE(StatedLength("The first 4,096 bytes of the response body.").has_value());
  EXPECT_FALSE(StatedLength("Names have at most 1,024 bytes.").has_value());
}

}  // namespace
}  // namespace hookd
