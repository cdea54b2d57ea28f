#include "web/json/query_parameters.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/unit/web/json/all_kinds.pb.h"
#include "web/json/percent_decoding.h"

namespace hookd {
namespace {

using test::AllKinds;
using ::testing::ElementsAre;

std::string Said(absl::string_view query, const std::vector<std::string>& bound = {}) {
  AllKinds message;
  const absl::Status status = ReadQueryParameters(query, bound, message);
  EXPECT_TRUE(status.ok() || absl::IsInvalidArgument(status)) << status;
  return std::string(status.message());
}

void ExpectRead(absl::string_view query, const std::string& text) {
  AllKinds read, expected;
  const absl::Status status = ReadQueryParameters(query, {}, read);
  EXPECT_TRUE(status.ok()) << query << ": " << status;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &expected)) << text;
  EXPECT_EQ(read.DebugString(), expected.DebugString()) << query;
}

TEST(QueryParametersTest, SetsFieldsOfRequests) {
  v1::ListDeliveriesRequest list;
  ASSERT_TRUE(
      ReadQueryParameters("pageSize=10&page_token=a%2Bb%3D&filter=state+%3D%20FAILED", {"parent"}, list)
          .ok());
  EXPECT_EQ(list.page_size(), 10);
  EXPECT_EQ(list.page_token(), "a+b=");
  EXPECT_EQ(list.filter(), "state = FAILED");
  v1::UpdateWebhookRequest update;
  ASSERT_TRUE(ReadQueryParameters("updateMask=url,rateLimit.burst,headers.%60X-A%60&validateOnly=true",
                                  {"webhook"}, update)
                  .ok());
  EXPECT_THAT(update.update_mask().paths(), ElementsAre("url", "rate_limit.burst", "headers.`X-A`"));
  EXPECT_TRUE(update.validate_only());
  v1::CreateWebhookRequest create;
  ASSERT_TRUE(ReadQueryParameters("webhook.retryPolicy.maxAttempts=3&webhook.retry_policy.min_backoff=1.5s"
                                  "&webhook.eventTypes=EVENT_TYPE_SENT&webhook.event_types=2",
                                  {}, create)
                  .ok());
  EXPECT_EQ(create.webhook().retry_policy().max_attempts(), 3);
  EXPECT_EQ(create.webhook().retry_policy().min_backoff().nanos(), 500'000'000);
  EXPECT_THAT(create.webhook().event_types(), ElementsAre(v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_DELIVERED));
}

TEST(QueryParametersTest, ReadsEveryKind) {
  ExpectRead("", "");
  ExpectRead("&&", "");
  ExpectRead(
      "int32Field=-5&int64_field=9007199254740993&uint64Field=18446744073709551615&doubleField=NaN",
      "int32_field: -5 int64_field: 9007199254740993 uint64_field: 18446744073709551615 double_field: nan");
  ExpectRead("boolField=true&optionalInt32=0&stringField=", "bool_field: true optional_int32: 0");
  ExpectRead("stringField=a=b%26%00%C3%A4;/?", "string_field: 'a=b&\\000\\303\\244;/?'");
  ExpectRead(
      "bytesField=-_8&color=-1&colors=COLOR_RED&colors=2&colors=0",
      "bytes_field: '\\373\\377' color: COLOR_NEGATIVE colors: [COLOR_RED, COLOR_GREEN, COLOR_UNSPECIFIED]");
  ExpectRead(
      "time=2020-01-01T00:00:00Z&duration=-1.5s&durations=1s&durations=2s&mask=a.bC,d",
      "time { seconds: 1577836800 } duration { seconds: -1 nanos: -500000000 } durations { seconds: 1 } "
      "durations { seconds: 2 } mask { paths: ['a.b_c', 'd'] }");
  ExpectRead(
      "int64Wrapper=5&boolWrapper=false&stringWrapper=x&wrappedNumbers=1&wrappedNumbers=2",
      "int64_wrapper { value: 5 } bool_wrapper {} string_wrapper { value: 'x' } wrapped_numbers { value: 1 } "
      "wrapped_numbers { value: 2 }");
  ExpectRead("inner.allKinds.inner.some%54ext=x&inner.maxCountOfIt=1",
             "inner { max_count_of_it: 1 all_kinds { inner { some_text: 'x' } } }");
  ExpectRead("document=%7B%7D&chosenText=a", "document: '{}' chosen_text: 'a'");
}

