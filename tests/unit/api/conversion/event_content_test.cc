#include "api/conversion/event_content.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.h"
#include "hookd/v1/event.pb.h"
#include "payload/payload.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Each value as "field=value", where a number has a # before it.
std::vector<std::string> ContentOf(absl::string_view event) {
  constexpr const char* kNames[] = {"user.id", "user.email", "message_id", "campaign.id", "campaign.name"};
  std::vector<std::string> content;
  ReadEventContent(event, [&](ContentField field, bool is_number, absl::string_view value) {
    content.push_back(
        absl::StrCat(kNames[static_cast<int>(field)], "=", is_number ? "#" : "", value));
  });
  return content;
}

std::vector<std::string> ContentOf(const v1::Event& event) { return ContentOf(event.SerializeAsString()); }

TEST(EventContentTest, HasTheUserTheCampaignAndTheMessage) {
  v1::Event event;
  auto& sent = *event.mutable_sent();
  sent.set_sent_at(1435016238);
  sent.mutable_user()->mutable_id()->set_number(-5);
  sent.mutable_user()->set_email("ann@example.com");
  sent.mutable_campaign()->mutable_id()->set_text("c7");
  sent.mutable_campaign()->set_name("Spring sale");
  sent.mutable_campaign()->set_subject("Hello");
  sent.set_message_id("<1@example.com>");
  EXPECT_THAT(ContentOf(event),
              UnorderedElementsAre("user.id=#-5", "user.email=ann@example.com", "campaign.id=c7",
                                   "campaign.name=Spring sale", "message_id=<1@example.com>"));
}

TEST(EventContentTest, OfUnsubscribedHasTheTitleAndTheMessageOfItsCampaign) {
  v1::Event event;
  event.mutable_unsubscribed()->mutable_user()->mutable_id()->set_text("a");
  event.mutable_unsubscribed()->mutable_campaign()->set_campaign_title("Spring sale");
  event.mutable_unsubscribed()->mutable_campaign()->set_series_title("Sales");
  event.mutable_unsubscribed()->mutable_campaign()->set_message_id("<2>");
  EXPECT_THAT(ContentOf(event),
              UnorderedElementsAre("user.id=a", "campaign.name=Spring sale", "message_id=<2>"));
}

TEST(EventContentTest, OfUserCreatedHasItsProfileButNoFreeFormProperty) {
  v1::Event event;
  event.mutable_user_created()->mutable_user()->mutable_id()->set_number(9007199254740993);
  event.mutable_user_created()->mutable_user()->set_email("b@x");
  event.mutable_user_created()->mutable_user()->set_properties_json(R"({"email2":"c@x"})");
  EXPECT_THAT(ContentOf(event), UnorderedElementsAre("user.id=#9007199254740993", "user.email=b@x"));
}

TEST(EventContentTest, OfUserUpdatedHasTheUserAndItsIdAndAddressAgain) {
  v1::Event event;
  event.mutable_user_updated()->mutable_user()->mutable_id()->set_number(12);
  event.mutable_user_updated()->set_id("12");
  event.mutable_user_updated()->set_email("old@x");
  EXPECT_THAT(ContentOf(event), UnorderedElementsAre("user.id=#12", "user.id=12", "user.email=old@x"));
}

TEST(EventContentTest, EveryTypeHasAUser) {
  const auto& types = *v1::EventType_descriptor();
  for (int i = 0; i < types.value_count(); ++i) {
    const auto type = static_cast<v1::EventType>(types.value(i)->number());
    if (type == v1::EVENT_TYPE_UNSPECIFIED) continue;
    EXPECT_THAT(ContentOf(Sample(type)), Contains("user.email=steve@getvero.com")) << TypeName(type);
  }
}

TEST(EventContentTest, IsEmptyForBytesThatAreNoEvent) {
  EXPECT_THAT(ContentOf(""), IsEmpty());
  EXPECT_THAT(ContentOf("no event"), IsEmpty());
  v1::Event event;
  event.mutable_sent()->mutable_user()->set_email("ann@example.com");
  const std::string bytes = event.SerializeAsString();
  // No prefix of an event reads past its end.
  for (size_t size = 0; size < bytes.size(); ++size) {
    ContentOf(std::string(bytes.substr(0, size)));
    std::string damaged = bytes;
    damaged[size] = '\xff';
    ContentOf(damaged);
  }
}

}  // namespace
}  // namespace hookd
#include "api/conversion/event_content.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::UnorderedElementsAre;

std::vector<std::string> ContentOf(const v1::Event& event) {
  std::vector<std::string> values;
  ReadContent(event, [&](ContentField field, bool is_number, absl::string_view value) {
    values.push_back(absl::StrCat(static_cast<int>(field), is_number ? "#" : "=", value));
  });
  return values;
}

TEST(EventContentTest, HasTheSearchableFieldsOfAnEvent) {
  v1::Event event;
  v1::Sent& sent = *event.mutable_sent();
  sent.mutable_user()->mutable_id()->set_number(-7);
  sent.mutable_user()->set_email("a@example.com");
  sent.mutable_campaign()->mutable_id()->set_text("c");
  sent.mutable_campaign()->set_name("Spring");
  sent.set_message_id("m");
  EXPECT_THAT(ContentOf(event), UnorderedElementsAre("0#-7", "1=a@example.com", "2=m", "3=c", "4=Spring"));
}

TEST(EventContentTest, TheCampaignOfUnsubscribedHasItsTitleAndMessageId) {
  v1::Event event;
  event.mutable_unsubscribed()->mutable_campaign()->set_campaign_title("Spring");
  event.mutable_unsubscribed()->mutable_campaign()->set_message_id("m");
  EXPECT_THAT(ContentOf(event), UnorderedElementsAre("4=Spring", "2=m"));
}

TEST(EventContentTest, TheOtherTypesHaveTheirUser) {
  v1::Event created, updated;
  created.mutable_user_created()->mutable_user()->mutable_id()->set_text("u");
  updated.mutable_user_updated()->mutable_user()->set_email("a");
  updated.mutable_user_updated()->set_id("u");
  updated.mutable_user_updated()->set_email("b");
  EXPECT_THAT(ContentOf(created), UnorderedElementsAre("0=u"));
  EXPECT_THAT(ContentOf(updated), UnorderedElementsAre("1=a", "0=u", "1=b"));
  EXPECT_TRUE(ContentOf(v1::Event()).empty());
}

TEST(EventContentTest, KeysOfOneFieldAreAlternativesAndFieldsAreConditions) {
  v1::Event event;
  event.mutable_sent()->mutable_user()->mutable_id()->set_number(1);
  event.mutable_sent()->set_message_id("m");
  const ContentKey one{ContentField::kUserId, true, "1"}, text{ContentField::kUserId, false, "1"},
      message{ContentField::kMessageId, false, "m"}, other{ContentField::kMessageId, false, "n"};
  EXPECT_TRUE(HasContent(event, {}));
  EXPECT_TRUE(HasContent(event, {one, text}));
  EXPECT_TRUE(HasContent(event, {one, message}));
  EXPECT_FALSE(HasContent(event, {text}));
  EXPECT_FALSE(HasContent(event, {one, other}));
}

}  // namespace
}  // namespace hookd
