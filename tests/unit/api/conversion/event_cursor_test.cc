#include "api/conversion/event_cursor.h"

#include "gtest/gtest.h"

namespace hookd {
namespace {

const EventCursor kCursor{.key = 123456789012345678, .time = absl::FromUnixMillis(1'790'000'000'123)};

TEST(EventCursorTest, ACursorIsReadBack) {
  const auto cursor = ReadEventCursor("p", MakeEventCursor("p", kCursor));
  ASSERT_TRUE(cursor.has_value());
  EXPECT_EQ(cursor->key, kCursor.key);
  EXPECT_EQ(cursor->time, kCursor.time);
}

TEST(EventCursorTest, ACursorOfAnotherProjectIsNotRead) {
  EXPECT_FALSE(ReadEventCursor("q", MakeEventCursor("p", kCursor)).has_value());
}

TEST(EventCursorTest, AChangedCursorIsNotRead) {
  const std::string text = MakeEventCursor("p", kCursor);
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(ReadEventCursor("p", changed).has_value()) << i;
    EXPECT_FALSE(ReadEventCursor("p", text.substr(0, i)).has_value()) << i;
  }
}

}  // namespace
}  // namespace hookd
