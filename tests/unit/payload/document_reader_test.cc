#include "payload/document_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "payload/document_keys.h"
#include "payload/payload.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

// Everything that is wrong with a document, each as "path: description".
std::vector<std::string> Refusals(absl::string_view json) {
  std::vector<std::string> all;
  v1::Event event;
  const bool good = ReadDocument(json, event, [&](absl::string_view path, absl::string_view description) {
    all.push_back(absl::StrCat(path, ": ", description));
  });
  EXPECT_EQ(good, all.empty());
  return all;
}

v1::Event Read(absl::string_view json) {
  v1::Event event;
  EXPECT_TRUE(ReadDocument(json, event, [&](absl::string_view path, absl::string_view description) {
    ADD_FAILURE() << path << ": " << description;
  })) << json;
  return event;
}

// The document after it was read and written.
std::string Again(absl::string_view json) { return ToJson(Read(json)); }

constexpr char kTwelve[] =
    "one of sent, delivered, opened, clicked, failed, bounced, converted, unsubscribed, resubscribed, "
    "complained, user_created, user_updated";

TEST(ReadDocumentTest, ReadsTheFieldsOfTheType) {
  const v1::Event event = Read(
      R"({"bounced_at":5,"bounce_type":"soft","bounce_code":421,"type":"bounced","user":{"id":"a","email":"e"},)"
      R"("campaign":{"id":7,"trigger-event":"t"}})");
  EXPECT_EQ(event.bounced().bounced_at(), 5);
  EXPECT_EQ(event.bounced().bounce_type(), v1::BOUNCE_TYPE_SOFT);
  EXPECT_EQ(event.bounced().bounce_code(), 421);
  EXPECT_EQ(event.bounced().user().id().text(), "a");
  EXPECT_EQ(event.bounced().user().email(), "e");
  EXPECT_EQ(event.bounced().campaign().id().number(), 7);
  EXPECT_EQ(event.bounced().campaign().trigger_event(), "t");
  EXPECT_FALSE(event.bounced().has_bounce_message());
  EXPECT_FALSE(event.bounced().campaign().has_name());
}

TEST(ReadDocumentTest, TakesKeysInAnyOrderAndWritesTheDocumentedOne) {
  EXPECT_EQ(Again(R"( { "user" : { "email" : "e" , "id" : 1 } ,
                        "type" : "resubscribed" } )"),
            R"({"type":"resubscribed","user":{"id":1,"email":"e"}})");
  EXPECT_EQ(
      Again(R"({"user":{"id":1},"changes":{"b":1,"a":2},"action":"user_updated","type":"user_updated"})"),
      R"({"action":"user_updated","type":"user_updated","user":{"id":1},"changes":{"b":1,"a":2}})");
}

TEST(ReadDocumentTest, DoesNotNeedTheAction) {
  EXPECT_EQ(Again(R"({"type":"user_updated"})"), R"({"action":"user_updated","type":"user_updated"})");
}

TEST(ReadDocumentTest, ReplacesWhatTheEventHad) {
  v1::Event event = Read(R"({"type":"sent","message_id":"m"})");
  ASSERT_TRUE(ReadDocument(R"({"type":"opened"})", event, [](absl::string_view, absl::string_view) {}));
  EXPECT_EQ(ToJson(event), R"({"type":"opened"})");
}

TEST(ReadDocumentTest, KeepsTheKindAndEveryDigitOfAnId) {
  for (const char* id : {"9223372036854775807", "-9223372036854775808", "0", "9007199254740993",
                         "\"9223372036854775808\"", "\"00123\"", "\"\""}) {
    const std::string json = absl::StrCat(R"({"type":"resubscribed","user":{"id":)", id, "}}");
    EXPECT_EQ(Again(json), json);
  }
}

