#include "payload/payload.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace hookd {
namespace {

TEST(PayloadTest, NamesTheTypeOfAnEvent) {
  v1::Event event;
  EXPECT_EQ(TypeOf(event), v1::EVENT_TYPE_UNSPECIFIED);
  event.mutable_sent();
  EXPECT_EQ(TypeOf(event), v1::EVENT_TYPE_SENT);
  event.mutable_user_updated();
  EXPECT_EQ(TypeOf(event), v1::EVENT_TYPE_USER_UPDATED);
}

TEST(PayloadTest, NamesNoTypeThatIsNone) {
  EXPECT_EQ(TypeName(v1::EVENT_TYPE_USER_CREATED), "user_created");
  for (int number :
       {0, -1, -8, -9, -10, 13, std::numeric_limits<int>::min(), std::numeric_limits<int>::max()}) {
    EXPECT_EQ(TypeName(static_cast<v1::EventType>(number)), "") << number;
  }
}

TEST(PayloadTest, LeavesOutWhatIsNotSet) {
  v1::Event event;
  event.mutable_opened();
  EXPECT_EQ(ToJson(event), R"({"type":"opened"})");
  event.mutable_opened()->mutable_user()->set_email("a@b.c");
  event.mutable_opened()->mutable_campaign()->set_locale("en");
  EXPECT_EQ(ToJson(event), R"({"type":"opened","user":{"email":"a@b.c"},"campaign":{"locale":"en"}})");
  event.mutable_user_updated();
  EXPECT_EQ(ToJson(event), R"({"action":"user_updated","type":"user_updated"})");
}

TEST(PayloadTest, WritesWhatIsSetToZeroOrEmpty) {
  v1::Event event;
  event.mutable_bounced()->set_bounced_at(0);
  event.mutable_bounced()->set_bounce_code(0);
  event.mutable_bounced()->set_bounce_message("");
  EXPECT_EQ(ToJson(event), R"({"bounced_at":0,"bounce_code":0,"bounce_message":"","type":"bounced"})");
}

TEST(PayloadTest, LeavesOutWhatIsOutputOnly) {
  v1::Event event;
  event.set_name("projects/p/events/e");
  event.mutable_emit_time()->set_seconds(1);
  event.mutable_resubscribed();
  EXPECT_EQ(ToJson(event), R"({"type":"resubscribed"})");
}

TEST(PayloadTest, WritesJsonTextInItsOrderAndDigitByDigit) {
  v1::Event event;
  auto& user = *event.mutable_user_created()->mutable_user();
  user.set_properties_json(R"({ "z": 9007199254740993, "a": [1E+2, -0, 0.10, {"y": "\u00e9\/", "b": {}}] })");
  user.mutable_id()->set_number(1);
  EXPECT_EQ(
      ToJson(event),
      R"({"type":"user_created","user":{"z":9007199254740993,"a":[1E+2,-0,0.10,{"y":"é/","b":{}}],"id":1}})");
  user.set_properties_json("{}");
  EXPECT_EQ(ToJson(event), R"({"type":"user_created","user":{"id":1}})");
  event.mutable_user_updated()->set_changes_json(R"({"plan": {"to": 1000000000000000000000001}})");
  EXPECT_EQ(
      ToJson(event),
      R"({"action":"user_updated","type":"user_updated","changes":{"plan":{"to":1000000000000000000000001}}})");
  event.mutable_complained()->mutable_event()->set_data_json("{\n}");
  EXPECT_EQ(ToJson(event), R"({"type":"complained","event":{"data":{}}})");
}

TEST(PayloadTest, KeepsTheKindOfAnId) {
  v1::Event event;
  auto& user = *event.mutable_resubscribed()->mutable_user();
  user.mutable_id()->set_number(std::numeric_limits<int64_t>::max());
  EXPECT_EQ(ToJson(event), R"({"type":"resubscribed","user":{"id":9223372036854775807}})");
  user.mutable_id()->set_number(std::numeric_limits<int64_t>::min());
  EXPECT_EQ(ToJson(event), R"({"type":"resubscribed","user":{"id":-9223372036854775808}})");
  user.mutable_id()->set_text("9223372036854775807");
  EXPECT_EQ(ToJson(event), R"({"type":"resubscribed","user":{"id":"9223372036854775807"}})");
  user.mutable_id()->clear_kind();
  EXPECT_EQ(ToJson(event), R"({"type":"resubscribed","user":{}})");
}

TEST(PayloadTest, NamesBothKindsOfBounce) {
  v1::Event event;
  event.mutable_bounced()->set_bounce_type(v1::BOUNCE_TYPE_HARD);
  EXPECT_EQ(ToJson(event), R"({"bounce_type":"hard","type":"bounced"})");
  event.mutable_bounced()->set_bounce_type(v1::BOUNCE_TYPE_SOFT);
  EXPECT_EQ(ToJson(event), R"({"bounce_type":"soft","type":"bounced"})");
}

TEST(PayloadTest, SortsFreeFormPropertiesByNameAtEveryLevel) {
  v1::Event event;
  auto& changes = *event.mutable_user_updated()->mutable_changes()->mutable_fields();
  for (const char* name : {"b", "B", "a", "_tags", "ab", "ø"}) changes[name].set_bool_value(true);
  auto& inner = *changes["a"].mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
  for (const char* name : {"3", "1", "2"}) inner[name].set_null_value({});
  EXPECT_EQ(ToJson(event),
            R"({"action":"user_updated","type":"user_updated","changes":{"B":true,"_tags":true,)"
            R"("a":[{"1":null,"2":null,"3":null}],"ab":true,"b":true,"ø":true}})");
}

TEST(PayloadTest, WritesPropertiesBeforeTheDocumentedKeysOfAUser) {
  v1::Event event;
  auto& user = *event.mutable_user_created()->mutable_user();
  user.mutable_id()->set_number(1);
  user.set_email("a@b.c");
  (*user.mutable_properties()->mutable_fields())["zip"].set_number_value(1050);
  (*user.mutable_properties()->mutable_fields())["height"].set_number_value(1.85);
  EXPECT_EQ(ToJson(event),
            R"({"type":"user_created","user":{"height":1.85,"zip":1050,"id":1,"email":"a@b.c"}})");
}

TEST(PayloadTest, LetsNoPropertyStandInForADocumentedKey) {
  v1::Event event;
  auto& user = *event.mutable_user_created()->mutable_user();
  user.set_email("a@b.c");
  (*user.mutable_properties()->mutable_fields())["id"].set_number_value(666);
  (*user.mutable_properties()->mutable_fields())["email"].set_string_value("other");
  (*user.mutable_properties()->mutable_fields())["Id"].set_number_value(1);
  EXPECT_EQ(ToJson(event), R"({"type":"user_created","user":{"Id":1,"email":"a@b.c"}})");
}

TEST(PayloadTest, WritesAnEmptyFreeFormObjectThatIsSet) {
  v1::Event event;
  event.mutable_complained()->mutable_event()->mutable_data();
  EXPECT_EQ(ToJson(event), R"({"type":"complained","event":{"data":{}}})");
}

TEST(PayloadTest, EscapesText) {
  v1::Event event;
  event.mutable_sent()->set_message_id("<\"a\\b\"\n>");
  EXPECT_EQ(ToJson(event), "{\"type\":\"sent\",\"message_id\":\"<\\\"a\\\\b\\\"\\n>\"}");
}

TEST(PayloadTest, IsUtf8WhateverCameIn) {
  v1::Event event;
  event.mutable_sent()->set_message_id("a\xff z");
  EXPECT_EQ(ToJson(event), R"({"type":"sent","message_id":"a� z"})");
}

}  // namespace
}  // namespace hookd
