// Webhook.all_event_types.
#include <string>

#include "gmock/gmock.h"
#include "store/records.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class AllEventTypesTest : public ApiTest {
 protected:
  static v1::CreateWebhookRequest CreateForAll() {
    v1::CreateWebhookRequest request = GoodCreate();
    request.mutable_webhook()->clear_event_types();
    request.mutable_webhook()->set_all_event_types(true);
    return request;
  }
  v1::Webhook MustCreateForAll() {
    v1::Webhook webhook;
    const absl::Status status = Create(CreateForAll(), webhook);
    EXPECT_TRUE(status.ok()) << status.message();
    return webhook;
  }

  // Updates the fields of the mask, as they are in `fields`.
  absl::Status UpdateFields(v1::Webhook fields, const std::vector<std::string>& mask, v1::Webhook& webhook) {
    v1::UpdateWebhookRequest request;
    fields.set_name("projects/p/webhooks/first");
    *request.mutable_webhook() = std::move(fields);
    for (const std::string& path : mask) request.mutable_update_mask()->add_paths(path);
    return Update(request, webhook);
  }
  static v1::Webhook OfTypes(std::vector<v1::EventType> types, bool all = false) {
    v1::Webhook webhook;
    for (const v1::EventType type : types) webhook.add_event_types(type);
    webhook.set_all_event_types(all);
    return webhook;
  }
};

TEST_F(AllEventTypesTest, TheGreatestTypeIsThatOfTheApi) { EXPECT_EQ(kLastEventType, v1::EventType_MAX); }

TEST_F(AllEventTypesTest, AWebhookForAllTypesShowsTheTypesOfThisVersionAndGetsEach) {
  EXPECT_TRUE(MustCreateForAll().all_event_types());
  v1::Webhook read;
  ASSERT_TRUE(Get("projects/p/webhooks/first", read).ok());
  EXPECT_TRUE(read.all_event_types());
  ASSERT_THAT(read.event_types(), SizeIs(kLastEventType));
  EXPECT_EQ(read.event_types(0), v1::EVENT_TYPE_SENT);
  for (int type = 1; type <= kLastEventType; ++type) EXPECT_EQ(table_.CountWanting("p", type), 1u) << type;
}

TEST_F(AllEventTypesTest, AListIsNotAllTypesEvenIfItHasEachOfThem) {
  v1::CreateWebhookRequest request = GoodCreate();
  for (int type = 2; type <= kLastEventType; ++type) {
    request.mutable_webhook()->add_event_types(static_cast<v1::EventType>(type));
  }
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  EXPECT_FALSE(webhook.all_event_types());
}

TEST_F(AllEventTypesTest, AllTypesAndAListOfSomeContradictEachOther) {
  v1::CreateWebhookRequest request = CreateForAll();
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_BOUNCED);
  v1::Webhook webhook;
  const absl::Status status = Create(request, webhook);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.event_types"));
  MustCreateForAll();
  for (const auto& mask : std::vector<std::vector<std::string>>{{}, {"event_types", "all_event_types"}}) {
    const absl::Status update = UpdateFields(OfTypes({v1::EVENT_TYPE_BOUNCED}, true), mask, webhook);
    EXPECT_THAT(FieldsOf(update), ElementsAre("webhook.event_types"));
  }
}

TEST_F(AllEventTypesTest, AListInAnUpdateTurnsAllTypesOff) {
  for (const auto& mask : std::vector<std::vector<std::string>>{{}, {"event_types"}}) {
    v1::Webhook webhook = MustCreateForAll();
    ASSERT_TRUE(UpdateFields(OfTypes({v1::EVENT_TYPE_BOUNCED}), mask, webhook).ok());
    EXPECT_FALSE(webhook.all_event_types());
    EXPECT_THAT(webhook.event_types(), ElementsAre(v1::EVENT_TYPE_BOUNCED));
    EXPECT_EQ(table_.CountWanting("p", v1::EVENT_TYPE_SENT), 0u);
    v1::DeleteWebhookRequest remove;
    remove.set_name(webhook.name());
    google::protobuf::Empty nothing;
    ASSERT_TRUE(Call("WebhookService/DeleteWebhook", remove, nothing).ok());
  }
}

