#include "web/json/json_reader.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/str_cat.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook.pb.h"
#include "tests/unit/web/json/all_kinds.pb.h"

namespace hookd {
namespace {

using test::AllKinds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

AllKinds Read(absl::string_view json) {
  AllKinds message;
  const absl::Status status = ReadJson(json, "", message, nullptr);
  EXPECT_TRUE(status.ok()) << json << ": " << status;
  return message;
}

AllKinds Message(const std::string& text) {
  AllKinds message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  return message;
}

struct Example {
  absl::string_view json;
  std::string text;  // in protobuf's text format
};

class JsonReaderValueTest : public testing::TestWithParam<Example> {};

TEST_P(JsonReaderValueTest, ReadsTheValue) {
  const AllKinds read = Read(GetParam().json), expected = Message(GetParam().text);
  EXPECT_EQ(read.DebugString(), expected.DebugString()) << GetParam().json;
}

INSTANTIATE_TEST_SUITE_P(
    Numbers, JsonReaderValueTest,
    testing::Values(
        Example{R"({"int32Field":1})", "int32_field: 1"}, Example{R"({"int32_field":-1})", "int32_field: -1"},
        Example{R"({"int32Field":"12"})", "int32_field: 12"},
        Example{R"({"int32Field":1e3})", "int32_field: 1000"},
        Example{R"({"int32Field":1.0})", "int32_field: 1"},
        Example{R"({"int32Field":1.20e1})", "int32_field: 12"},
        Example{R"({"int32Field":"1200E-2"})", "int32_field: 12"}, Example{R"({"int32Field":-0})", ""},
        Example{R"({"int32Field":"0e999999999"})", ""}, Example{R"({"int32Field":0.000})", ""},
        Example{R"({"int32Field":100000000000000000000e-20})", "int32_field: 1"},
        Example{R"({"int32Field":2147483647})", "int32_field: 2147483647"},
        Example{R"({"int32Field":-2147483648})", "int32_field: -2147483648"},
        Example{R"({"sint32Field":-2147483648})", "sint32_field: -2147483648"},
        Example{R"({"uint32Field":4294967295})", "uint32_field: 4294967295"},
        Example{R"({"int64Field":9007199254740993})", "int64_field: 9007199254740993"},
        Example{R"({"int64Field":"9223372036854775807"})", "int64_field: 9223372036854775807"},
        Example{R"({"int64Field":-9223372036854775808})", "int64_field: -9223372036854775808"},
        Example{R"({"int64Field":9223372036854775807.000})", "int64_field: 9223372036854775807"},
        Example{R"({"int64Field":9.223372036854775807e18})", "int64_field: 9223372036854775807"},
        Example{R"({"sfixed64Field":5})", "sfixed64_field: 5"},
        Example{R"({"uint64Field":18446744073709551615})", "uint64_field: 18446744073709551615"},
        Example{R"({"uint64Field":"18446744073709551615"})", "uint64_field: 18446744073709551615"},
        Example{R"({"uint64Field":-0})", ""}, Example{R"({"doubleField":0.1})", "double_field: 0.1"},
        Example{R"({"doubleField":"0.1"})", "double_field: 0.1"},
        Example{R"({"doubleField":1e308})", "double_field: 1e308"}, Example{R"({"doubleField":1e-400})", ""},
        Example{R"({"doubleField":"Infinity"})", "double_field: inf"},
        Example{R"({"doubleField":"-Infinity"})", "double_field: -inf"},
        Example{R"({"floatField":3.4028234e38})", "float_field: 3.4028234e38"},
        Example{R"({"floatField":"-Infinity"})", "float_field: -inf"}));

INSTANTIATE_TEST_SUITE_P(
    Scalars, JsonReaderValueTest,
    testing::Values(
        Example{R"({})", ""}, Example{" \r\n\t{ } \n", ""}, Example{"", ""}, Example{" \n", ""},
        Example{R"({"boolField":true,"fieldname1":7,"fieldName2":8})",
                "bool_field: true fieldname1: 7 field_name_2: 8"},
        Example{R"({"boolField":false})", ""},
        Example{R"({"stringField":"a\u00e4\ud83d\ude00\n"})",
                "string_field: 'a\\303\\244\\360\\237\\230\\200\\n'"},
        Example{R"({"stringField":"\u0000b"})", "string_field: '\\000b'"},
        Example{"{\"stringField\":\"\x7f\xc3\xa4\"}", "string_field: '\\177\\303\\244'"},
        Example{R"({"stringField":"\"\\\/\b\f\n\r\t"})", R"(string_field: "\"\\/\b\f\n\r\t")"},
        Example{R"({"\u0073tringField":"12345678\"12345678"})", R"(string_field: "12345678\"12345678")"},
        Example{R"({"optionalString":"","optionalInt32":0})", "optional_string: '' optional_int32: 0"},
        Example{R"({"bytesField":"-_8="})", "bytes_field: '\\373\\377'"},
        Example{R"({"bytesField":"+/8="})", "bytes_field: '\\373\\377'"},
        Example{R"({"bytesField":"-_8"})", "bytes_field: '\\373\\377'"}, Example{R"({"bytesField":""})", ""},
        Example{R"({"color":"COLOR_RED"})", "color: COLOR_RED"},
        Example{R"({"color":2})", "color: COLOR_GREEN"}, Example{R"({"color":-1})", "color: COLOR_NEGATIVE"},
        Example{R"({"color":0})", ""},
        Example{R"({"inner":{"some_text":"x","maxCountOfIt":1}})",
                "inner { some_text: 'x' max_count_of_it: 1 }"},
        Example{R"({"inner":{}})", "inner {}"}, Example{R"({"numbers":[1,"2",3e0]})", "numbers: [1, 2, 3]"},
        Example{R"({"numbers":[]})", ""}, Example{R"({"strings":["a",""]})", "strings: ['a', '']"},
        Example{R"({"colors":["COLOR_RED",2]})", "colors: [COLOR_RED, COLOR_GREEN]"},
        Example{R"({"inners":[{},{"someText":"x"}]})", "inners {} inners { some_text: 'x' }"},
        Example{R"({"stringsByName":{"a":"b","":"c"}})",
                "strings_by_name { key: 'a' value: 'b' } strings_by_name { key: '' value: 'c' }"},
        Example{R"({"innersByName":{"a":{"someText":"b"}}})",
                "inners_by_name { key: 'a' value { some_text: 'b' } }"},
        Example{R"({"boolsByNumber":{"-7":true}})", "bools_by_number { key: -7 value: true }"},
        Example{R"({"doublesByBool":{"true":1.5}})", "doubles_by_bool { key: true value: 1.5 }"}));

