#include "web/json/json_writer.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <limits>

#include "google/protobuf/empty.pb.h"
#include "google/rpc/error_details.pb.h"
#include "hookd/v1/delivery_service.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/project.pb.h"
#include "hookd/v1/webhook_service.pb.h"
#include "tests/unit/web/json/all_kinds.pb.h"

namespace hookd {
namespace {

using test::AllKinds;

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  WriteJson(message, json);
  return json;
}

// The JSON of a message in protobuf's text format, without the counts that are always there.
std::string Json(const std::string& text) {
  AllKinds message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message)) << text;
  std::string json = Json(message);
  for (const std::string count : {",\"count\":\"0\"", "\"webhookCount\":0"}) {
    const size_t at = json.find(count);
    if (at != std::string::npos) json.erase(at, count.size());
  }
  const size_t comma = json.size() - 2;
  if (json[comma] == ',') json.erase(comma, 1);
  return json;
}

TEST(JsonWriterTest, AppendsWithoutWhiteSpace) {
  v1::EmitEventResponse response;
  response.set_event("projects/p/events/e");
  response.set_webhook_count(2);
  response.mutable_emit_time()->set_seconds(1577836800);
  std::string json = "data: ";
  WriteJson(response, json);
  EXPECT_EQ(json,
            R"(data: {"event":"projects/p/events/e","webhookCount":2,"emitTime":"2020-01-01T00:00:00Z"})");
}

TEST(JsonWriterTest, OmitsFieldsWithTheirDefaultValue) {
  EXPECT_EQ(Json("int32_field: 0 string_field: '' color: COLOR_UNSPECIFIED"), "{}");
  EXPECT_EQ(Json("optional_int32: 0 optional_string: '' inner {} chosen_text: ''"),
            R"({"inner":{},"optionalInt32":0,"optionalString":"","chosenText":""})");
  EXPECT_EQ(Json(google::protobuf::Empty()), "{}");
}

TEST(JsonWriterTest, AlwaysWritesWhetherATestSucceeded) {
  EXPECT_THAT(Json(v1::TestWebhookResponse()), ::testing::HasSubstr(R"("success":false)"));
}

TEST(JsonWriterTest, AlwaysWritesCounts) {
  EXPECT_EQ(Json(v1::Project()), R"({"webhookCount":"0","pendingDeliveryCount":"0","events24h":"0"})");
  EXPECT_EQ(Json(v1::EmitEventResponse()), R"({"webhookCount":0})");
  EXPECT_EQ(Json(v1::RetryDeliveriesResponse()), R"({"deliveryCount":"0","skippedCount":"0"})");
  EXPECT_EQ(Json(v1::Delivery()), R"({"attemptCount":0})");
  EXPECT_EQ(Json(AllKinds()), R"({"webhookCount":0,"count":"0"})");
}

TEST(JsonWriterTest, WritesScalars) {
  EXPECT_EQ(
      Json("int32_field: -5 int64_field: -5 uint32_field: 4294967295 uint64_field: 18446744073709551615"),
      R"({"int32Field":-5,"int64Field":"-5","uint32Field":4294967295,"uint64Field":"18446744073709551615"})");
  EXPECT_EQ(Json("float_field: 0.1 double_field: 0.1"), R"({"floatField":0.1,"doubleField":0.1})");
  EXPECT_EQ(Json("float_field: inf double_field: nan double_wrapper { value: -inf }"),
            R"({"floatField":"Infinity","doubleField":"NaN","doubleWrapper":"-Infinity"})");
  EXPECT_EQ(Json("bool_field: true string_field: 'a\\n\\\"' bytes_field: '\\373\\377'"),
            R"({"boolField":true,"stringField":"a\n\"","bytesField":"+/8="})");
  EXPECT_EQ(Json("color: COLOR_RED colors: [COLOR_GREEN, COLOR_UNSPECIFIED]"),
            R"({"color":"COLOR_RED","colors":["COLOR_GREEN","COLOR_UNSPECIFIED"]})");
  AllKinds later;
  later.set_color(static_cast<test::Color>(77));
  EXPECT_THAT(Json(later), testing::HasSubstr(R"("color":77)"));
}

