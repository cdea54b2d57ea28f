#include "hookctl/values.h"

#include <gtest/gtest.h>

namespace hookctl {
namespace {

TEST(ParseDurationTest, TakesUnitsAndDays) {
  EXPECT_EQ(ParseDuration("300ms"), absl::Milliseconds(300));
  EXPECT_EQ(ParseDuration("2h30m"), absl::Minutes(150));
  EXPECT_EQ(ParseDuration("7d"), absl::Hours(7 * 24));
  EXPECT_EQ(ParseDuration("0"), absl::ZeroDuration());
}

TEST(ParseDurationTest, RefusesTheRest) {
  for (const char* text : {"", "5", "-1s", "inf", "infd", "nand", "-1d", "d", "s", "1w"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(ParseTimeTest, TakesRfc3339DatesAndAges) {
  const absl::Time now = absl::FromUnixSeconds(1769862605);
  EXPECT_EQ(ParseTime("2026-01-31T12:30:05Z", now), now);
  EXPECT_EQ(ParseTime("2026-01-31T13:30:05.5+01:00", now), now + absl::Milliseconds(500));
  EXPECT_EQ(ParseTime("2026-01-31", now), absl::FromUnixSeconds(1769817600));
  EXPECT_EQ(ParseTime("2h", now), now - absl::Hours(2));
}

TEST(ParseTimeTest, RefusesTheRest) {
  for (const char* text : {"", "yesterday", "infinite-past", "2026-13-01", "12:30"}) {
    EXPECT_EQ(ParseTime(text, absl::UnixEpoch()), std::nullopt) << text;
  }
}

TEST(EventTypeTest, IsUnderstoodInEveryUsualForm) {
  for (const char* text : {"user_created", "USER_CREATED", "EVENT_TYPE_USER_CREATED"}) {
    EXPECT_EQ(ParseEventType(text), v1::EVENT_TYPE_USER_CREATED) << text;
  }
  for (const char* text : {"", "unspecified", "EVENT_TYPE_UNSPECIFIED", "sentt"}) {
    EXPECT_EQ(ParseEventType(text), std::nullopt) << text;
  }
}

TEST(EventTypeTest, OfANewerHookdIsItsNumber) {
  EXPECT_EQ(EventTypeName(static_cast<v1::EventType>(99)), "99");
  EXPECT_EQ(EventTypeName(v1::EVENT_TYPE_UNSPECIFIED), "");
}

TEST(QuotedTest, EscapesWhatWouldEndTheString) { EXPECT_EQ(Quoted(R"(a"b\c)"), R"("a\"b\\c")"); }

TEST(ParseRateLimitTest, HasARateAndPerhapsABurst) {
  EXPECT_EQ(ParseRateLimit("0.5")->per_second(), 0.5);
  EXPECT_EQ(ParseRateLimit("0.5")->burst(), 0);
  EXPECT_EQ(ParseRateLimit("10:50")->burst(), 50);
  for (const char* text : {"", ":", "10:", ":5", "10:a", "10:5:5", "inf", "nan", "10/s"}) {
    EXPECT_FALSE(ParseRateLimit(text).has_value()) << text;
  }
}

TEST(ToTimestampTest, IsTheSameTimeBack) {
  for (const absl::Duration since_epoch : {absl::Milliseconds(1500), absl::Milliseconds(-1500)}) {
    const absl::Time time = absl::UnixEpoch() + since_epoch;
    EXPECT_EQ(FromTimestamp(ToTimestamp(time)), time);
    EXPECT_EQ(ToTimestamp(time).nanos(), 500000000);  // never negative
  }
}

TEST(DisableReasonTest, IsALowerCaseWord) {
  EXPECT_EQ(DisableReasonName(v1::DISABLE_REASON_GONE), "gone");
  EXPECT_EQ(DisableReasonName(v1::DISABLE_REASON_UNSPECIFIED), "");
}

TEST(ToProtoTest, KeepsSecondsAndNanoseconds) {
  const auto proto = ToProto(absl::Milliseconds(1500));
  EXPECT_EQ(proto.seconds(), 1);
  EXPECT_EQ(proto.nanos(), 500000000);
}

}  // namespace
}  // namespace hookctl
