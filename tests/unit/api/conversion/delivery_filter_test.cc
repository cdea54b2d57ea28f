#include "api/conversion/delivery_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/conversion/resource_names.h"
#include "base/ids.h"
#include "hookd/v1/delivery.pb.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kCount = int64_t{1} << 20;  // keys per millisecond

DeliveryQuery Read(absl::string_view filter) {
  DeliveryQuery query;
  query.project = "p";
  FieldViolations violations;
  ReadDeliveryFilter(filter, query, violations);
  EXPECT_TRUE(violations.empty()) << filter << ": " << violations.ToStatus().message();
  return query;
}

// Returns the error of the filter: "at position ...".
std::string Error(absl::string_view filter) {
  DeliveryQuery query;
  query.project = "p";
  FieldViolations violations;
  ReadDeliveryFilter(filter, query, violations);
  const std::string message(violations.ToStatus().message());
  EXPECT_THAT(message, HasSubstr("filter: ")) << filter;
  return violations.count() == 1 ? message.substr(8) : message;
}

TEST(DeliveryFilterTest, SelectsEverythingIfItIsEmpty) {
  for (const std::string filter : {"", "   ", "\n\t"}) {
    const DeliveryQuery query = Read(filter);
    EXPECT_FALSE(query.webhook_id || query.event_key || query.event_type || query.state || query.min_key ||
                 query.max_key);
  }
}

TEST(DeliveryFilterTest, TakesEveryDocumentedComparison) {
  EXPECT_EQ(Read("webhook = \"projects/p/webhooks/w\"").webhook_id, "w");
  EXPECT_EQ(Read("event = \"" + EventName("p", 77) + "\"").event_key, 77);
  EXPECT_EQ(Read("event_type = BOUNCED").event_type, v1::EVENT_TYPE_BOUNCED);
  EXPECT_EQ(Read("event_type = EVENT_TYPE_USER_CREATED").event_type, v1::EVENT_TYPE_USER_CREATED);
  EXPECT_EQ(Read("state = FAILED").state, DeliveryState::kFailed);
  EXPECT_EQ(Read("state = DELIVERY_STATE_PENDING").state, DeliveryState::kPending);
}

TEST(DeliveryFilterTest, JoinsComparisonsWithAnd) {
  const DeliveryQuery query = Read(
      "webhook = \"projects/p/webhooks/w\" AND state = FAILED AND event_type = SENT AND "
      "create_time >= \"2026-01-31T00:00:00Z\"");
  EXPECT_EQ(query.webhook_id, "w");
  EXPECT_EQ(query.state, DeliveryState::kFailed);
  EXPECT_EQ(query.event_type, v1::EVENT_TYPE_SENT);
  EXPECT_TRUE(query.min_key.has_value());
  EXPECT_FALSE(query.max_key.has_value());
}

TEST(DeliveryFilterTest, IsNotParticularAboutSpaceAndQuotes) {
  EXPECT_EQ(Read("  state=FAILED  ").state, DeliveryState::kFailed);
  EXPECT_EQ(Read("state=\"FAILED\"").state, DeliveryState::kFailed);
  EXPECT_EQ(Read("webhook='projects/p/webhooks/w'\nAND\tstate=FAILED").webhook_id, "w");
  EXPECT_EQ(Read("webhook=projects/p/webhooks/w").webhook_id, "w");
  EXPECT_EQ(Read("create_time>=2026-01-31T00:00:00+01:00").min_key,
            Read("create_time>=2026-01-30T23:00:00Z").min_key);
}

TEST(DeliveryFilterTest, TurnsTimesIntoKeys) {
  const absl::Time time = absl::FromUnixSeconds(1769817600);  // 2026-01-31T00:00:00Z
  const int64_t key = FirstKeyAt(time);
  EXPECT_EQ(Read("create_time >= \"2026-01-31T00:00:00Z\"").min_key, key);
  EXPECT_EQ(Read("create_time > \"2026-01-31T00:00:00Z\"").min_key, key + kCount);
  EXPECT_EQ(Read("create_time < \"2026-01-31T00:00:00Z\"").max_key, key - 1);
  EXPECT_EQ(Read("create_time <= \"2026-01-31T00:00:00Z\"").max_key, key + kCount - 1);
}

