#include "api/conversion/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What the fields were given: "field operation value", strings in quotes.
struct Taken {
  std::vector<std::string> values;
  FieldViolations violations;
};

Taken Take(absl::string_view filter) {
  Taken taken;
  const auto field = [&](absl::string_view name, FilterField::Kind kind) {
    return FilterField{
        name, kind, [&taken, name](const FilterValue& value) -> std::string {
          if (value.text == "NOPE") return "must not be NOPE";
          const absl::string_view quote = value.quoted ? "\"" : "";
          taken.values.push_back(absl::StrCat(name, " ", value.operation, " ", quote, value.text, quote));
          return "";
        }};
  };
  ReadFilter(filter,
             {field("state", FilterField::Kind::kAnyOf), field("user.id", FilterField::Kind::kAnyOf),
              field("enabled", FilterField::Kind::kSingle), field("time", FilterField::Kind::kRange)},
             taken.violations);
  return taken;
}

std::vector<std::string> Read(absl::string_view filter) {
  const Taken taken = Take(filter);
  EXPECT_TRUE(taken.violations.empty()) << filter << ": " << taken.violations.ToStatus().message();
  return taken.values;
}

// Returns the error of the filter: "at position ...".
std::string Error(absl::string_view filter) {
  const Taken taken = Take(filter);
  const std::string message(taken.violations.ToStatus().message());
  EXPECT_THAT(message, HasSubstr("filter: ")) << filter;
  return taken.violations.count() == 1 ? message.substr(8) : message;
}

TEST(FilterTest, HasNoConditionsIfItIsEmpty) {
  for (const std::string filter : {"", "   ", "\n\t"}) EXPECT_THAT(Read(filter), IsEmpty());
}

TEST(FilterTest, JoinsConditionsWithAnd) {
  EXPECT_THAT(Read("state = FAILED AND user.id = 7 AND enabled = true AND time >= 3 AND time < 5"),
              ElementsAre("state = FAILED", "user.id = 7", "enabled = true", "time >= 3", "time < 5"));
}

TEST(FilterTest, JoinsValuesOfOneFieldWithOr) {
  EXPECT_THAT(Read("state = FAILED OR state = CANCELED"), ElementsAre("state = FAILED", "state = CANCELED"));
  // As AIP-160 says, OR binds more strongly than AND.
  EXPECT_THAT(Read("user.id = 1 AND state = A OR state = B AND time > 3"),
              ElementsAre("user.id = 1", "state = A", "state = B", "time > 3"));
  EXPECT_THAT(Read("state=A\tOR\nstate=B OR state = C"), ElementsAre("state = A", "state = B", "state = C"));
}

TEST(FilterTest, TakesParenthesesAroundACondition) {
  EXPECT_THAT(Read("(state = A OR state = B) AND (user.id = 1)"),
              ElementsAre("state = A", "state = B", "user.id = 1"));
  EXPECT_THAT(Read("( state = A )AND(time > 3)"), ElementsAre("state = A", "time > 3"));
}

TEST(FilterTest, DistinguishesWordsFromStrings) {
  EXPECT_THAT(Read("user.id = 123 OR user.id = \"123\" OR user.id = '123'"),
              ElementsAre("user.id = 123", "user.id = \"123\"", "user.id = \"123\""));
  EXPECT_THAT(Read("user.id = a@example.com OR user.id = 2026-01-31T00:00:00+01:00 OR user.id = 5xx"),
              ElementsAre("user.id = a@example.com", "user.id = 2026-01-31T00:00:00+01:00", "user.id = 5xx"));
  EXPECT_THAT(Read("user.id = \"\""), ElementsAre("user.id = \"\""));
}

TEST(FilterTest, TakesEveryStringInQuotes) {
  EXPECT_THAT(Read("user.id = \"a OR b) AND (c\""), ElementsAre("user.id = \"a OR b) AND (c\""));
  EXPECT_THAT(Read(R"(user.id = "a \"b\" \'c\' \\")"), ElementsAre(R"(user.id = "a "b" 'c' \")"));
  EXPECT_THAT(Read(R"(user.id = 'a "b" \'c\'')"), ElementsAre(R"(user.id = "a "b" 'c'")"));
  EXPECT_THAT(Read("user.id = \"gr\u00fc\u00dfe\""), ElementsAre("user.id = \"gr\u00fc\u00dfe\""));
}

