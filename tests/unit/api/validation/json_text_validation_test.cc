#include "api/validation/json_text_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

// Returns the violations of the text; empty if it is valid.
std::string Said(absl::string_view text) {
  FieldViolations violations;
  ValidateJsonText(
      text, FieldPath("data_json"), [](absl::string_view name) { return name == "email"; }, violations);
  return std::string(violations.ToStatus().message());
}

std::string Nested(int levels) {
  std::string text = "1";
  for (int i = 1; i < levels; ++i)
    text = i % 2 == 0 ? absl::StrCat("{\"a\":", text, "}") : absl::StrCat("[", text, "]");
  return absl::StrCat("{\"a\":", text, "}");
}

TEST(JsonTextValidationTest, TakesObjects) {
  for (const char* text :
       {"{}", " {\"a\" : 1 }\n", R"({"a":[1,{"a":null}],"b":true,"":"","é":"\ud83d\ude00"})",
        R"({"big":9007199254740993,"more":1234567890123456789012345678901234567890,"e":-0.10E+05})",
        R"({"team":{"email":1}})"}) {
    EXPECT_EQ(Said(text), "") << text;
  }
}

TEST(JsonTextValidationTest, RefusesEverythingElse) {
  for (const char* text : {"[]", "1", "\"a\"", "null", "true", "[{}]"}) {
    EXPECT_THAT(Said(text), HasSubstr("data_json: must be a JSON object")) << text;
  }
}

TEST(JsonTextValidationTest, SaysWhereTheTextIsNoJson) {
  EXPECT_THAT(
      Said(R"({"a":1 "b":2})"),
      HasSubstr("data_json: is not valid JSON at byte 7: Missing a comma or '}' after an object member"));
  for (const char* text : {"", " ", "{", "{\"a\"}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":+1}",
                           "{\"a\":.5}", "{\"a\":NaN}", "{\"a\":1,}", "{} {}", "{}x", "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\n\"}", "{\"a\":/**/1}", "\xef\xbb\xbf{}x"}) {
    EXPECT_THAT(Said(text), HasSubstr("data_json: is not valid JSON at byte ")) << text;
  }
  EXPECT_THAT(Said({"{}\0", 3}), HasSubstr("is not valid JSON at byte 2: NUL character"));
  EXPECT_EQ(Said(R"({"a":"\u0000"})"), "");
}

TEST(JsonTextValidationTest, RefusesNumbersThatNoDoubleHolds) {
  EXPECT_THAT(Said(R"({"a":1e400})"), HasSubstr("Number too big to be stored in double"));
  EXPECT_THAT(Said(absl::StrCat("{\"a\":", std::string(400, '9'), "}")), HasSubstr("Number too big"));
}

TEST(JsonTextValidationTest, RefusesANameThatIsThereTwice) {
  EXPECT_THAT(Said(R"({"a":[0,{"b":1,"c":2,"b":3}]})"),
              HasSubstr(R"(data_json["a"][1]["b"]: is a duplicate: the names in an object must be unique)"));
  EXPECT_EQ(Said(R"({"a":{"a":1},"b":[{"a":1},{"a":2}]})"), "");
  EXPECT_THAT(Said(R"({"a":1,"\u0061":2})"), HasSubstr(R"(data_json["a"]: is a duplicate)"));
}

TEST(JsonTextValidationTest, RefusesNamesThatAreDocumented) {
  EXPECT_THAT(
      Said(R"({"email":1})"),
      HasSubstr(R"(data_json["email"]: cannot be a property: it would overwrite the documented email)"));
}

TEST(JsonTextValidationTest, BoundsNamesAndStrings) {
  EXPECT_EQ(Said(absl::StrCat("{\"", std::string(1024, 'n'), "\":\"", std::string(16384, 's'), "\"}")), "");
  EXPECT_THAT(Said(absl::StrCat("{\"a\":[1,\"", std::string(16385, 's'), "\"]}")),
              HasSubstr(R"(data_json["a"][1]: must be at most 16384 bytes, not 16385)"));
  EXPECT_THAT(Said(absl::StrCat("{\"", std::string(1025, 'n'), "\":1}")),
              HasSubstr("has a name that is too long: at most 1024 bytes, not 1025"));
}

TEST(JsonTextValidationTest, BoundsNesting) {
  EXPECT_EQ(Said(Nested(16)), "");
  EXPECT_THAT(Said(Nested(17)), HasSubstr("is nested too deeply: at most 16 levels are allowed"));
  EXPECT_THAT(Said(absl::StrCat("{\"a\":", std::string(200000, '['))), HasSubstr("nested too deeply"));
  EXPECT_THAT(Said(std::string(200000, '[')), HasSubstr("must be a JSON object"));
}

TEST(JsonTextValidationTest, BoundsTheText) {
  EXPECT_EQ(Said(absl::StrCat("{}", std::string(limits::kMaxPayloadBytes - 2, ' '))), "");
  EXPECT_THAT(Said(absl::StrCat("{}", std::string(limits::kMaxPayloadBytes - 1, ' '))),
              HasSubstr("must be at most 262144 bytes, not 262145"));
}

}  // namespace
}  // namespace hookd
