// What the reader refuses, and in which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "google/rpc/error_details.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "tests/unit/web/json/all_kinds.pb.h"
#include "web/json/json_reader.h"
#include "web/json/json_type.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

template <typename Message = test::AllKinds>
std::string Said(absl::string_view json, absl::string_view path = "") {
  Message message;
  const absl::Status status = ReadJson(json, path, message, nullptr);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

std::string SaidOfEvent(absl::string_view json) { return Said<v1::EmitEventRequest>(json); }

auto Violations(const absl::Status& status) {
  google::rpc::BadRequest details;
  const auto detail = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  EXPECT_TRUE(detail.has_value() && details.ParseFromString(std::string(*detail))) << status;
  return details.field_violations();
}

struct Wrong {
  absl::string_view json, message;
};

class JsonReaderViolationTest : public testing::TestWithParam<Wrong> {};

TEST_P(JsonReaderViolationTest, SaysWhatIsWrong) { EXPECT_EQ(Said(GetParam().json), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    Values, JsonReaderViolationTest,
    testing::Values(
        Wrong{R"({"int32Field":3000000000})", "int32_field: expected a 32-bit integer, got 3000000000"},
        Wrong{R"({"int32Field":-2147483649})", "int32_field: expected a 32-bit integer, got -2147483649"},
        Wrong{R"({"int32Field":1.5})", "int32_field: expected a 32-bit integer, got 1.5"},
        Wrong{R"({"int32Field":1e-1})", "int32_field: expected a 32-bit integer, got 1e-1"},
        Wrong{R"({"int32Field":1e300})", "int32_field: expected a 32-bit integer, got 1e300"},
        Wrong{R"({"int32Field":1e999999999})", "int32_field: expected a 32-bit integer, got 1e999999999"},
        Wrong{R"({"int32Field":"1e999999999"})",
              R"(int32_field: expected a 32-bit integer, got "1e999999999")"},
        Wrong{R"({"int32Field":"1e-99999999999999999999"})",
              R"(int32_field: expected a 32-bit integer, got "1e-99999999999999999999")"},
        Wrong{R"({"int32Field":"007"})", R"(int32_field: expected a 32-bit integer, got "007")"},
        Wrong{R"({"int32Field":""})", R"(int32_field: expected a 32-bit integer, got "")"},
        Wrong{R"({"int32Field":" 1"})", R"(int32_field: expected a 32-bit integer, got " 1")"},
        Wrong{R"({"int32Field":"1."})", R"(int32_field: expected a 32-bit integer, got "1.")"},
        Wrong{R"({"int32Field":"0x1"})", R"(int32_field: expected a 32-bit integer, got "0x1")"},
        Wrong{R"({"int32Field":true})", "int32_field: expected a 32-bit integer, got true"},
        Wrong{R"({"int32Field":{}})", "int32_field: expected a 32-bit integer, got an object"},
        Wrong{R"({"int32Field":[[1,{}]]})", "int32_field: expected a 32-bit integer, got an array"},
        Wrong{R"({"uint32Field":-1})", "uint32_field: expected an unsigned 32-bit integer, got -1"},
        Wrong{R"({"uint64Field":18446744073709551616})",
              "uint64_field: expected an unsigned 64-bit integer, got 18446744073709551616"},
        Wrong{R"({"int64Field":9223372036854775808})",
              "int64_field: expected a 64-bit integer, got 9223372036854775808"},
        Wrong{R"({"int64Field":-9223372036854775809})",
              "int64_field: expected a 64-bit integer, got -9223372036854775809"},
        Wrong{R"({"doubleField":"1e400"})",
              R"(double_field: expected a 64-bit floating-point number, got "1e400")"},
        Wrong{R"({"doubleField":1e400})", "double_field: expected a 64-bit floating-point number, got 1e400"},
        Wrong{R"({"doubleField":"nan"})",
              R"(double_field: expected a 64-bit floating-point number, got "nan")"},
        Wrong{R"({"floatField":1e39})", "float_field: expected a 32-bit floating-point number, got 1e39"},
        Wrong{R"({"boolField":"true"})", R"(bool_field: expected true or false, got "true")"},
        Wrong{R"({"boolField":1})", "bool_field: expected true or false, got 1"},
        Wrong{R"({"stringField":12})", "string_field: expected a string, got 12"},
        Wrong{R"({"bytesField":"*"})", R"(bytes_field: expected a string in base64, got "*")"},
        Wrong{R"({"bytesField":"-+AA"})", R"(bytes_field: expected a string in base64, got "-+AA")"},
        Wrong{R"({"color":"RED"})",
              R"(color: expected one of COLOR_RED, COLOR_GREEN, COLOR_NEGATIVE, got "RED")"},
        Wrong{R"({"color":7})", "color: expected one of COLOR_RED, COLOR_GREEN, COLOR_NEGATIVE, got 7"},
        Wrong{R"({"color":"1"})",
              R"(color: expected one of COLOR_RED, COLOR_GREEN, COLOR_NEGATIVE, got "1")"},
        Wrong{R"({"document":12})", "document: expected an object, or a string with its JSON text, got 12"},
        Wrong{R"({"nullValue":0})", "null_value: expected null, got 0"},
        Wrong{R"({"any":{}})", "any: is a google.protobuf.Any, which cannot be given as JSON"}));

INSTANTIATE_TEST_SUITE_P(
    Messages, JsonReaderViolationTest,
    testing::Values(
        Wrong{R"({"inner":1})", R"(inner: expected an object such as {"maxCountOfIt": 123}, got 1)"},
        Wrong{R"({"inner":[]})", R"(inner: expected an object such as {"maxCountOfIt": 123}, got an array)"},
        Wrong{R"({"inners":{}})",
              R"(inners: expected an array such as [{"maxCountOfIt": 123}], got an object)"},
        Wrong{R"({"inners":[{},3]})",
              R"(inners[1]: expected an object such as {"maxCountOfIt": 123}, got 3)"},
        Wrong{R"({"inners":[{},{"someText":3}]})", "inners[1].some_text: expected a string, got 3"},
        Wrong{R"({"inners":[null]})",
              R"(inners[0]: expected an object such as {"maxCountOfIt": 123}, got null)"},
        Wrong{R"({"strings":"a"})", R"(strings: expected an array such as ["text"], got "a")"},
        Wrong{R"({"strings":["a",null]})", "strings[1]: expected a string, got null"},
        Wrong{R"({"strings":["a",["b"]]})", "strings[1]: expected a string, got an array"},
        Wrong{R"({"stringsByName":[]})",
              R"(strings_by_name: expected an object such as {"key": "text"}, got an array)"},
        Wrong{R"({"stringsByName":{"a":1}})", R"(strings_by_name["a"]: expected a string, got 1)"},
        Wrong{R"({"stringsByName":{"a":{"b":1}}})",
              R"(strings_by_name["a"]: expected a string, got an object)"},
        Wrong{R"({"innersByName":{"a":{"someText":1}}})",
              R"(inners_by_name["a"].some_text: expected a string, got 1)"},
        Wrong{R"({"boolsByNumber":{"x":true}})",
              R"(bools_by_number["x"]: the key expected a 32-bit integer, got "x")"},
        Wrong{R"({"time":"yesterday"})",
              R"(time: expected a time such as "2026-01-31T12:00:00Z", got "yesterday")"},
        Wrong{R"({"time":"2020-01-01T00:00:00Z\u0000"})",
              R"(time: expected a time such as "2026-01-31T12:00:00Z", got "2020-01-01T00:00:00Z\000")"},
        Wrong{R"({"time":"0001-01-01T00:00:00+01:00"})",
              R"(time: expected a time such as "2026-01-31T12:00:00Z", got "0001-01-01T00:00:00+01:00")"},
        Wrong{R"({"time":12})", R"(time: expected a time such as "2026-01-31T12:00:00Z", got 12)"},
        Wrong{R"({"time":{"seconds":1}})",
              R"(time: expected a time such as "2026-01-31T12:00:00Z", got an object)"},
        Wrong{R"({"duration":"1"})", R"(duration: expected a duration in seconds such as "1.5s", got "1")"},
        Wrong{R"({"duration":"+1s"})",
              R"(duration: expected a duration in seconds such as "1.5s", got "+1s")"},
        Wrong{R"({"duration":".5s"})",
              R"(duration: expected a duration in seconds such as "1.5s", got ".5s")"},
        Wrong{R"({"duration":"1.0000000001s"})",
              R"(duration: expected a duration in seconds such as "1.5s", got "1.0000000001s")"},
        Wrong{R"({"duration":"315576000001s"})",
              R"(duration: expected a duration in seconds such as "1.5s", got "315576000001s")"},
        Wrong{
            R"({"mask":"a,,b"})",
            R"(mask: expected the names of fields, separated by commas, such as "url,displayName", got "a,,b")"},
        Wrong{
            R"({"mask":"headers.`a"})",
            R"(mask: expected the names of fields, separated by commas, such as "url,displayName", got "headers.`a")"},
        Wrong{R"({"struct":[]})", "struct: expected an object, got an array"},
        Wrong{R"({"list":{}})", "list: expected an array, got an object"},
        Wrong{R"({"int64Wrapper":"x"})", R"(int64_wrapper: expected a 64-bit integer, got "x")"}));

INSTANTIATE_TEST_SUITE_P(
    Names, JsonReaderViolationTest,
    testing::Values(
        Wrong{R"({"page":1})", "page: unknown field"},
        Wrong{R"({"inner":{"someTxt":1}})", "inner.someTxt: unknown field; did you mean someText?"},
        Wrong{R"({"inner":{"some-text":1}})", "inner.some-text: unknown field; did you mean some_text?"},
        Wrong{R"({"inners":[{"nothing like it":{"a":[1]}}]})",
              R"(inners[0]["nothing like it"]: unknown field)"},
        Wrong{R"({"":1})", R"([""]: unknown field)"},
        Wrong{"{\"\xff\":1}", "[\"\xef\xbf\xbd\"]: unknown field"},
        Wrong{R"({"colour":1})", "colour: unknown field; did you mean color?"},
        Wrong{R"({"boolField":true,"boolField":true})",
              "bool_field: is given twice; boolField and bool_field are the same field"},
        Wrong{R"({"bool_field":true,"boolField":null})",
              "bool_field: is given twice; boolField and bool_field are the same field"},
        Wrong{R"({"inner":{},"inner":{"x":1}})", "inner: is given twice"},
        Wrong{R"({"stringsByName":{"a":"1","a":"2"}})", R"(strings_by_name["a"]: is given twice)"},
        Wrong{R"({"struct":{"b":{"a":1,"a":[2]}}})", R"(struct["b"]["a"]: is given twice)"},
        Wrong{R"({"chosenText":"a","chosenInner":{"x":1}})",
              "chosen_inner: cannot be given together with chosen_text"},
        Wrong{R"({"chosenTime":1,"chosenText":"a"})",
              "2 problems: chosen_time: expected a time such as \"2026-01-31T12:00:00Z\", got 1; "
              "chosen_text: cannot "
              "be given together with another field of the oneof choice"}));

INSTANTIATE_TEST_SUITE_P(
    Utf8, JsonReaderViolationTest,
    testing::Values(
        Wrong{"{\"stringField\":\"a\xff\"}", "string_field: must be valid UTF-8, without lone surrogates"},
        Wrong{R"({"strings":["","\udc00"]})", "strings[1]: must be valid UTF-8, without lone surrogates"},
        Wrong{"{\"strings\":[\"\xed\xa0\x80\"]}", "strings[0]: must be valid UTF-8, without lone surrogates"},
        Wrong{R"({"stringWrapper":"\udc00"})",
              "string_wrapper: must be valid UTF-8, without lone surrogates"},
        Wrong{R"({"stringsByName":{"\udc00":"a"}})",
              "strings_by_name[\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"]: the key must be valid UTF-8, "
              "without lone "
              "surrogates"},
        Wrong{R"({"struct":{"a":["\udc00"]}})",
              R"(struct["a"][0]: must be valid UTF-8, without lone surrogates)"},
        Wrong{R"({"document":{"a":["\udc00"]}})", "document: must be valid UTF-8, without lone surrogates"},
        Wrong{"{\"document\":{\"a\xff\":1}}", "document: must be valid UTF-8, without lone surrogates"},
        Wrong{R"({"stringField":"\ud800"})",
              "string_field: line 1, column 17: the escape is a lone surrogate"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, JsonReaderViolationTest,
    testing::Values(
        Wrong{"[]", "body: expected a JSON object, got an array"},
        Wrong{"1", "body: expected a JSON object, got 1"},
        Wrong{"null", "body: expected a JSON object, got null"},
        Wrong{R"("{}")", R"(body: expected a JSON object, got "{}")"},
        Wrong{"{", "body: line 1, column 2: expected a name in double quotes, got the end of the text"},
        Wrong{"x", "body: line 1, column 1: expected a value"},
        Wrong{R"({"inner": })", "inner: line 1, column 11: expected a value"},
        Wrong{"{\n  \"inner\": {\"someText\": \"ä\" 1}}",
              "inner.some_text: line 2, column 29: expected a comma or }"},
        Wrong{R"({"inner"{}})", "inner: line 1, column 9: expected a colon"},
        Wrong{R"({"inner":{}}})", "body: line 1, column 13: expected nothing after the object"},
        Wrong{R"({"inner":{},})", "inner: line 1, column 13: expected a name in double quotes"},
        Wrong{R"({'inner':{}})", "body: line 1, column 2: expected a name in double quotes"},
        Wrong{R"({"numbers":[1 2]})", "numbers[0]: line 1, column 15: expected a comma or ]"},
        Wrong{R"({"int32Field":01})", "int32_field: line 1, column 16: expected a comma or }"},
        Wrong{R"({"int32Field":1.})",
              "int32_field: line 1, column 17: expected a digit after the decimal point"},
        Wrong{R"({"int32Field":1e})", "int32_field: line 1, column 17: expected a digit in the exponent"},
        Wrong{R"({"int32Field":NaN})", "int32_field: line 1, column 15: expected a value"},
        Wrong{R"({"stringField":"a)",
              "string_field: line 1, column 18: expected a double quote at the end of the "
              "string, got the end of the text"},
        Wrong{R"({"stringField":"\x"})", "string_field: line 1, column 17: unknown escape"},
        Wrong{R"({"stringField":"\u12g4"})",
              "string_field: line 1, column 17: expected four hexadecimal digits after \\u"},
        Wrong{"{\"stringField\":\"a\n\"}",
              "string_field: line 1, column 18: a control character must be escaped"},
        Wrong{absl::string_view("{\"stringField\":\"a\0\"}", 19),
              "string_field: line 1, column 18: NUL is not valid in JSON"},
        Wrong{absl::string_view("{}\0", 3), "body: line 1, column 3: NUL is not valid in JSON"},
        Wrong{absl::string_view("{\0}", 3), "body: line 1, column 2: NUL is not valid in JSON"},
        Wrong{absl::string_view("\0", 1), "body: line 1, column 1: NUL is not valid in JSON"},
        Wrong{"\xef\xbb\xbf{}", "body: line 1, column 1: expected a value"},
        Wrong{R"({"document":{"a":01}})", "document: line 1, column 19: expected a comma or }"},
        Wrong{R"({"document":{"a":1e400}})",
              "document: expected a number in the range of a double, got 1e400"},
        Wrong{R"({"struct":{"a":1e400}})",
              R"(struct["a"]: expected a number in the range of a double, got 1e400)"},
        Wrong{"{} // comment", "body: line 1, column 4: expected nothing after the object"}));

TEST(JsonReaderTest, NamesTheFieldsOfAnEvent) {
  EXPECT_EQ(SaidOfEvent(R"({"event":{"bounced":{"user":{"id":123}}}})"),
            R"(event.bounced.user.id: expected an object such as {"number": 123}, got 123)");
  EXPECT_EQ(SaidOfEvent(R"({"event":{"bouncd":{"user":{}}}})"),
            "event.bouncd: unknown field; did you mean bounced?");
  EXPECT_EQ(SaidOfEvent(R"({"event":{"bounced":{},"sent":{}}})"),
            "event.sent: cannot be given together with bounced");
  EXPECT_EQ(SaidOfEvent(R"({"event":{"bounced":{"bounceType":"HARD"}}})"),
            R"(event.bounced.bounce_type: expected one of BOUNCE_TYPE_HARD, BOUNCE_TYPE_SOFT, got "HARD")");
}

TEST(JsonReaderTest, WritesThePathOfTheBodyBeforeThoseOfItsFields) {
  EXPECT_EQ(Said<v1::Webhook>(R"({"eventTypes":["EVENT_TYPE_SENT",true],"bad":1})", "webhook").substr(0, 52),
            "2 problems: webhook.event_types[1]: expected one of ");
  EXPECT_EQ(Said<v1::Webhook>("[]", "webhook"), "webhook: expected a JSON object, got an array");
}

TEST(JsonReaderTest, ReportsEveryViolation) {
  test::AllKinds message;
  const absl::Status status = ReadJson(
      R"({"int32Field":"x","inner":{"a":{"b":[1,2]},"someText":1},"inners":[1,{"maxCountOfIt":[]}],"color":"x","bad":[]})",
      "", message, nullptr);
  std::vector<std::string> paths;
  for (const auto& violation : Violations(status)) paths.push_back(violation.field());
  EXPECT_THAT(paths, ElementsAre("int32_field", "inner.a", "inner.some_text", "inners[0]",
                                 "inners[1].max_count_of_it", "color", "bad"));
}

TEST(JsonReaderTest, RefusesTimesThatAreNone) {
  for (const char* time : {"",
                           "Z",
                           "2020-01-01",
                           "2020-01-01T00:00:00",
                           "2020-1-01T00:00:00Z",
                           "2020-13-01T00:00:00Z",
                           "2020-00-01T00:00:00Z",
                           "2020-02-30T00:00:00Z",
                           "2019-02-29T00:00:00Z",
                           "2020-01-01T24:00:00Z",
                           "2020-01-01T00:60:00Z",
                           "2020-01-01T00:00:60Z",
                           "2020-01-01 00:00:00Z",
                           "2020-01-01T00:00:00.Z",
                           "2020-01-01T00:00:00.1234567890Z",
                           "2020-01-01T00:00:00+1:00",
                           "2020-01-01T00:00:00+01",
                           "0000-12-31T00:00:00Z",
                           "2020-01-01T00:00:00+01:00Z",
                           "+2020-01-01T00:00:00Z",
                           "12020-01-01T00:00:00Z",
                           "9999-12-31T23:59:59-00:01",
                           "2020-01-01T00:00:00ZZ",
                           "infinite-future"}) {
    EXPECT_THAT(Said(absl::StrCat(R"({"time":")", time, "\"}")), StartsWith("time: expected a time such as "))
        << time;
  }
}

TEST(JsonReaderTest, AbbreviatesWhatItQuotes) {
  const std::string message = Said(absl::StrCat(R"({"color":")", std::string(1000, 'x'), "\"}"));
  EXPECT_THAT(message, HasSubstr("xxx..."));
  EXPECT_LT(message.size(), 200u);
}

