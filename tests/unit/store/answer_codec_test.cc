#include "store/answer_codec.h"

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
  for (const char* bytes : {"", "x", "9:webhook 1", "8:events 15:", "99999999999999999999:x"}) {
    EXPECT_FALSE(DecodeWebhookAnswer(bytes).has_value()) << bytes;
    EXPECT_FALSE(DecodeEventsAnswer(bytes).has_value()) << bytes;
  }
  EXPECT_FALSE(DecodeEventsAnswer(EncodeAnswer(Webhook())).has_value());
}

}  // namespace
}  // namespace hookd