INSTANTIATE_TEST_SUITE_P(
    Null, JsonReaderValueTest,
    testing::Values(
        Example{R"({"int32Field":null,"stringField":null,"inner":null,"numbers":null,"time":null})", ""},
        Example{R"({"stringsByName":null,"struct":null,"list":null,"int64Wrapper":null})", ""},
        Example{R"({"optionalInt32":null,"chosenText":null,"chosenInner":{}})", "chosen_inner {}"},
        Example{R"({"value":null})", "value { null_value: NULL_VALUE }"},
        Example{R"({"valuesByName":{"a":null}})",
                "values_by_name { key: 'a' value { null_value: NULL_VALUE } }"},
        Example{R"({"nullValue":null})", ""}, Example{R"({"nullValue":"NULL_VALUE"})", ""}));

INSTANTIATE_TEST_SUITE_P(
    WellKnownTypes, JsonReaderValueTest,
    testing::Values(
        Example{R"({"time":"2020-01-01T00:00:00Z"})", "time { seconds: 1577836800 }"},
        Example{R"({"time":"2020-01-01T02:00:00.5+02:00"})", "time { seconds: 1577836800 nanos: 500000000 }"},
        Example{R"({"time":"2024-02-29T23:59:59.000000001-00:30"})", "time { seconds: 1709252999 nanos: 1 }"},
        Example{R"({"time":"0001-01-01T00:00:00Z"})", "time { seconds: -62135596800 }"},
        Example{R"({"time":"9999-12-31T23:59:59.999999999Z"})",
                "time { seconds: 253402300799 nanos: 999999999 }"},
        Example{R"({"duration":"1.5s"})", "duration { seconds: 1 nanos: 500000000 }"},
        Example{R"({"duration":"-0.000000001s"})", "duration { nanos: -1 }"},
        Example{R"({"duration":"315576000000s"})", "duration { seconds: 315576000000 }"},
        Example{R"({"durations":["1s","0s"]})", "durations { seconds: 1 } durations {}"},
        Example{R"({"mask":""})", "mask {}"}, Example{R"({"mask":"*"})", "mask { paths: '*' }"},
        Example{R"({"mask":"url,rateLimit.perSecond,retry_policy.max_attempts"})",
                "mask { paths: ['url', 'rate_limit.per_second', 'retry_policy.max_attempts'] }"},
        Example{R"({"mask":"headers.`X-Api,Key`,headers.X-Api-Key,headers.`a`.b"})",
                "mask { paths: ['headers.`X-Api,Key`', 'headers.X-Api-Key', 'headers.`a`.b'] }"},
        Example{
            R"({"struct":{"a":1,"b":{"c":[null,true,"x"]}}})",
            R"(struct { fields { key: "a" value { number_value: 1 } } fields { key: "b" value { struct_value {
                     fields { key: "c" value { list_value { values { null_value: NULL_VALUE }
                     values { bool_value: true } values { string_value: "x" } } } } } } } })"},
        Example{R"({"struct":{}})", "struct {}"}, Example{R"({"value":"x"})", "value { string_value: 'x' }"},
        Example{R"({"value":{}})", "value { struct_value {} }"},
        Example{R"({"value":[]})", "value { list_value {} }"},
        Example{R"({"valuesByName":{"a":[1],"b":{}}})",
                R"(values_by_name { key: "a" value { list_value { values { number_value: 1 } } } }
                   values_by_name { key: "b" value { struct_value {} } })"},
        Example{R"({"list":[1,[]]})", "list { values { number_value: 1 } values { list_value {} } }"},
        Example{R"({"doubleWrapper":"NaN","floatWrapper":1.5,"int64Wrapper":"-5","uint64Wrapper":5})",
                "double_wrapper { value: nan } float_wrapper { value: 1.5 } int64_wrapper { value: -5 } "
                "uint64_wrapper { value: 5 }"},
        Example{
            R"({"int32Wrapper":0,"uint32Wrapper":1,"boolWrapper":false,"stringWrapper":"","bytesWrapper":"YQ=="})",
            "int32_wrapper {} uint32_wrapper { value: 1 } bool_wrapper {} string_wrapper {} "
            "bytes_wrapper { value: 'a' }"},
        Example{R"({"wrappedNumbers":[1,"2"]})",
                "wrapped_numbers { value: 1 } wrapped_numbers { value: 2 }"}));