std::string Nested(absl::string_view begin, int levels, absl::string_view end) {
  std::string text;
  for (int i = 0; i < levels; ++i) absl::StrAppend(&text, begin);
  for (int i = 0; i < levels; ++i) absl::StrAppend(&text, end);
  return text;
}

TEST(JsonReaderTest, LimitsTheNesting) {
  constexpr int kRoom = kMaxJsonDepth - 1;
  EXPECT_EQ(Said(absl::StrCat(R"({"value":)", Nested("[", kRoom, "]"), "}")), "");
  EXPECT_THAT(Said(absl::StrCat(R"({"value":)", Nested("[", kRoom + 1, "]"), "}")),
              HasSubstr("is nested more than 100 levels deep"));
  EXPECT_EQ(Said(absl::StrCat(R"({"document":)", Nested("[", kRoom, "]"), "}")), "");
  EXPECT_EQ(Said(absl::StrCat(R"({"document":)", Nested("[", kRoom + 1, "]"), "}")),
            "document: is nested more than 100 levels deep");
  EXPECT_EQ(Said(absl::StrCat(R"({"int32Field":)", Nested("[", kRoom + 1, "]"), "}")),
            "2 problems: int32_field: expected a 32-bit integer, got an array; int32_field: is nested more "
            "than 100 "
            "levels deep");
  std::string objects;
  for (int i = 0; i < 60; ++i) objects += R"({"inner":{"allKinds":)";
  test::AllKinds message;
  const auto violations = Violations(ReadJson(objects, "", message, nullptr));
  ASSERT_EQ(violations.size(), 1);
  EXPECT_EQ(violations[0].description(), "is nested more than 100 levels deep");
}

