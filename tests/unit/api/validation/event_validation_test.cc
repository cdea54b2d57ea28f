#include "api/validation/event_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/status.h"
#include "google/rpc/status.pb.h"
#include "payload/payload.h"

namespace hookd {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Struct;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Each violation as "path: description".
std::vector<std::string> ViolationsAsGiven(const v1::Event& event, absl::string_view path = "event") {
  FieldViolations violations;
  ValidateEvent(event, path, violations);
  google::rpc::Status status;
  google::rpc::BadRequest bad_request;
  ToProto(violations.ToStatus(), status);
  if (status.details_size() > 0) status.details(0).UnpackTo(&bad_request);
  std::vector<std::string> all;
  for (const auto& violation : bad_request.field_violations()) {
    all.push_back(absl::StrCat(violation.field(), ": ", violation.description()));
  }
  return all;
}

// The violations of an event, to which a user is added if it has none.
std::vector<std::string> Violations(v1::Event event, absl::string_view path = "event") {
  const auto* type =
      event.GetReflection()->GetOneofFieldDescriptor(event, v1::Event::descriptor()->FindOneofByName("type"));
  if (type == nullptr) return ViolationsAsGiven(event, path);
  auto* message = event.GetReflection()->MutableMessage(&event, type);
  auto* user =
      message->GetReflection()->MutableMessage(message, message->GetDescriptor()->FindFieldByName("user"));
  const auto* id = user->GetDescriptor()->FindFieldByName("id");
  if (!user->GetReflection()->HasField(*user, id)) {
    static_cast<v1::Id*>(user->GetReflection()->MutableMessage(user, id))->set_number(1);
  }
  return ViolationsAsGiven(event, path);
}

v1::Event WithProperties(const Struct& properties) {
  v1::Event event;
  *event.mutable_user_created()->mutable_user()->mutable_properties() = properties;
  return event;
}

TEST(EventValidationTest, FindsNothingWrongWithTheSamples) {
  for (int type = v1::EventType_MIN + 1; type <= v1::EventType_MAX; ++type) {
    EXPECT_THAT(Violations(Sample(static_cast<v1::EventType>(type))), IsEmpty());
  }
}

TEST(EventValidationTest, AsksForNothingButATypeAndAUser) {
  v1::Event event;
  event.mutable_sent()->mutable_user()->set_email("steve@example.com");
  EXPECT_THAT(ViolationsAsGiven(event), IsEmpty());
  event.mutable_user_created()->mutable_user()->mutable_id()->set_number(0);
  EXPECT_THAT(ViolationsAsGiven(event), IsEmpty());
}

TEST(EventValidationTest, AsksForAnIdOrAnEmailOfTheUserOfEveryType) {
  const auto& oneof = *v1::Event::descriptor()->FindOneofByName("type");
  for (int i = 0; i < oneof.field_count(); ++i) {
    v1::Event event;
    auto* message = event.GetReflection()->MutableMessage(&event, oneof.field(i));
    const std::string violation =
        absl::StrCat("event.", oneof.field(i)->name(), ".user: is required, with an id or an email");
    EXPECT_THAT(ViolationsAsGiven(event), ElementsAre(violation));
    message->GetReflection()->MutableMessage(message, message->GetDescriptor()->FindFieldByName("user"));
    EXPECT_THAT(ViolationsAsGiven(event), ElementsAre(violation));
  }
}

TEST(EventValidationTest, AsksForAType) {
  v1::Event event;
  EXPECT_THAT(
      Violations(event, "requests[3].event"),
      ElementsAre("requests[3].event.type: must be set: one of sent, delivered, opened, clicked, failed, "
                  "bounced, converted, unsubscribed, resubscribed, complained, user_created, user_updated"));
}

TEST(EventValidationTest, IgnoresWhatIsOutputOnly) {
  v1::Event event;
  event.mutable_sent();
  event.set_name(std::string(100000, 'n'));
  event.mutable_emit_time()->set_seconds(-1);
  EXPECT_THAT(Violations(event), IsEmpty());
}

TEST(EventValidationTest, BoundsEveryString) {
  v1::Event event;
  auto& opened = *event.mutable_opened();
  opened.set_user_agent(std::string(16384, 'a'));
  opened.mutable_campaign()->set_trigger_event(std::string(16384, 'a'));
  EXPECT_THAT(Violations(event), IsEmpty());
  opened.set_user_agent(std::string(16385, 'a'));
  opened.mutable_user()->set_email(std::string(16386, 'a'));
  opened.mutable_campaign()->set_trigger_event(std::string(16387, 'a'));
  EXPECT_THAT(Violations(event),
              ElementsAre("event.opened.user_agent: must be at most 16384 bytes, not 16385",
                          "event.opened.user.email: must be at most 16384 bytes, not 16386",
                          "event.opened.campaign.trigger_event: must be at most 16384 bytes, not 16387"));
}

TEST(EventValidationTest, AsksForTheKindOfAnId) {
  v1::Event event;
  event.mutable_sent()->mutable_user()->mutable_id();
  event.mutable_sent()->mutable_campaign()->mutable_id();
  EXPECT_THAT(Violations(event), ElementsAre("event.sent.user.id: must have a number or a text",
                                             "event.sent.campaign.id: must have a number or a text"));
}

TEST(EventValidationTest, BoundsTheTextOfAnId) {
  v1::Event event;
  v1::Id& id = *event.mutable_sent()->mutable_user()->mutable_id();
  id.set_text("");
  EXPECT_THAT(Violations(event), ElementsAre("event.sent.user.id.text: must not be empty"));
  id.set_text(std::string(1024, 'i'));
  EXPECT_THAT(Violations(event), IsEmpty());
  id.set_text(std::string(1025, 'i'));
  EXPECT_THAT(Violations(event),
              ElementsAre("event.sent.user.id.text: must be at most 1024 bytes, not 1025"));
}

TEST(EventValidationTest, TakesEveryNumberAsAnId) {
  v1::Event event;
  v1::Id& id = *event.mutable_sent()->mutable_user()->mutable_id();
  for (int64_t number :
       {std::numeric_limits<int64_t>::min(), int64_t{0}, std::numeric_limits<int64_t>::max()}) {
    id.set_number(number);
    EXPECT_THAT(Violations(event), IsEmpty());
  }
}

TEST(EventValidationTest, BoundsTimes) {
  v1::Event event;
  for (int64_t seconds : {int64_t{0}, int64_t{253402300799}}) {
    event.mutable_sent()->set_sent_at(seconds);
    EXPECT_THAT(Violations(event), IsEmpty());
  }
  for (int64_t seconds : {int64_t{-1}, int64_t{253402300800}, std::numeric_limits<int64_t>::min(),
                          std::numeric_limits<int64_t>::max()}) {
    event.mutable_sent()->set_sent_at(seconds);
    EXPECT_THAT(
        Violations(event),
        ElementsAre("event.sent.sent_at: must be 0 to 253402300799, in seconds since the Unix epoch"));
  }
  event.mutable_complained()->mutable_event()->set_triggered_at(-1);
  EXPECT_THAT(Violations(event), ElementsAre(HasSubstr("event.complained.event.triggered_at: ")));
}

TEST(EventValidationTest, RefusesNegativeCodes) {
  v1::Event event;
  event.mutable_failed()->set_bounce_code(0);
  EXPECT_THAT(Violations(event), IsEmpty());
  event.mutable_failed()->set_bounce_code(-1);
  EXPECT_THAT(Violations(event), ElementsAre("event.failed.bounce_code: must not be negative"));
}

TEST(EventValidationTest, RefusesEnumValuesThatMeanNothing) {
  v1::Event event;
  for (int value : {0, 3, -1}) {
    event.mutable_bounced()->set_bounce_type(static_cast<v1::BounceType>(value));
    EXPECT_THAT(Violations(event),
                ElementsAre("event.bounced.bounce_type: must be a value of hookd.v1.BounceType other than "
                            "BOUNCE_TYPE_UNSPECIFIED; leave it unset if there is none"));
  }
}

TEST(EventValidationTest, RefusesNumbersThatJsonDoesNotHave) {
  v1::Event event;
  auto& data = *event.mutable_complained()->mutable_event()->mutable_data();
  auto& list = *(*data.mutable_fields())["k"].mutable_list_value();
  list.add_values()->set_number_value(1.5);
  list.add_values()->set_number_value(std::numeric_limits<double>::max());
  list.add_values()->set_number_value(std::numeric_limits<double>::quiet_NaN());
  list.add_values()->set_number_value(-std::numeric_limits<double>::infinity());
  EXPECT_THAT(Violations(event),
              ElementsAre(HasSubstr("event.complained.event.data[\"k\"][2]: must be a finite number"),
                          HasSubstr("event.complained.event.data[\"k\"][3]: must be a finite number")));
}

TEST(EventValidationTest, RefusesPropertiesThatWouldOverwriteDocumentedKeys) {
  Struct properties;
  (*properties.mutable_fields())["id"].set_number_value(1);
  (*properties.mutable_fields())["email"].set_string_value("x");
  (*properties.mutable_fields())["type"].set_string_value("fine");
  (*properties.mutable_fields())["properties"].set_string_value("fine");
  EXPECT_THAT(
      Violations(WithProperties(properties)),
      ElementsAre(
          "event.user_created.user.properties[\"id\"]: cannot be a property: it would overwrite the "
          "documented id",
          "event.user_created.user.properties[\"email\"]: cannot be a property: it would overwrite the "
          "documented email"));
}

TEST(EventValidationTest, TakesThoseNamesFurtherDownAndElsewhere) {
  Struct properties;
  auto& team = *(*properties.mutable_fields())["team"].mutable_struct_value();
  (*team.mutable_fields())["id"].set_number_value(1);
  EXPECT_THAT(Violations(WithProperties(properties)), IsEmpty());
  v1::Event event;
  (*event.mutable_user_updated()->mutable_changes()->mutable_fields())["email"].set_string_value(
      "new@example.com");
  EXPECT_THAT(Violations(event), IsEmpty());
}

TEST(EventValidationTest, ChecksJsonTextOfProperties) {
  v1::Event event;
  auto& user = *event.mutable_user_created()->mutable_user();
  user.set_properties_json(R"({"plan":"basic","properties":1,"properties_json":2})");
  EXPECT_THAT(Violations(event), IsEmpty());
  user.set_properties_json(R"({"plan":[1,2)");
  EXPECT_THAT(Violations(event),
              ElementsAre(HasSubstr("event.user_created.user.properties_json: is not valid JSON")));
  user.set_properties_json(R"({"id":1})");
  EXPECT_THAT(Violations(event),
              ElementsAre("event.user_created.user.properties_json[\"id\"]: cannot be a property: it would "
                          "overwrite the documented id"));
}

TEST(EventValidationTest, TakesJsonTextLongerThanOtherStrings) {
  v1::Event event;
  event.mutable_user_updated()->set_changes_json(absl::StrCat("{", std::string(20000, ' '), "\"id\":1}"));
  EXPECT_THAT(Violations(event), IsEmpty());
}

TEST(EventValidationTest, TakesAStructOrJsonTextButNotBoth) {
  v1::Event event;
  auto& trigger = *event.mutable_complained()->mutable_event();
  trigger.set_data_json("{}");
  EXPECT_THAT(Violations(event), IsEmpty());
  trigger.mutable_data();
  EXPECT_THAT(
      Violations(event),
      ElementsAre(
          "event.complained.event.data_json: cannot be set together with data: set only one of them"));
}

TEST(EventValidationTest, BoundsTheNamesAndTextsOfProperties) {
  Struct properties;
  (*properties.mutable_fields())[std::string(1024, 'n')].set_string_value(std::string(16384, 's'));
  (*properties.mutable_fields())[""].set_string_value("");
  EXPECT_THAT(Violations(WithProperties(properties)), IsEmpty());
  auto& inner = *(*properties.mutable_fields())["a"].mutable_struct_value();
  (*inner.mutable_fields())["b"].set_string_value(std::string(16385, 's'));
  (*inner.mutable_fields())[std::string(1025, 'n')].set_bool_value(true);
  EXPECT_THAT(Violations(WithProperties(properties)),
              UnorderedElementsAre(
                  "event.user_created.user.properties[\"a\"][\"b\"]: must be at most 16384 bytes, not 16385",
                  absl::StrCat("event.user_created.user.properties[\"a\"][\"", std::string(61, 'n'),
                               "...\"]: has a name that is too long: at most 1024 bytes, not 1025")));
}

TEST(EventValidationTest, RefusesPropertiesWithoutAValue) {
  Struct properties;
  (*properties.mutable_fields())["nothing"].set_null_value({});
  EXPECT_THAT(Violations(WithProperties(properties)), IsEmpty());
  (*properties.mutable_fields())["less"];
  EXPECT_THAT(
      Violations(WithProperties(properties)),
      ElementsAre("event.user_created.user.properties[\"less\"]: must have a value; null is null_value"));
}

TEST(EventValidationTest, BoundsNesting) {
  for (const bool lists : {false, true}) {
    Struct properties;
    // The Struct itself is the first level; its value has 15 more.
    google::protobuf::Value* value = &(*properties.mutable_fields())["a"];
    for (int level = 2; level <= 16; ++level) {
      value = lists ? value->mutable_list_value()->add_values()
                    : &(*value->mutable_struct_value()->mutable_fields())["a"];
    }
    value->set_bool_value(true);
    EXPECT_THAT(Violations(WithProperties(properties)), IsEmpty());
    value->mutable_list_value();
    EXPECT_THAT(Violations(WithProperties(properties)),
                ElementsAre(HasSubstr("]: is nested too deeply: at most 16 levels are allowed")));
  }
}

TEST(EventValidationTest, FindsEverythingAtOnce) {
  v1::Event event;
  auto& bounced = *event.mutable_bounced();
  bounced.set_bounced_at(-5);
  bounced.set_bounce_type(v1::BOUNCE_TYPE_UNSPECIFIED);
  bounced.set_bounce_code(-5);
  bounced.mutable_user()->mutable_id();
  bounced.set_message_id(std::string(20000, 'm'));
  EXPECT_THAT(Violations(event),
              ElementsAre(HasSubstr("bounced_at"), HasSubstr("bounce_type"), HasSubstr("bounce_code"),
                          HasSubstr("user.id"), HasSubstr("message_id")));
}

TEST(EventValidationTest, NamesTheFieldsOfADocumentAsTheDocumentDoes) {
  const std::string long_text(16385, 'x');
  const auto violations = [](const v1::Event& event) {
    FieldViolations all;
    ValidateEvent(event, "document", all, EventForm::kDocument);
    google::rpc::Status status;
    google::rpc::BadRequest bad_request;
    ToProto(all.ToStatus(), status);
    status.details(0).UnpackTo(&bad_request);
    std::vector<std::string> fields;
    for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
    return fields;
  };
  v1::Event event;
  event.mutable_bounced()->set_bounced_at(-5);
  event.mutable_bounced()->mutable_user()->mutable_id()->set_text("");
  event.mutable_bounced()->mutable_campaign()->set_trigger_event(long_text);
  EXPECT_THAT(violations(event),
              ElementsAre("document.bounced_at", "document.user.id", "document.campaign.trigger-event"));
  event.mutable_complained()->mutable_event()->set_data_json(R"({"a":{"b":1,"b":2}})");
  EXPECT_THAT(violations(event), ElementsAre("document.user", R"(document.event.data["a"]["b"])"));
  event.mutable_user_created()->mutable_user()->set_email("e");
  event.mutable_user_created()->mutable_user()->set_properties_json(
      absl::StrCat(R"({"a":")", long_text, R"("})"));
  EXPECT_THAT(violations(event), ElementsAre(R"(document.user["a"])"));
  event.mutable_user_updated()->mutable_user()->set_email("e");
  event.mutable_user_updated()->set_changes_json(R"({"a":1,"a":1})");
  EXPECT_THAT(violations(event), ElementsAre(R"(document.changes["a"])"));
}

TEST(EventValidationTest, CountsMillionsWithoutListingThem) {
  v1::Event event;
  event.mutable_user_updated()->mutable_user()->set_email("e");
  auto& list =
      *(*event.mutable_user_updated()->mutable_changes()->mutable_fields())["k"].mutable_list_value();
  for (int i = 0; i < 10000; ++i) list.add_values();
  FieldViolations violations;
  ValidateEvent(event, "event", violations);
  EXPECT_EQ(violations.count(), 10000);
}

// Fails if a new event type has a kind of field without a rule, which must be added then.
TEST(EventValidationTest, HasARuleForEveryKindOfFieldThatEventsHave) {
  std::set<const Descriptor*> seen;
  const std::function<void(const Descriptor*)> visit = [&](const Descriptor* message) {
    if (message == Struct::descriptor() || message == v1::Id::descriptor() || !seen.insert(message).second)
      return;
    for (int i = 0; i < message->field_count(); ++i) {
      const FieldDescriptor& field = *message->field(i);
      if (message == v1::Event::descriptor() && field.containing_oneof() == nullptr) continue;
      EXPECT_FALSE(field.is_repeated()) << field.full_name();
      switch (field.type()) {
        case FieldDescriptor::TYPE_MESSAGE:
          visit(field.message_type());
          break;
        case FieldDescriptor::TYPE_INT32:
          EXPECT_TRUE(absl::EndsWith(field.name(), "_code")) << field.full_name();
          break;
        case FieldDescriptor::TYPE_INT64:
          EXPECT_TRUE(absl::EndsWith(field.name(), "_at")) << field.full_name();
          break;
        default:
          EXPECT_TRUE(field.type() == FieldDescriptor::TYPE_STRING ||
                      field.type() == FieldDescriptor::TYPE_ENUM)
              << field.full_name();
      }
    }
  };
  visit(v1::Event::descriptor());
  EXPECT_GT(seen.size(), 12u);
}

}  // namespace
}  // namespace hookd