TEST(QueryParametersTest, NamesUnknownParameters) {
  EXPECT_EQ(Said("page=1"), "page: is not a query parameter of this method");
  EXPECT_EQ(Said("access_token=secret"), "access_token: is not a query parameter of this method");
  EXPECT_EQ(
      Said("inner.allKinds.colr=1"),
      "inner.allKinds.colr: is not a query parameter of this method; did you mean inner.allKinds.color?");
  EXPECT_EQ(Said("=1"), "query: is not a query parameter of this method");
  EXPECT_EQ(Said("inner..x=1"), "inner..x: is not a query parameter of this method");
  EXPECT_EQ(Said("int32Field.x=1"), "int32_field: has no fields");
  EXPECT_EQ(Said("time.seconds=1"), "time: has no fields");
}

TEST(QueryParametersTest, RefusesWhatIsNotASingleValue) {
  EXPECT_EQ(Said("inner=x"), "inner: is a message; name one of its fields");
  EXPECT_EQ(Said("inners.someText=x"),
            "inners: is a list of messages and cannot be a query parameter; give it in the body");
  EXPECT_EQ(Said("stringsByName.a=x"),
            "strings_by_name: is a map and cannot be a query parameter; give it in the body");
  for (const char* field : {"struct", "value", "list", "any"}) {
    EXPECT_EQ(
        Said(absl::StrCat(field, "=1")),
        absl::StrCat(field, ": is free-form data and cannot be a query parameter; give it in the body"));
  }
}

TEST(QueryParametersTest, NamesTheFieldOfAWrongValue) {
  EXPECT_EQ(Said("int32Field=many"), R"(int32_field: expected a 32-bit integer, got "many")");
  EXPECT_EQ(Said("int32Field"), R"(int32_field: expected a 32-bit integer, got "")");
  EXPECT_EQ(Said("boolField=1"), R"(bool_field: expected true or false, got "1")");
  EXPECT_EQ(Said("stringField=%FF"), "string_field: must be valid UTF-8, without lone surrogates");
  EXPECT_EQ(Said("numbers=1&numbers=x"), R"(numbers: expected a 64-bit integer, got "x")");
  EXPECT_EQ(Said("int32Field=1&int32_field=2"), "int32_field: is given twice");
  EXPECT_EQ(Said("int32Field=%4"),
            "int32Field: is not encoded correctly: % must be followed by two hexadecimal digits");
  EXPECT_EQ(Said("chosenText=a&chosenInner.someText=b"),
            "chosen_inner.some_text: cannot be given together with "
            "chosen_text");
  EXPECT_EQ(
      Said("int32Field=x&page=1"),
      "2 problems: int32_field: expected a 32-bit integer, got \"x\"; page: is not a query parameter of this "
      "method");
}

TEST(QueryParametersTest, RefusesFieldsThatThePathOrBodySets) {
  constexpr absl::string_view kSaid = "is set by the path or the body, and cannot be a query parameter too";
  EXPECT_EQ(Said("stringField=a", {"string_field"}), absl::StrCat("string_field: ", kSaid));
  EXPECT_EQ(Said("inner.someText=a", {"inner"}), absl::StrCat("inner.some_text: ", kSaid));
  EXPECT_EQ(Said("inner.someText=a", {"inner.some_text"}), absl::StrCat("inner.some_text: ", kSaid));
  EXPECT_EQ(Said("inner.someText=a&inners=", {"inner.max_count_of_it"}).substr(0, 8), "inners: ");
}

TEST(QueryParametersTest, SetsFieldsFromThePath) {
  v1::UpdateWebhookRequest update;
  ASSERT_TRUE(SetFieldFromText("webhook.name", "projects/p/webhooks/w+%41", update).ok());
  EXPECT_EQ(update.webhook().name(), "projects/p/webhooks/w+%41");
  EXPECT_EQ(SetFieldFromText("webhook.name", "\xff", update).message(),
            "webhook.name: must be valid UTF-8, without lone surrogates");
  EXPECT_EQ(SetFieldFromText("validate_only", "x", update).message(),
            R"(validate_only: expected true or false, got "x")");
}

TEST(QueryParametersTest, DecodesPercentEncoding) {
  EXPECT_EQ(PercentDecode("a%20b%2f%2F+", true), "a b// ");
  EXPECT_EQ(PercentDecode("a+b", false), "a+b");
  EXPECT_EQ(PercentDecode("%00", false), std::string(1, '\0'));
  for (const char* text : {"%", "%1", "%g1", "%1g", "a%%41", "% 1"}) {
    EXPECT_EQ(PercentDecode(text, false), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace hookd