TEST(JsonReaderTest, BearsHostileInput) {
  constexpr size_t kLarge = 10'000'000;
  EXPECT_EQ(Said(std::string(kLarge, '[')), "body: expected a JSON object, got an array");
  for (const char* field : {"value", "struct", "document", "inner", "unknown", "int32Field"}) {
    const std::string json = absl::StrCat("{\"", field, "\":", std::string(kLarge, '['));
    EXPECT_THAT(Said(json), HasSubstr("levels deep")) << field;
  }
  const std::string digits(kLarge, '9');
  EXPECT_THAT(Said(absl::StrCat(R"({"int32Field":)", digits, "}")),
              StartsWith("int32_field: expected a 32-bit"));
  EXPECT_THAT(Said(absl::StrCat(R"({"int32Field":")", digits, "\"}")),
              StartsWith("int32_field: expected a 32-bit"));
  EXPECT_THAT(Said(absl::StrCat(R"({"int32Field":"1e)", digits, "\"}")),
              StartsWith("int32_field: expected a 32-bit"));
  EXPECT_EQ(Said(absl::StrCat(R"({"int32Field":0.)", std::string(kLarge, '0'), "}")), "");
  EXPECT_EQ(Said(absl::StrCat(R"({"doubleField":0.)", digits, "}")), "");
}

TEST(JsonReaderTest, BearsManyViolations) {
  std::string json = "{";
  for (int i = 0; i < 200'000; ++i) absl::StrAppend(&json, "\"colr\":1,\"inner\":{},");
  json += "\"end\":1}";
  EXPECT_THAT(Said(json), StartsWith("10000 problems: colr: unknown field; did you mean color?; "))
      << "reading ends there";
  json = "{\"stringsByName\":{";
  for (int i = 0; i < 200'000; ++i) absl::StrAppend(&json, i == 0 ? "" : ",", "\"k\":\"v\"");
  json += "}}";
  EXPECT_THAT(Said(json), StartsWith("10000 problems: strings_by_name[\"k\"]: is given twice; "));
}

TEST(JsonReaderTest, RefusesTooManyValues) {
  std::string json = "{\"numbers\":[0";
  for (int i = 0; i < kMaxJsonValues; ++i) json += ",0";
  json += "]}";
  EXPECT_THAT(Said(json), HasSubstr("is one of more than 500000 values; send fewer in a request"));
}

}  // namespace
}  // namespace hookd