TEST(ReadDocumentTest, KeepsTheOrderAndEveryDigitOfFreeFormData) {
  for (
      const char* json : {
          R"({"type":"complained","event":{"data":{"z":9007199254740993,"a":[1E+2,-0,0.10,{"y":null}]},"name":"n"}})",
          R"({"action":"user_updated","type":"user_updated","changes":{"plan":{"to":1000000000000000000000001}}})",
          R"({"type":"user_created","user":{"zip":1050,"height":1.850,"a":{"b":[true,false,null]},"id":1}})",
          R"({"type":"complained","event":{"data":{}}})",
      }) {
    EXPECT_EQ(Again(json), json);
  }
}

TEST(ReadDocumentTest, TakesTheOtherMembersOfACreatedUserAsProperties) {
  const v1::Event event = Read(
      R"({"type":"user_created","user":{"z": [1, 2],"id":1 , "a" : "x\u0041" ,"email":"e","\u0062":null}})");
  EXPECT_EQ(event.user_created().user().properties_json(), R"({"z": [1, 2],"a" : "x\u0041","\u0062":null})");
  EXPECT_EQ(ToJson(event),
            R"({"type":"user_created","user":{"z":[1,2],"a":"xA","b":null,"id":1,"email":"e"}})");
  EXPECT_FALSE(
      Read(R"({"type":"user_created","user":{"id":1}})").user_created().user().has_properties_json());
}

TEST(ReadDocumentTest, UnescapesKeysAndTexts) {
  const v1::Event event =
      Read(R"({"t\u0079pe":"s\u0065nt","message_id":"\u00e9\n\ud83d\ude00\/","user":{"\u0069d":"\u0031"}})");
  EXPECT_EQ(event.sent().message_id(), "é\n😀/");
  EXPECT_EQ(event.sent().user().id().text(), "1");
}

TEST(ReadDocumentTest, KeepsAnObjectThatIsEmpty) {
  const char* json = R"({"type":"sent","user":{},"campaign":{}})";
  EXPECT_EQ(Again(json), json);
}

TEST(ReadDocumentTest, ListsTheTypesIfThereIsNoneOrAnother) {
  EXPECT_THAT(Refusals("{}"), ElementsAre(absl::StrCat("type: is required: ", kTwelve)));
  EXPECT_THAT(Refusals(R"({"type":"sending","x":1})"),
              ElementsAre(absl::StrCat("type: expected ", kTwelve, ", got \"sending\"")));
  // Fields of Event that are no types.
  for (const char* name : {"\"name\"", "\"emit_time\"", "\"\"", "7", "null", "[\"sent\"]"}) {
    EXPECT_THAT(Refusals(absl::StrCat(R"({"type":)", name, "}")),
                ElementsAre(StartsWith(absl::StrCat("type: expected ", kTwelve))))
        << name;
  }
}

TEST(ReadDocumentTest, RefusesAValueOfAnotherJsonTypeInTheDocumentsWords) {
  EXPECT_THAT(
      Refusals(
          R"({"type":"bounced","bounced_at":"1435016238","bounce_type":"firm","bounce_code":true,)"
          R"("bounce_message":["a"],"user":"steve","campaign":{"id":{},"trigger-event":12},"message_id":null})"),
      ElementsAre("bounced_at: expected an integer, got \"1435016238\"",
                  "bounce_type: expected \"hard\" or \"soft\", got \"firm\"",
                  "bounce_code: expected an integer, got true",
                  "bounce_message: expected a string, got an array",
                  "user: expected an object, got \"steve\"",
                  "campaign.id: expected a number or a string, got an object",
                  "campaign.trigger-event: expected a string, got 12",
                  "message_id: expected a string, got null; omit the key if it has no value"));
  EXPECT_THAT(Refusals(R"({"type":"user_updated","action":"user_created","id":123,"changes":[]})"),
              ElementsAre("action: expected \"user_updated\", got \"user_created\"",
                          "id: expected a string, got 123", "changes: expected an object, got an array"));
  EXPECT_THAT(
      Refusals(R"({"type":"complained","event":{"data":null,"triggered_at":1.5}})"),
      ElementsAre("event.data: expected an object, got null; omit the key if it has no value",
                  "event.triggered_at: expected an integer without a fraction and an exponent, got 1.5"));
}

