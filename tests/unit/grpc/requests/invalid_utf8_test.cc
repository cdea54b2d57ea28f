#include "grpc/requests/invalid_utf8.h"

#include <gmock/gmock.h>
#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "api/status.h"
#include "base/utf8.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "hookd/v1/event_service.pb.h"
#include "hookd/v1/webhook_service.pb.h"

namespace hookd {
namespace {

using ::google::protobuf::Message;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Property;

class InvalidUtf8Test : public testing::Test {
  google::protobuf::LogSilencer quiet_;  // the parser reports every refusal on stderr
};

// A text that marks the place of bytes that are not valid UTF-8 in a message, because the library refuses to
// write such bytes.
constexpr char kMark[] = "@@@@";
constexpr char kNotUtf8[] = "ab\xff@";

// The message's bytes with the mark replaced, so that they cannot be parsed.
std::string Spoil(std::string bytes) {
  const size_t at = bytes.find(kMark);
  EXPECT_NE(at, std::string::npos);
  return bytes.replace(at, 4, kNotUtf8);
}
std::string Spoil(const Message& message) { return Spoil(message.SerializeAsString()); }

using Found = google::rpc::BadRequest::FieldViolation;

std::vector<Found> FindAll(const google::protobuf::Descriptor& type, absl::string_view bytes) {
  FieldViolations violations;
  FindInvalidFields(type, bytes, violations);
  google::rpc::Status status;
  google::rpc::BadRequest listed;
  if (!violations.empty()) {
    ToProto(violations.ToStatus(), status);
    EXPECT_TRUE(status.details(0).UnpackTo(&listed));
  }
  return {listed.field_violations().begin(), listed.field_violations().end()};
}

// Returns the only violation in bytes that cannot be parsed as a message.
Found Find(const Message& message, const std::string& bytes) {
  EXPECT_FALSE(std::unique_ptr<Message>(message.New())->ParseFromString(bytes));
  const std::vector<Found> all = FindAll(*message.GetDescriptor(), bytes);
  EXPECT_EQ(all.size(), 1u);
  return all.empty() ? Found() : all[0];
}

TEST_F(InvalidUtf8Test, NamesAFieldOfTheRequest) {
  v1::GetEventRequest request;
  request.set_name(kMark);
  const Found found = Find(request, Spoil(request));
  EXPECT_EQ(found.field(), "name");
  EXPECT_EQ(found.description(), "must be valid UTF-8; it is invalid at byte 3");
}

TEST_F(InvalidUtf8Test, NamesAFieldDeepInTheRequest) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  request.add_requests()->mutable_event()->mutable_sent()->set_message_id("fine");
  request.add_requests();
  request.add_requests()->mutable_event()->mutable_opened()->mutable_user()->set_email(kMark);
  EXPECT_EQ(Find(request, Spoil(request)).field(), "requests[2].event.opened.user.email");
}

TEST_F(InvalidUtf8Test, NamesEveryOneOfSeveral) {
  v1::CreateWebhookRequest request;
  request.mutable_webhook()->set_url(kMark);
  request.mutable_webhook()->set_display_name("fine");
  (*request.mutable_webhook()->mutable_headers())["A"] = kMark;
  request.set_webhook_id(kMark);
  const auto found = FindAll(*request.GetDescriptor(), Spoil(Spoil(Spoil(request))));
  EXPECT_THAT(found, ElementsAre(Property(&Found::field, "webhook.url"),
                                 Property(&Found::field, "webhook.headers[\"A\"]"),
                                 Property(&Found::field, "webhook_id")));
}

TEST_F(InvalidUtf8Test, StopsLookingWhereBytesAreGarbled) {
  v1::CreateWebhookRequest request;
  request.mutable_webhook()->set_url(kMark);
  request.set_webhook_id(kMark);
  const std::string bytes = Spoil(Spoil(request));
  EXPECT_THAT(FindAll(*request.GetDescriptor(), bytes.substr(0, bytes.size() - 1)),
              ElementsAre(Property(&Found::field, "webhook.url"), Property(&Found::field, "webhook_id")));
}

TEST_F(InvalidUtf8Test, NamesAnElementOfARepeatedField) {
  v1::UpdateWebhookRequest request;
  request.mutable_update_mask()->add_paths("url");
  request.mutable_update_mask()->add_paths(kMark);
  EXPECT_EQ(Find(request, Spoil(request)).field(), "update_mask.paths[1]");
}

TEST_F(InvalidUtf8Test, NamesFreeFormPropertiesByTheirKeys) {
  v1::EmitEventRequest request;
  auto& properties = *request.mutable_event()->mutable_user_created()->mutable_user()->mutable_properties();
  auto& list = *(*properties.mutable_fields())["plans"].mutable_list_value();
  list.add_values()->set_string_value("fine");
  (*list.add_values()->mutable_struct_value()->mutable_fields())["name"].set_string_value(kMark);
  EXPECT_EQ(Find(request, Spoil(request)).field(),
            "event.user_created.user.properties[\"plans\"][1][\"name\"]");
}

TEST_F(InvalidUtf8Test, NamesThePropertiesThatHaveABadKey) {
  v1::EmitEventRequest request;
  auto& data = *request.mutable_event()->mutable_complained()->mutable_event()->mutable_data();
  (*data.mutable_fields())[kMark].set_bool_value(true);
  const Found found = Find(request, Spoil(request));
  EXPECT_EQ(found.field(), "event.complained.event.data");
  EXPECT_EQ(found.description(), "has a name that is not valid UTF-8");
}

TEST_F(InvalidUtf8Test, TakesForUtf8WhatTheParserDoes) {
  v1::GetEventRequest request;
  for (int first = 0x80; first < 0x100; ++first) {
    for (int second = 0x7f; second < 0x100; ++second) {
      for (const std::string tail : {"", "\x80", "\x80\x80", "\xbf\xbf", "a"}) {
        const std::string text = std::string{static_cast<char>(first), static_cast<char>(second)} + tail;
        const std::string bytes = std::string{0x0a, static_cast<char>(text.size())} + text;
        EXPECT_EQ(request.ParseFromString(bytes), FindAll(*request.GetDescriptor(), bytes).empty())
            << first << " " << second << " " << tail.size();
      }
    }
  }
}

// The bytes of a request with user properties that are nested this deeply.
std::string Nested(int levels) {
  v1::EmitEventRequest request;
  auto* object = request.mutable_event()->mutable_user_created()->mutable_user()->mutable_properties();
  for (int i = 1; i < levels; ++i) object = (*object->mutable_fields())["a"].mutable_struct_value();
  return request.SerializeAsString();
}

TEST_F(InvalidUtf8Test, FindsWhatNestsDeeperThanTheParserGoes) {
  v1::EmitEventRequest request;
  int levels = 20;
  while (request.ParseFromString(Nested(levels))) {
    EXPECT_THAT(FindAll(*request.GetDescriptor(), Nested(levels)), IsEmpty()) << levels;
    ++levels;
  }
  const Found found = Find(request, Nested(levels));
  EXPECT_THAT(found.field(), HasSubstr("event.user_created.user.properties[\"a\"][\"a\"]"));
  EXPECT_EQ(found.description(), "is nested too deeply: at most 16 levels are allowed");
  EXPECT_THAT(Find(request, Nested(10000)).description(), HasSubstr("nested too deeply"));
}

TEST_F(InvalidUtf8Test, SurvivesGroupsWithinGroups) {
  // Field 99, which no message has, as groups inside each other.
  const std::string begin = "\x9b\x06", end = "\x9c\x06";
  std::string bytes;
  for (int i = 0; i < 100000; ++i) bytes += begin;
  EXPECT_THAT(Find(v1::GetEventRequest(), bytes).description(), HasSubstr("nested too deeply"));
  EXPECT_THAT(Find(v1::GetEventRequest(), begin).description(), HasSubstr("truncated"));
  EXPECT_THAT(Find(v1::GetEventRequest(), end).description(), HasSubstr("truncated"));
  EXPECT_THAT(FindAll(*v1::GetEventRequest::descriptor(), begin + end), IsEmpty());
}

TEST_F(InvalidUtf8Test, FindsWhatIsCutOff) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  request.mutable_event()->mutable_sent()->mutable_user()->set_email("steve@getvero.com");
  const std::string bytes = request.SerializeAsString();
  for (size_t size = 0; size < bytes.size(); ++size) {
    const std::string cut = bytes.substr(0, size);
    v1::EmitEventRequest parsed;
    const auto found = FindAll(*request.GetDescriptor(), cut);
    EXPECT_EQ(found.empty(), parsed.ParseFromString(cut)) << size;
    EXPECT_THAT(found, Each(Property(&Found::description, HasSubstr("is truncated or malformed")))) << size;
  }
  EXPECT_EQ(Find(request, bytes.substr(0, bytes.size() - 1)).field(), "event");
}