TEST_F(AllEventTypesTest, AMaskWithTheListIgnoresAllTypes) {
  v1::Webhook webhook = MustCreateForAll();
  ASSERT_TRUE(UpdateFields(OfTypes({v1::EVENT_TYPE_BOUNCED}, true), {"event_types"}, webhook).ok());
  EXPECT_FALSE(webhook.all_event_types());
}

TEST_F(AllEventTypesTest, AllTypesInAnUpdateReplaceTheList) {
  v1::Webhook webhook = MustCreate();
  ASSERT_TRUE(UpdateFields(OfTypes({}, true), {"all_event_types"}, webhook).ok());
  EXPECT_TRUE(webhook.all_event_types());
  EXPECT_THAT(webhook.event_types(), SizeIs(kLastEventType));
  EXPECT_EQ(table_.CountWanting("p", v1::EVENT_TYPE_USER_UPDATED), 1u);
}

TEST_F(AllEventTypesTest, TurningAllTypesOffRequiresAList) {
  v1::Webhook webhook = MustCreateForAll();
  const absl::Status status = UpdateFields(OfTypes({}), {"all_event_types"}, webhook);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.event_types"));
  const auto both = {std::string("event_types"), std::string("all_event_types")};
  ASSERT_TRUE(UpdateFields(OfTypes({v1::EVENT_TYPE_SENT}), both, webhook).ok());
  EXPECT_FALSE(webhook.all_event_types());
  // Of a webhook that has a list, it is off already.
  ASSERT_TRUE(UpdateFields(OfTypes({}), {"all_event_types"}, webhook).ok());
  EXPECT_THAT(webhook.event_types(), ElementsAre(v1::EVENT_TYPE_SENT));
}

TEST_F(AllEventTypesTest, AWebhookThatWasReadCanBeSentBack) {
  MustCreateForAll();
  v1::Webhook read, updated;
  ASSERT_TRUE(Get("projects/p/webhooks/first", read).ok());
  read.set_url("http://127.0.0.1:2/");
  for (const auto& mask : std::vector<std::vector<std::string>>{{}, {"*"}}) {
    read.clear_etag();
    const absl::Status status = UpdateFields(read, mask, updated);
    ASSERT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(updated.all_event_types());
    EXPECT_EQ(updated.url(), "http://127.0.0.1:2/");
  }
}

TEST_F(AllEventTypesTest, OtherUpdatesKeepThem) {
  MustCreateForAll();
  v1::Webhook fields, updated;
  fields.set_display_name("x");
  ASSERT_TRUE(UpdateFields(fields, {}, updated).ok());
  EXPECT_TRUE(updated.all_event_types());
  EXPECT_THAT(updated.event_types(), SizeIs(kLastEventType));
}

TEST_F(AllEventTypesTest, ARequestIdIsOfAllTypesOrOfAList) {
  v1::CreateWebhookRequest request = CreateForAll();
  request.set_request_id("r");
  v1::Webhook webhook, again;
  ASSERT_TRUE(Create(request, webhook).ok());
  ASSERT_TRUE(Create(request, again).ok());
  EXPECT_EQ(again.etag(), webhook.etag());
  request.mutable_webhook()->set_all_event_types(false);
  for (int type = 1; type <= kLastEventType; ++type) {
    request.mutable_webhook()->add_event_types(static_cast<v1::EventType>(type));
  }
  EXPECT_FALSE(Create(request, again).ok()) << "another request with the same id";
}

TEST_F(AllEventTypesTest, NeitherIsAnErrorThatNamesBoth) {
  v1::CreateWebhookRequest request = CreateForAll();
  request.mutable_webhook()->set_all_event_types(false);
  v1::Webhook webhook;
  const absl::Status status = Create(request, webhook);
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.event_types"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("all_event_types"));
}

}  // namespace
}  // namespace hookd