TEST(DeliveryFilterTest, PartsMillisecondsByTimesBetweenThem) {
  // Deliveries of 00:00:00.001 are before that time and those of .002 after it; none has that time.
  const std::string time = "\"2026-01-31T00:00:00.0015Z\"";
  const int64_t second = FirstKeyAt(absl::FromUnixMillis(1769817600002));
  EXPECT_EQ(Read("create_time >= " + time).min_key, second);
  EXPECT_EQ(Read("create_time > " + time).min_key, second);
  EXPECT_EQ(Read("create_time < " + time).max_key, second - 1);
  EXPECT_EQ(Read("create_time <= " + time).max_key, second - 1);
  EXPECT_EQ(Read("create_time > \"2026-01-31T00:00:00.001000001Z\"").min_key, second);
}

TEST(DeliveryFilterTest, KeepsTheNarrowestOfSeveralTimes) {
  const DeliveryQuery query = Read(
      "create_time >= \"2026-01-01T00:00:00Z\" AND create_time > \"2026-02-01T00:00:00Z\" AND "
      "create_time >= \"2026-01-15T00:00:00Z\" AND create_time < \"2026-05-01T00:00:00Z\" AND "
      "create_time <= \"2026-04-01T00:00:00Z\" AND create_time < \"2026-04-15T00:00:00Z\"");
  EXPECT_EQ(query.min_key, Read("create_time > \"2026-02-01T00:00:00Z\"").min_key);
  EXPECT_EQ(query.max_key, Read("create_time <= \"2026-04-01T00:00:00Z\"").max_key);
}

TEST(DeliveryFilterTest, SelectsNothingIfTimesContradictEachOther) {
  const DeliveryQuery query =
      Read("create_time < \"2026-01-01T00:00:00Z\" AND create_time >= \"2026-01-01T00:00:00Z\"");
  EXPECT_GT(query.min_key, query.max_key);
}

TEST(DeliveryFilterTest, TakesTimesThatNoKeyReaches) {
  EXPECT_EQ(Read("create_time >= \"1901-01-01T00:00:00Z\"").min_key, 0);
  EXPECT_EQ(Read("create_time < \"1901-01-01T00:00:00Z\"").max_key, -1);
  EXPECT_GT(Read("create_time <= \"9999-12-31T23:59:59Z\"").max_key,
            FirstKeyAt(absl::FromUnixSeconds(8000000000)));
}

TEST(DeliveryFilterTest, RefusesNamesOfOtherProjects) {
  EXPECT_THAT(Error("webhook = \"projects/q/webhooks/w\""),
              StartsWith("at position 11: must be a webhook of projects/p"));
  EXPECT_THAT(Error("event = \"" + EventName("q", 1) + "\""),
              StartsWith("at position 9: must be an event of projects/p"));
}

TEST(DeliveryFilterTest, RefusesValuesThatTheFieldCannotHave) {
  EXPECT_THAT(Error("webhook = w"), HasSubstr("at position 11: must be a webhook's name"));
  EXPECT_THAT(Error("webhook = \"projects/p/webhooks/*\""), HasSubstr("must be a webhook's name"));
  EXPECT_THAT(Error("event = \"projects/p/events/nope\""), HasSubstr("must be an event's name"));
  EXPECT_THAT(Error("event_type = NOPE"), HasSubstr("at position 14: must be one of SENT, DELIVERED, "));
  EXPECT_THAT(Error("event_type = UNSPECIFIED"), HasSubstr("must be one of"));
  EXPECT_THAT(Error("event_type = 3"), HasSubstr("must be one of"));
  EXPECT_THAT(Error("event_type = \"\""), HasSubstr("must be one of"));
  EXPECT_THAT(Error("state = failed"), HasSubstr("must be one of PENDING, DELIVERED, FAILED, CANCELED"));
}

TEST(DeliveryFilterTest, RefusesTimesThatAreNotRfc3339) {
  for (const std::string time :
       {"", "yesterday", "2026-01-31", "2026-01-31T00:00:00", "2026-01-31 00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z", "2026-1-31T00:00:00Z", "infinite-future", "infinite-past",
        " 2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z ", "12026-01-31T00:00:00Z", "-026-01-31T00:00:00Z",
        "1769817600"}) {
    EXPECT_THAT(Error("create_time > \"" + time + "\""), HasSubstr("at position 15: must be a time")) << time;
  }
}

TEST(DeliveryFilterTest, NamesFieldsThatItDoesNotHaveOrHasTwice) {
  EXPECT_THAT(Error("status = FAILED"), HasSubstr("at position 1: there is no field status"));
  EXPECT_THAT(Error("state = FAILED AND state = PENDING"),
              HasSubstr("at position 20: state can only appear once"));
  EXPECT_THAT(Error("webhook.id = w"), HasSubstr("there is no field webhook.id"));
}

}  // namespace
}  // namespace hookd
