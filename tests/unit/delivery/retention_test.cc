#include "delivery/retention.h"

#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

constexpr Retention::Options kAnHour = {.keep = absl::Hours(1), .keep_delivered = absl::Hours(1)};

// An event that was delivered to its webhook.
int64_t EmitDelivered(TestEngine& engine) {
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  engine.AnswerAllWith(200);
  return event;
}

bool Has(TestEngine& engine, int64_t event) {
  bool has = false;
  engine.store.GetEvent("p", event, [&](const auto& found) { has = found.ok(); });
  return has;
}

TEST(RetentionTest, PurgesWhatIsOlderThanItIsKeptForSliceBySlice) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock, kAnHour);
  engine.Create("a");
  const std::vector<int64_t> old = engine.Emit(3 * tuning::kPurgeSliceSize);
  engine.AnswerAllWith(200);
  engine.clock.Advance(absl::Minutes(59));
  EXPECT_TRUE(Has(engine, old.front()));
  const int64_t young = engine.Emit()[0];
  engine.AnswerAllWith(200);
  engine.clock.Advance(absl::Minutes(1) + absl::Seconds(1));
  engine.clock.Advance(tuning::kPurgeInterval);
  EXPECT_FALSE(Has(engine, old.front()));
  EXPECT_FALSE(Has(engine, old.back()));
  EXPECT_TRUE(Has(engine, young));
}

TEST(RetentionTest, WhatIsPendingStays) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock, kAnHour);
  engine.Create("a");
  const int64_t event = engine.Emit()[0];
  engine.clock.Advance(absl::Hours(100));
  EXPECT_TRUE(Has(engine, event));
}

TEST(RetentionTest, DeliveredEventsMayHaveATimeOfTheirOwn) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock,
                      {.keep = absl::Hours(10), .keep_delivered = absl::Hours(1)});
  engine.Create("a");
  const int64_t delivered = engine.Emit()[0];
  engine.http->AnswerNext(TestEngine::Status(200));
  const int64_t failed = engine.Emit()[0];
  engine.http->AnswerNext(TestEngine::Status(500));
  engine.clock.Advance(absl::Hours(2));
  EXPECT_FALSE(Has(engine, delivered));
  EXPECT_TRUE(Has(engine, failed));
  engine.clock.Advance(absl::Hours(10));
  EXPECT_FALSE(Has(engine, failed));
}

TEST(RetentionTest, AWallClockThatJumpsAheadMakesNothingOld) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock, kAnHour);
  const int64_t event = EmitDelivered(engine);
  engine.clock.JumpTo(engine.clock.Now() + absl::Hours(10000));
  engine.clock.Advance(absl::Minutes(10));
  EXPECT_TRUE(Has(engine, event));
}

TEST(RetentionTest, GoesOnAfterAFailure) {
  TestEngine engine;
  Retention retention(&engine.store, &engine.clock, kAnHour);
  const int64_t event = EmitDelivered(engine);
  engine.store.FailWrites(absl::UnavailableError("gone"));
  engine.clock.Advance(absl::Hours(2));
  EXPECT_TRUE(Has(engine, event));
  engine.store.FailWrites(absl::OkStatus());
  engine.clock.Advance(tuning::kPurgeInterval);
  EXPECT_FALSE(Has(engine, event));
}

TEST(RetentionTest, OfSeveralProcessesOnlyTheOneOnDutyPurges) {
  TestEngine engine;
  bool on_duty = false;
  Retention retention(&engine.store, &engine.clock,
                      {.keep = absl::Minutes(1), .keep_delivered = absl::Minutes(1)},
                      [&on_duty] { return on_duty; });
  const int64_t event = EmitDelivered(engine);
  engine.clock.Advance(absl::Hours(1));
  EXPECT_TRUE(Has(engine, event));
  on_duty = true;
  engine.clock.Advance(tuning::kPurgeInterval);
  EXPECT_FALSE(Has(engine, event));
}

}  // namespace
}  // namespace hookd
