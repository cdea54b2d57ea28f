#include "store/codec/answer_codec.h"

#include "base/ids.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

TEST(AnswerCodecTest, AWebhookComesBackWhole) {
  Webhook webhook;
  webhook.key = 7;
  webhook.revision = 8;
  webhook.project = "p";
  webhook.id = "first";
  webhook.url = "http://127.0.0.1/3:x";
  webhook.event_types = EventTypes(0x8000000000000006u);
  webhook.disabled = true;
  webhook.display_name = "";
  webhook.timeout = absl::Milliseconds(1500);
  webhook.create_time = absl::FromUnixMicros(1'790'000'000'000'001);
  webhook.update_time = absl::FromUnixMicros(1'790'000'000'000'002);
  const auto decoded = DecodeWebhookAnswer(EncodeAnswer(webhook));
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(EncodeAnswer(*decoded), EncodeAnswer(webhook));
  EXPECT_EQ(decoded->url, webhook.url);
  EXPECT_EQ(decoded->event_types, webhook.event_types);
  EXPECT_EQ(decoded->update_time, webhook.update_time);
}

TEST(AnswerCodecTest, EventsComeBackInTheirOrder) {
  const int64_t key = FirstKeyAt(absl::FromUnixSeconds(1'790'000'000));
  const auto decoded =
      DecodeEventsAnswer(EncodeAnswer({{.key = key, .emit_time = TimeOfKey(key), .webhook_count = 2},
                                       {.key = key + 3, .emit_time = TimeOfKey(key)}}));
  ASSERT_TRUE(decoded.has_value());
  ASSERT_EQ(decoded->size(), 2u);
  EXPECT_EQ((*decoded)[0].webhook_count, 2);
  EXPECT_EQ((*decoded)[1].key, key + 3);
  EXPECT_EQ((*decoded)[1].emit_time, TimeOfKey(key));
}

TEST(AnswerCodecTest, OtherBytesAreNoAnswer) {
  for (const char* bytes : {"", "x", "9:webhook 1", "8:events 15:", "99999999999999999999:x", "{", "{}",
                            R"({"webhook":7})", R"({"events":[1]})", R"({"events":["1",2]})"}) {
    EXPECT_FALSE(DecodeWebhookAnswer(bytes).has_value()) << bytes;
    EXPECT_FALSE(DecodeEventsAnswer(bytes).has_value()) << bytes;
  }
  EXPECT_FALSE(DecodeEventsAnswer(EncodeAnswer(Webhook())).has_value());
}

// As hookd 0.1 wrote them.
TEST(AnswerCodecTest, AnswersOfEarlierVersionsAreRead) {
  const auto webhook = DecodeWebhookAnswer(
      "9:webhook 21:71:81:p5:first20:http://127.0.0.1/3:x20:-92233720368547758021:15:Ün\"\n4:150016:"
      "179000000000000116:17900000000000021:01:419:0.100000000000000011:51:34:10005:6000018:1."
      "10000000000000011:216:1790000000000003");
  ASSERT_TRUE(webhook.has_value());
  EXPECT_EQ(webhook->key, 7);
  EXPECT_EQ(webhook->revision, 8);
  EXPECT_EQ(webhook->project, "p");
  EXPECT_EQ(webhook->id, "first");
  EXPECT_EQ(webhook->url, "http://127.0.0.1/3:x");
  EXPECT_EQ(webhook->event_types, EventTypes(0x8000000000000006u));
  EXPECT_TRUE(webhook->disabled);
  EXPECT_EQ(webhook->display_name, "Ün\"\n");
  EXPECT_EQ(webhook->timeout, absl::Milliseconds(1500));
  EXPECT_FALSE(webhook->ordered);
  EXPECT_EQ(webhook->max_concurrency, 4);
  ASSERT_TRUE(webhook->rate_limit.has_value());
  EXPECT_EQ(webhook->rate_limit->per_second, 0.1);
  EXPECT_EQ(webhook->rate_limit->burst, 5);
  EXPECT_EQ(webhook->retry_policy, (RetryPolicy{.max_attempts = 3,
                                                .min_backoff = absl::Seconds(1),
                                                .max_backoff = absl::Seconds(60),
                                                .multiplier = 1.1}));
  EXPECT_EQ(webhook->disable_reason, DisableReason::kGone);
  EXPECT_EQ(webhook->create_time, absl::FromUnixMicros(1'790'000'000'000'001));
  EXPECT_EQ(webhook->update_time, absl::FromUnixMicros(1'790'000'000'000'002));
  EXPECT_EQ(webhook->disable_time, absl::FromUnixMicros(1'790'000'000'000'003));

  const auto events = DecodeEventsAnswer("8:events 119:18765432109876543211:219:18765432109876543241:0");
  ASSERT_TRUE(events.has_value());
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ((*events)[0].key, 1876543210987654321);
  EXPECT_EQ((*events)[0].webhook_count, 2);
  EXPECT_EQ((*events)[1].key, 1876543210987654324);
  EXPECT_EQ((*events)[1].webhook_count, 0);
}

// What is stored from now on has to be readable by every later version.
TEST(AnswerCodecTest, AnswersAreStoredAsThisJson) {
  EXPECT_EQ(EncodeAnswer({{.key = 1876543210987654321, .webhook_count = 2}, {.key = 1876543210987654324}}),
            R"({"events":[1876543210987654321,2,1876543210987654324,0]})");
  Webhook webhook;
  webhook.key = 7;
  webhook.display_name = "Ün\"\n";
  webhook.retry_policy.multiplier = 1.1;
  const std::string bytes = EncodeAnswer(webhook);
  EXPECT_EQ(bytes.find(R"({"webhook":{"key":7,"revision":0,"project":"",)"), 0u) << bytes;
  EXPECT_NE(bytes.find(R"("display_name":"Ün\"\n",)"), std::string::npos) << bytes;
  EXPECT_EQ(DecodeWebhookAnswer(bytes)->retry_policy.multiplier, 1.1);
}

}  // namespace
}  // namespace hookd