TEST(FilterTest, RefusesBackslashesThatMeanNothing) {
  EXPECT_EQ(
      Error(R"(user.id = "a\n")"),
      "at position 13: a backslash can only precede a quote or a backslash: write \\\\ for a backslash");
  EXPECT_EQ(Error(R"(user.id = "a\")"), "at position 11: the closing quote is missing");
  EXPECT_EQ(Error(R"(user.id = "a\)"), "at position 11: the closing quote is missing");
}

TEST(FilterTest, RefusesOrBetweenFields) {
  EXPECT_EQ(Error("state = A OR user.id = 1"),
            "at position 14: OR can only join values of one field, here of state");
  EXPECT_EQ(Error("time > 3 OR time < 1"), "at position 13: OR cannot join comparisons of time");
  EXPECT_EQ(Error("enabled = true OR enabled = false"), "at position 19: enabled can only appear once");
}

TEST(FilterTest, RefusesFieldsThatItDoesNotHaveOrHasTwice) {
  EXPECT_EQ(Error("status = FAILED"),
            "at position 1: there is no field status to filter by; the fields are state, user.id, enabled "
            "and time");
  EXPECT_EQ(Error("state = A AND state = B"),
            "at position 15: state can only appear once; join its values with OR");
  EXPECT_EQ(Error("state = A AND user.id = 1 AND (state = B OR state = C)"),
            "at position 32: state can only appear once; join its values with OR");
}

TEST(FilterTest, NamesWhatItDoesNotSupport) {
  EXPECT_THAT(Error("NOT state = FAILED"), HasSubstr("at position 1: NOT is not supported"));
  EXPECT_THAT(Error("-state = FAILED"), HasSubstr("at position 1: negation (-) is not supported"));
  EXPECT_THAT(Error("state:FAILED"), HasSubstr("at position 6: the operator : is not supported"));
  EXPECT_THAT(Error("((state = FAILED))"), HasSubstr("at position 2: parentheses can only enclose"));
  EXPECT_THAT(Error("state = (A OR B)"), HasSubstr("at position 9: parentheses can only enclose"));
  EXPECT_THAT(Error("(state = A AND time > 3)"),
              HasSubstr("at position 12: within parentheses, comparisons can only be joined by OR"));
  EXPECT_THAT(Error("time > now()"), HasSubstr("at position 8: functions are not supported"));
  EXPECT_THAT(Error("contains(event, \"x\")"), HasSubstr("at position 1: functions are not supported"));
  EXPECT_THAT(Error("state != FAILED"), HasSubstr("at position 7: state can only be compared with ="));
  EXPECT_THAT(Error("time = 3"), HasSubstr("at position 6: time can only be compared with >, >=, < and <="));
  EXPECT_THAT(Error("time >> 3"), HasSubstr("only be compared with >, >=, < and <="));
}

TEST(FilterTest, SaysWhereItStopsBeingOne) {
  EXPECT_EQ(Error("state"), "at position 6: ends where a comparison (=, <, <=, >, >=) is expected");
  EXPECT_EQ(Error("state ="), "at position 8: ends where a value is expected");
  EXPECT_EQ(Error("state = FAILED AND"), "at position 19: ends where a field is expected");
  EXPECT_EQ(Error("state = FAILED OR"), "at position 18: ends where a field is expected");
  EXPECT_EQ(Error("state = FAILED AND AND state = FAILED"), "at position 20: a field is expected, not AND");
  EXPECT_EQ(Error("state = FAILED OR OR state = FAILED"), "at position 19: a field is expected, not OR");
  EXPECT_EQ(Error("state = FAILED enabled = true"), "at position 16: AND is expected");
  EXPECT_EQ(Error("state = FAILED and enabled = true"), "at position 16: AND is expected");
  EXPECT_EQ(Error("state = FAILED AND-state = A"), "at position 19: negation (-) is not supported");
  EXPECT_EQ(Error("(state = FAILED"), "at position 16: ends where OR or a closing parenthesis is expected");
  EXPECT_EQ(Error("state = FAILED)"), "at position 15: the opening parenthesis is missing");
  EXPECT_EQ(Error("()"), "at position 2: the opening parenthesis is missing");
  EXPECT_EQ(Error("user.id = \"projects/p"), "at position 11: the closing quote is missing");
  EXPECT_EQ(Error("= FAILED"), "at position 1: a field is expected");
  EXPECT_EQ(Error("\"state\" = FAILED"), "at position 1: a field is expected");
  EXPECT_EQ(Error("state = \xff"), "at position 9: a value is expected");
}

TEST(FilterTest, ListsEveryProblemUpToWhereItStopsBeingAFilter) {
  EXPECT_THAT(Error("state = NOPE AND status = 1 AND -"),
              AllOf(HasSubstr("3 problems"), HasSubstr("at position 9: must not be NOPE"),
                    HasSubstr("at position 18: "), HasSubstr("at position 33: negation")));
}

TEST(FilterTest, IsOfBoundedLength) {
  const std::string comparison = "state = FAILED";
  EXPECT_THAT(Read(comparison + std::string(2048 - comparison.size(), ' ')), ElementsAre("state = FAILED"));
  EXPECT_EQ(Error(comparison + std::string(2049 - comparison.size(), ' ')),
            "must be at most 2048 characters");
}

TEST(FilterTest, CountsCharactersInItsLengthAndInPositions) {
  std::string filter = "state = '";
  while (filter.size() < 4000) filter += "ü";
  EXPECT_THAT(Read(filter + "'").size(), 1U);
  while (filter.size() < 5000) filter += "ü";
  EXPECT_EQ(Error(filter + "'"), "must be at most 2048 characters");
  EXPECT_THAT(Error("state = 'ü' AND status = 1"), HasSubstr("at position 17: "));
}

TEST(FilterTest, JoinsABoundedNumberOfValues) {
  std::string filter = "state = A0";
  for (size_t i = 1; i < limits::kMaxFilterValues; ++i) absl::StrAppend(&filter, " OR state = A", i);
  EXPECT_EQ(Read(filter).size(), limits::kMaxFilterValues);
  EXPECT_THAT(Error(filter + " OR state = B"), HasSubstr("at most 20 values of a field are supported"));
}

}  // namespace
}  // namespace hookd