TEST(JsonWriterTest, WritesEqualMapsEqually) {
  AllKinds message;
  for (const char* key : {"b", "a", "c", "Z"}) (*message.mutable_strings_by_name())[key] = key;
  for (const char* key : {"y", "x"}) (*message.mutable_struct_()->mutable_fields())[key].set_number_value(1);
  EXPECT_EQ(
      Json(message),
      R"({"stringsByName":{"Z":"Z","a":"a","b":"b","c":"c"},"struct":{"x":1,"y":1},"webhookCount":0,"count":"0"})");
  EXPECT_EQ(Json("bools_by_number { key: -7 value: true } doubles_by_bool { key: false value: 1.5 }"),
            R"({"boolsByNumber":{"-7":true},"doublesByBool":{"false":1.5}})");
}

TEST(JsonWriterTest, WritesWellKnownTypes) {
  EXPECT_EQ(Json("time { seconds: -1 nanos: 120000000 } duration { seconds: -1 nanos: -1000 }"),
            R"({"time":"1969-12-31T23:59:59.120Z","duration":"-1.000001s"})");
  EXPECT_EQ(Json("time {} duration { nanos: -1 }"),
            R"({"time":"1970-01-01T00:00:00Z","duration":"-0.000000001s"})");
  EXPECT_EQ(Json("time { seconds: -62135596800 } durations { seconds: 3 }"),
            R"({"durations":["3s"],"time":"0001-01-01T00:00:00Z"})");
  EXPECT_EQ(Json("mask { paths: ['url', 'retry_policy.max_attempts', 'headers.`X_a`', 'field_1'] }"),
            R"({"mask":"url,retryPolicy.maxAttempts,headers.`X_a`,field_1"})");
  EXPECT_EQ(Json("int64_wrapper {} string_wrapper { value: 'x' } bytes_wrapper { value: 'a' }"),
            R"({"int64Wrapper":"0","stringWrapper":"x","bytesWrapper":"YQ=="})");
  EXPECT_EQ(Json("value {} list { values { null_value: NULL_VALUE } values { struct_value {} } }"),
            R"({"value":null,"list":[null,{}]})");
}

TEST(JsonWriterTest, MovesTimesIntoTheirRange) {
  AllKinds message;
  message.mutable_time()->set_seconds(std::numeric_limits<int64_t>::max());
  message.mutable_time()->set_nanos(-1);
  message.mutable_duration()->set_seconds(std::numeric_limits<int64_t>::min());
  message.mutable_duration()->set_nanos(std::numeric_limits<int32_t>::min());
  EXPECT_THAT(Json(message),
              testing::StartsWith(R"({"time":"9999-12-31T23:59:59Z","duration":"-315576000000)"));
}

TEST(JsonWriterTest, WritesJsonTextAsAString) {
  EXPECT_EQ(Json(R"(document: "{\"a\": 1.0}")"), R"({"document":"{\"a\": 1.0}"})");
}

TEST(JsonWriterTest, ReplacesInvalidUtf8) {
  AllKinds message;
  message.set_string_field("a\xff");
  EXPECT_THAT(Json(message), testing::StartsWith("{\"stringField\":\"a\xef\xbf\xbd\""));
}

TEST(JsonWriterTest, WritesTheDetailsOfErrors) {
  v1::StreamEventsResponse response;
  response.mutable_error()->set_code(3);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field("event");
  response.mutable_error()->add_details()->PackFrom(bad);
  google::protobuf::Duration duration;
  duration.set_seconds(2);
  response.mutable_error()->add_details()->PackFrom(duration);
  auto* unknown = response.mutable_error()->add_details();
  unknown->set_type_url("type.googleapis.com/other.Type");
  unknown->set_value("a");
  auto* broken = response.mutable_error()->add_details();
  broken->set_type_url("type.googleapis.com/google.rpc.BadRequest");
  broken->set_value("\xff");
  EXPECT_EQ(Json(response),
            R"({"error":{"code":3,"details":[)"
            R"({"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":[{"field":"event"}]},)"
            R"({"@type":"type.googleapis.com/google.protobuf.Duration","value":"2s"},)"
            R"({"@type":"type.googleapis.com/other.Type","value":"YQ=="},)"
            R"({"@type":"type.googleapis.com/google.rpc.BadRequest","value":"/w=="}]}})");
}

TEST(JsonWriterTest, EndsAtAnysInAnys) {
  google::protobuf::Any any;
  for (int i = 0; i < 1000; ++i) {
    google::protobuf::Any outer;
    outer.PackFrom(any);
    any = outer;
  }
  EXPECT_THAT(Json(any),
              testing::StartsWith(R"({"@type":"type.googleapis.com/google.protobuf.Any","value":{)"));
}

}  // namespace
}  // namespace hookd