TEST(ReadDocumentTest, TakesIntegersOnly) {
  for (const char* number : {"1435016238.0", "1e3", "1E3", "0.5", "-1.0"}) {
    EXPECT_THAT(
        Refusals(absl::StrCat(R"({"type":"sent","sent_at":)", number, R"(,"user":{"id":)", number, "}}")),
        ElementsAre(
            absl::StrCat("sent_at: expected an integer without a fraction and an exponent, got ", number),
            absl::StrCat("user.id: expected an integer without a fraction and an exponent, got ", number)));
  }
}

TEST(ReadDocumentTest, RefusesNumbersThatAreTooLarge) {
  EXPECT_THAT(
      Refusals(
          R"({"type":"bounced","bounced_at":9223372036854775808,"bounce_code":2147483648,"user":{"id":-9223372036854775809}})"),
      ElementsAre(
          "bounced_at: must be -9223372036854775808 to 9223372036854775807, not 9223372036854775808",
          "bounce_code: must be -2147483648 to 2147483647, not 2147483648",
          "user.id: must be -9223372036854775808 to 9223372036854775807, not -9223372036854775809; other "
          "ids are strings"));
}

TEST(ReadDocumentTest, RefusesKeysThatAreNotDocumented) {
  EXPECT_THAT(Refusals(R"({"type":"resubscribed","sent_at":1,"user":{"id":1,"name":"s"},"a b":{},"":0})"),
              ElementsAre("user.name: is not documented: the keys here are id, email",
                          "sent_at: is not documented: the keys here are type, user",
                          "[\"a b\"]: is not documented: the keys here are type, user",
                          "[\"\"]: is not documented: the keys here are type, user"));
  // The names of the proto are not those of the document.
  EXPECT_THAT(
      Refusals(R"({"type":"sent","campaign":{"trigger_event":"t"}})"),
      ElementsAre(HasSubstr("campaign.trigger_event: is not documented: the keys here are id, type, ")));
  EXPECT_THAT(Refusals(R"({"type":"user_updated","changes_json":"{}"})"),
              ElementsAre(HasSubstr("changes_json: is not documented")));
}

TEST(ReadDocumentTest, RefusesDuplicates) {
  const std::string duplicate = "is a duplicate: the names in an object must be unique";
  EXPECT_THAT(Refusals(R"({"type":"sent","type":"sent","user":{"id":1,"email":"e","id":2}})"),
              ElementsAre("user.id: " + duplicate, "type: " + duplicate));
  EXPECT_THAT(Refusals(R"({"type":"user_created","user":{"id":1,"\u0069d":2}})"),
              ElementsAre("user.id: " + duplicate));
}

TEST(ReadDocumentTest, RefusesWhatIsNoJsonObject) {
  EXPECT_THAT(Refusals(""), ElementsAre(StartsWith(": is not valid JSON at byte 0: ")));
  EXPECT_THAT(Refusals(R"({"type":"sent")"), ElementsAre(StartsWith(": is not valid JSON at byte 14: ")));
  EXPECT_THAT(Refusals(R"({"type":"sent"} {})"), ElementsAre(StartsWith(": is not valid JSON at byte 16: ")));
  EXPECT_THAT(Refusals(R"({"type":"sent","sent_at":01})"), ElementsAre(StartsWith(": is not valid JSON")));
  EXPECT_THAT(Refusals(R"({"type":"sent",})"), ElementsAre(StartsWith(": is not valid JSON")));
  EXPECT_THAT(Refusals(std::string("{\"type\":\"sent\"}\0", 16)),
              ElementsAre(": is not valid JSON at byte 15: NUL character"));
  for (const char* json : {"[{}]", "12", "null", "\"type\""}) {
    EXPECT_THAT(Refusals(json), ElementsAre(": must be a JSON object")) << json;
  }
}