TEST(JsonReaderTest, ReadsNaN) { EXPECT_TRUE(std::isnan(Read(R"({"doubleField":"NaN"})").double_field())); }

TEST(JsonReaderTest, KeepsTheSourceOfJsonText) {
  const std::string source =
      R"({"z":12345678901234567890123.10, "a" : [1.0e+05,"\u00e4\"}]",{"b":{}}], "z ": -0 })";
  EXPECT_EQ(Read(absl::StrCat(R"({"document": )", source, R"( ,"int32Field":1})")).document(), source);
  EXPECT_EQ(Read(absl::StrCat(R"({"free_json":)", source, "}")).free_json(), source);
  EXPECT_EQ(Read(R"({"freeJson":[1, {}],"document":"{\"a\":1}"})").free_json(), "[1, {}]");
  EXPECT_EQ(Read(R"({"freeJson":[1, {}],"document":"{\"a\":1}"})").document(), R"({"a":1})");
  v1::EmitEventRequest request;
  ASSERT_TRUE(
      ReadJson(R"({"document":{"type":"converted","user":{"id":12345678901234567890}},"event":{"userCreated":
                           {"user":{"propertiesJson":{"b":1,"a":2.50}}}}})",
               "", request, nullptr)
          .ok());
  EXPECT_EQ(request.document(), R"({"type":"converted","user":{"id":12345678901234567890}})");
  EXPECT_EQ(request.event().user_created().user().properties_json(), R"({"b":1,"a":2.50})");
}

