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
    content.push_back(absl::StrCat(kNames[static_cast<int>(field)], "=", is_number ? "#" : "", value));
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