TEST(ReadDocumentTest, RefusesTextThatIsNotUnicode) {
  EXPECT_THAT(Refusals("{\"type\":\"sent\xff\"}"), ElementsAre(": is not valid UTF-8 at byte 13"));
  const std::string half = "has an escape that is no character: half a surrogate pair";
  EXPECT_THAT(Refusals(R"({"type":"sent","message_id":"\udc00"})"), ElementsAre("message_id: " + half));
  EXPECT_THAT(Refusals(R"({"type":"sent","message_id":"\ud800"})"),
              ElementsAre(StartsWith(": is not valid JSON")));
  EXPECT_THAT(Refusals(R"({"type":"user_updated","changes":{"a":["\udc00"]}})"),
              ElementsAre("changes.a: " + half));
  EXPECT_THAT(Refusals(R"({"type":"user_updated","changes":{"a":{"b\udc00":1}}})"),
              ElementsAre("changes.a: " + half));
  EXPECT_THAT(Refusals(R"({"type":"sent","\udfff":1})"), SizeIs(1));
}

TEST(ReadDocumentTest, BoundsTheNesting) {
  const auto nested = [](int levels) {
    return absl::StrCat(R"({"type":"complained","event":{"data":{"a":)", std::string(levels - 1, '['),
                        std::string(levels - 1, ']'), "}}}");
  };
  EXPECT_EQ(Again(nested(16)), nested(16));
  EXPECT_THAT(Refusals(nested(17)),
              ElementsAre("event.data: is nested too deeply: at most 16 levels are allowed"));
  EXPECT_THAT(Refusals(R"({"type":"sent","user":)" + std::string(200000, '[')),
              ElementsAre("user: is nested too deeply: at most 16 levels are allowed"));
}

TEST(ReadDocumentTest, ShowsTheBeginningOfALongValue) {
  const std::string text(1000, 'x');
  EXPECT_EQ(Refusals(absl::StrCat(R"({"type":"sent","sent_at":")", text, "\"}")).at(0),
            absl::StrCat("sent_at: expected an integer, got \"", std::string(60, 'x'), "..."));
}

TEST(ReadDocumentTest, SurvivesEveryPrefixOfADocument) {
  const std::string json = ToJson(Sample(v1::EVENT_TYPE_COMPLAINED));
  for (size_t size = 0; size < json.size(); ++size) EXPECT_THAT(Refusals(json.substr(0, size)), SizeIs(1));
  EXPECT_THAT(Refusals(json), IsEmpty());
}

TEST(DocumentKeyTest, NamesEveryFieldAsTheDocumentDoes) {
  const auto key = [](const google::protobuf::Descriptor* message, const char* field) {
    return DocumentKey(*message->FindFieldByName(field));
  };
  EXPECT_EQ(key(v1::Campaign::descriptor(), "trigger_event"), "trigger-event");
  EXPECT_EQ(key(v1::UnsubscribedCampaign::descriptor(), "template"), "template");
  EXPECT_EQ(key(v1::TriggerEvent::descriptor(), "data"), "data");
  EXPECT_EQ(key(v1::TriggerEvent::descriptor(), "data_json"), "data");
  EXPECT_EQ(key(v1::UserUpdated::descriptor(), "changes_json"), "changes");
  EXPECT_EQ(key(v1::UserCreated::Profile::descriptor(), "properties_json"), "");
  EXPECT_EQ(key(v1::Id::descriptor(), "number"), "");
  EXPECT_EQ(key(v1::Event::descriptor(), "bounced"), "");
}

// Counts the fields, and expects a key of each except free-form properties.
int ExpectKeys(const google::protobuf::Descriptor& message) {
  int fields = 0;
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (absl::StartsWith(field.name(), "properties")) continue;
    EXPECT_NE(DocumentKey(field), "") << field.full_name() << " is not in server/payload/documents.h";
    ++fields;
    const auto* type = field.message_type();
    if (type != nullptr && type->file() == message.file() && type != v1::Id::descriptor()) {
      fields += ExpectKeys(*type);
    }
  }
  return fields;
}

TEST(DocumentKeyTest, EveryFieldOfEveryTypeHasAKey) {
  const auto* types = v1::Event::descriptor()->FindOneofByName("type");
  for (int i = 0; i < types->field_count(); ++i) {
    EXPECT_GT(ExpectKeys(*types->field(i)->message_type()), 0) << types->field(i)->name();
  }
}

}  // namespace
}  // namespace hookd
