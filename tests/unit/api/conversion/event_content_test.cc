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
