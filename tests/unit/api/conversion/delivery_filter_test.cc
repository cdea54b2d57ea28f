#include "api/conversion/delivery_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "api/conversion/resource_names.h"
#include "base/ids.h"
#include "hookd/v1/delivery.pb.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int64_t kCount = int64_t{1} << 20;  // keys per millisecond

DeliveryFilter Read(absl::string_view filter) {
  FieldViolations violations;
  DeliveryFilter read = ReadDeliveryFilter(filter, "p", violations);
  EXPECT_TRUE(violations.empty()) << filter << ": " << violations.ToStatus().message();
  return read;
}

// Returns the error of the filter: "at position ...".
std::string Error(absl::string_view filter) {
  FieldViolations violations;
  ReadDeliveryFilter(filter, "p", violations);
  const std::string message(violations.ToStatus().message());
  EXPECT_THAT(message, HasSubstr("filter: ")) << filter;
  return violations.count() == 1 ? message.substr(8) : message;
}

TEST(DeliveryFilterTest, SelectsEverythingIfItIsEmpty) {
  for (const std::string filter : {"", "   ", "\n\t"}) {
    const DeliveryFilter query = Read(filter);
    EXPECT_TRUE(query.webhook_ids.empty() && query.event_keys.empty() && query.event_types.empty() &&
                query.states.empty() && query.status_codes.empty() && query.error_classes.empty());
    EXPECT_FALSE(query.min_key || query.max_key);
  }
}

TEST(DeliveryFilterTest, TakesEveryDocumentedComparison) {
  EXPECT_THAT(Read("webhook = \"projects/p/webhooks/w\"").webhook_ids, ElementsAre("w"));
  EXPECT_THAT(Read("event = \"" + EventName("p", 77) + "\"").event_keys, ElementsAre(77));
  EXPECT_THAT(Read("event_type = BOUNCED").event_types, ElementsAre(v1::EVENT_TYPE_BOUNCED));
  EXPECT_THAT(Read("event_type = EVENT_TYPE_USER_CREATED").event_types,
              ElementsAre(v1::EVENT_TYPE_USER_CREATED));
  EXPECT_THAT(Read("state = FAILED").states, ElementsAre(DeliveryState::kFailed));
  EXPECT_THAT(Read("state = DELIVERY_STATE_PENDING").states, ElementsAre(DeliveryState::kPending));
}

TEST(DeliveryFilterTest, JoinsValuesOfAFieldWithOr) {
  EXPECT_THAT(Read("state = FAILED OR state = CANCELED OR state = FAILED").states,
              ElementsAre(DeliveryState::kFailed, DeliveryState::kCanceled));
  EXPECT_THAT(Read("webhook = \"projects/p/webhooks/a\" OR webhook = projects/p/webhooks/b").webhook_ids,
              ElementsAre("a", "b"));
  EXPECT_THAT(Read("(event_type = SENT OR event_type = OPENED) AND state = FAILED").event_types,
              ElementsAre(v1::EVENT_TYPE_SENT, v1::EVENT_TYPE_OPENED));
}

TEST(DeliveryFilterTest, SelectsTheResultOfTheLastAttempt) {
  EXPECT_THAT(Read("status_code = 503 OR status_code = 4xx").status_codes,
              ElementsAre(StatusRange{503, 503}, StatusRange{400, 499}));
  EXPECT_THAT(Read("error = TIMEOUT OR error = ERROR_CLASS_TLS").error_classes,
              ElementsAre(ErrorClass::kTimeout, ErrorClass::kTls));
  EXPECT_THAT(Error("error = SLOW"),
              HasSubstr("must be one of STATUS, TIMEOUT, CONNECTION, TLS, BLOCKED, INTERNAL"));
  EXPECT_THAT(Error("status_code = 5x"), HasSubstr("at position 15: must be a status code"));
}

TEST(DeliveryFilterTest, JoinsComparisonsWithAnd) {
  const DeliveryFilter query = Read(
      "webhook = \"projects/p/webhooks/w\" AND state = FAILED AND event_type = SENT AND "
      "create_time >= \"2026-01-31T00:00:00Z\"");
  EXPECT_THAT(query.webhook_ids, ElementsAre("w"));
  EXPECT_THAT(query.states, ElementsAre(DeliveryState::kFailed));
  EXPECT_THAT(query.event_types, ElementsAre(v1::EVENT_TYPE_SENT));
  EXPECT_TRUE(query.min_key.has_value());
  EXPECT_FALSE(query.max_key.has_value());
}

TEST(DeliveryFilterTest, IsNotParticularAboutSpaceAndQuotes) {
  EXPECT_THAT(Read("  state=FAILED  ").states, ElementsAre(DeliveryState::kFailed));
  EXPECT_THAT(Read("state=\"FAILED\"").states, ElementsAre(DeliveryState::kFailed));
  EXPECT_THAT(Read("webhook='projects/p/webhooks/w'\nAND\tstate=FAILED").webhook_ids, ElementsAre("w"));
  EXPECT_THAT(Read("webhook=projects/p/webhooks/w").webhook_ids, ElementsAre("w"));
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
  const DeliveryFilter query = Read(
      "create_time >= \"2026-01-01T00:00:00Z\" AND create_time > \"2026-02-01T00:00:00Z\" AND "
      "create_time >= \"2026-01-15T00:00:00Z\" AND create_time < \"2026-05-01T00:00:00Z\" AND "
      "create_time <= \"2026-04-01T00:00:00Z\" AND create_time < \"2026-04-15T00:00:00Z\"");
  EXPECT_EQ(query.min_key, Read("create_time > \"2026-02-01T00:00:00Z\"").min_key);
  EXPECT_EQ(query.max_key, Read("create_time <= \"2026-04-01T00:00:00Z\"").max_key);
}

TEST(DeliveryFilterTest, SelectsNothingIfTimesContradictEachOther) {
  const DeliveryFilter query =
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