TEST_F(InvalidUtf8Test, FindsLengthsThatReachPastTheirMessage) {
  // event { sent { user { email: 100 bytes, of which 1 is present } } }
  const std::string bytes("\x12\x08\x5a\x06\x12\x04\x12\x64\x61\x61", 10);
  EXPECT_EQ(Find(v1::EmitEventRequest(), bytes).field(), "event.sent.user.email");
}

TEST_F(InvalidUtf8Test, LooksPastWhatTheParserKeepsUnknown) {
  v1::GetEventRequest request;
  // Field 99 as bytes that are not valid UTF-8, and field 1 as a number.
  const std::string bytes = std::string("\x9a\x06\x01\xff") + std::string("\x08\x05");
  EXPECT_TRUE(request.ParseFromString(bytes));
  EXPECT_THAT(FindAll(*request.GetDescriptor(), bytes), IsEmpty());
}

TEST_F(InvalidUtf8Test, FindsNothingInASoundMessage) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  request.mutable_event()->mutable_bounced()->set_bounce_code(-1);
  (*request.mutable_event()->mutable_user_updated()->mutable_changes()->mutable_fields())["ø"]
      .set_number_value(1);
  EXPECT_THAT(FindAll(*request.GetDescriptor(), request.SerializeAsString()), IsEmpty());
}

}  // namespace
}  // namespace hookd