std::vector<std::string> Present(absl::string_view json) {
  AllKinds message;
  std::vector<std::string> present;
  const absl::Status status = ReadJson(json, "webhook", message, &present);
  EXPECT_TRUE(status.ok()) << json << ": " << status;
  return present;
}

TEST(JsonReaderTest, ReportsTheLeavesThatTheBodySets) {
  EXPECT_THAT(Present("{}"), IsEmpty());
  EXPECT_THAT(Present(R"({"int32Field":0,"inner":{"maxCountOfIt":3,"allKinds":{"boolField":false}}})"),
              ElementsAre("int32_field", "inner.max_count_of_it", "inner.all_kinds.bool_field"));
  EXPECT_THAT(Present(R"({"stringsByName":{"x-api-key":"a","b":"c"},"innersByName":{"k":{"someText":""}}})"),
              ElementsAre("strings_by_name.`x-api-key`", "strings_by_name.`b`", "inners_by_name.`k`"));
  EXPECT_THAT(Present(R"({"inner":{"allKinds":{"stringsByName":{"a":""}}}})"),
              ElementsAre("inner.all_kinds.strings_by_name.`a`"));
  EXPECT_THAT(Present(R"({"numbers":[1,2],"inners":[{"someText":"a"},{"someText":"b"}],"strings":[]})"),
              ElementsAre("numbers", "inners", "strings"));
  EXPECT_THAT(
      Present(R"({"time":"2020-01-01T00:00:00Z","struct":{"a":{"b":1}},"value":{"a":1},"list":[{"a":1}],
                          "int64Wrapper":1,"mask":"a","document":{"a":{"b":1}},"duration":"1s"})"),
      ElementsAre("time", "struct", "value", "list", "int64_wrapper", "mask", "document", "duration"));
}

TEST(JsonReaderTest, ReportsWhatTheBodyClears) {
  EXPECT_THAT(
      Present(R"({"stringField":null,"inner":{},"inners":null,"stringsByName":{},"time":null,"value":null})"),
      ElementsAre("string_field", "inner", "inners", "strings_by_name", "time", "value"));
  EXPECT_THAT(Present(R"({"inner":null,"innersByName":null,"chosenInner":{"allKinds":{}}})"),
              ElementsAre("inner", "inners_by_name", "chosen_inner.all_kinds"));
  EXPECT_THAT(Present(R"({"inner":{"someText":null}})"), ElementsAre("inner.some_text"));
}

TEST(JsonReaderTest, TakesNullInAMapAsTheRemovalOfItsEntry) {
  v1::Webhook webhook;
  std::vector<std::string> present;
  ASSERT_TRUE(ReadJson(R"({"headers":{"a":"1","b":null,"c":"2"}})", "", webhook, &present).ok());
  EXPECT_THAT(present, ElementsAre("headers.`a`", "headers.`b`", "headers.`c`"));
  EXPECT_THAT(webhook.headers(), UnorderedElementsAre(testing::Pair("a", "1"), testing::Pair("c", "2")));
  EXPECT_EQ(ReadJson(R"({"headers":{"b":null}})", "", webhook, nullptr).message(),
            R"(headers["b"]: expected a string, got null)");
}

TEST(JsonReaderTest, KeepsFieldsThatTheJsonDoesNotHave) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  ASSERT_TRUE(ReadJson(R"({"requestId":"r"})", "", request, nullptr).ok());
  EXPECT_EQ(request.parent(), "projects/p");
  EXPECT_EQ(request.request_id(), "r");
}

}  // namespace
}  // namespace hookd
