#include "store/codec/event_types_codec.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

Webhook ForAllTypes() {
  Webhook webhook;
  webhook.event_types = AllEventTypes();
  webhook.all_event_types = true;
  return webhook;
}

TEST(EventTypesCodecTest, ListedTypesAreTheirBitsAsInEarlierVersions) {
  Webhook webhook;
  webhook.event_types = EventTypes(0b0110);
  EXPECT_EQ(EncodeEventTypes(webhook), 0b0110);
  Webhook decoded = ForAllTypes();
  DecodeEventTypes(0b0110, decoded);
  EXPECT_EQ(decoded.event_types, EventTypes(0b0110));
  EXPECT_FALSE(decoded.all_event_types);
}

TEST(EventTypesCodecTest, AllTypesOfAnEarlierVersionIncludeTheTypeThatALaterOneAdds) {
  const int64_t stored = EncodeEventTypes(ForAllTypes());
  Webhook decoded;
  DecodeEventTypes(stored, decoded, kLastEventType + 1);
  EXPECT_TRUE(decoded.all_event_types);
  EXPECT_TRUE(decoded.event_types[kLastEventType + 1]);
  EXPECT_EQ(decoded.event_types, AllEventTypes(kLastEventType + 1));
  EXPECT_FALSE(decoded.event_types[0]) << "it is not a type";
}

TEST(EventTypesCodecTest, AListOfEveryTypeDoesNotIncludeTheTypeThatALaterVersionAdds) {
  Webhook webhook;
  webhook.event_types = AllEventTypes();
  Webhook decoded;
  DecodeEventTypes(EncodeEventTypes(webhook), decoded, kLastEventType + 1);
  EXPECT_FALSE(decoded.all_event_types);
  EXPECT_FALSE(decoded.event_types[kLastEventType + 1]);
}

TEST(EventTypesCodecTest, AnEarlierVersionFindsTheTypesThatItKnows) {
  const EventTypes seen(static_cast<uint64_t>(EncodeEventTypes(ForAllTypes())));
  for (size_t type = 1; type <= kLastEventType; ++type) EXPECT_TRUE(seen[type]) << type;
}

TEST(EventTypesCodecTest, TypesOfALaterVersionAreNotAmongThoseOfThisOne) {
  Webhook decoded;
  DecodeEventTypes(static_cast<int64_t>((AllEventTypes(kLastEventType + 5).set(0)).to_ullong()), decoded);
  EXPECT_EQ(decoded.event_types, AllEventTypes());
}

}  // namespace
}  // namespace hookd
