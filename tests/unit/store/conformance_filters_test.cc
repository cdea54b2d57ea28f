// The conformance suite: filters of lists of deliveries.
#include <string>
#include <vector>

#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;

TEST_P(StoreConformanceTest, EveryCombinationOfConditionsFindsWhatMatchesItAllOnce) {
  MakeDeliveriesOfEveryResult();
  const std::vector<Delivery> all = calls_->ListDeliveries({.project = "p", .limit = 1000}).value();
  ASSERT_EQ(all.size(), 96U);
  using State = DeliveryState;
  const std::vector<std::vector<State>> states = {{},
                                                  {State::kPending},
                                                  {State::kDelivered},
                                                  {State::kFailed, State::kCanceled},
                                                  {State::kPending, State::kFailed},
                                                  {State::kCanceled, State::kDelivered},
                                                  {State::kPending, State::kDelivered, State::kFailed}};
  const std::vector<std::vector<StatusRange>> statuses = {
      {}, {{500, 599}}, {{503, 503}, {300, 399}}, {{200, 200}}, {{200, 299}, {404, 404}}};
  const std::vector<std::vector<ErrorClass>> errors = {
      {}, {ErrorClass::kStatus}, {ErrorClass::kTimeout, ErrorClass::kTls, ErrorClass::kInternal}};
  for (const auto& of_states : states) {
    for (const auto& of_statuses : statuses) {
      for (const auto& of_errors : errors) {
        for (int mask = 0; mask < 8; ++mask) {
          DeliveryFilter filter{.states = of_states, .status_codes = of_statuses, .error_classes = of_errors};
          if (mask & 1) filter.webhook_ids = {"c", "a", "nope"};
          if (mask & 2) filter.event_types = {3, 1};
          if (mask & 4) filter.event_keys = {all[20].event_key, all[40].event_key, all[41].event_key, 7};
          std::vector<int64_t> expected;
          for (const Delivery& delivery : all) {
            if (filter.Matches(delivery)) expected.push_back(delivery.key);
          }
          EXPECT_EQ(Pages({.project = "p", .filter = filter, .limit = 1000}), expected) << mask;
          EXPECT_EQ(Pages({.project = "p", .filter = filter, .limit = 3, .max_examined = 7}), expected)
              << mask;
        }
      }
    }
  }
}

TEST_P(StoreConformanceTest, AFilterThatContradictsItselfFindsNothing) {
  MakeDeliveriesOfEveryResult();
  EXPECT_THAT(
      Keys({.project = "p",
            .filter = {.states = {DeliveryState::kDelivered}, .error_classes = {ErrorClass::kTimeout}},
            .limit = 10}),
      IsEmpty());
  EXPECT_THAT(Keys({.project = "p", .filter = {.webhook_ids = {"nope"}}, .limit = 10}), IsEmpty());
  EXPECT_THAT(Keys({.project = "p", .filter = {.event_keys = {7}}, .limit = 10}), IsEmpty());
}

TEST_P(StoreConformanceTest, AListOfWhatDidNotSucceedExaminesNoneThatDid) {
  if (!GetParam().survives_closing) GTEST_SKIP() << "the fake has no indexes";
  const Webhook webhook = Create();
  const int64_t failed = Accept({webhook.key}).key + 1;
  const int64_t canceled = Accept({webhook.key}).key + 1;
  End(failed, DeliveryState::kFailed, 500, ErrorClass::kStatus);
  calls_->RecordOutcome({.delivery_key = canceled, .state = DeliveryState::kCanceled, .error = "disabled"});
  for (int i = 0; i < 50; ++i) {
    End(Accept({webhook.key}).key + 1, DeliveryState::kDelivered, 200, ErrorClass::kNone);
  }
  const auto page = [&](DeliveryFilter filter) {
    return calls_->ListPage({.project = "p", .filter = std::move(filter), .limit = 2, .max_examined = 6})
        .value();
  };
  DeliveryPage found = page({.states = {DeliveryState::kFailed, DeliveryState::kCanceled}});
  ASSERT_EQ(found.deliveries.size(), 2U);
  EXPECT_EQ(found.deliveries[0].key, canceled);
  EXPECT_EQ(found.deliveries[1].key, failed);
  for (const DeliveryFilter& filter : {DeliveryFilter{.status_codes = {{500, 599}}},
                                       DeliveryFilter{.error_classes = {ErrorClass::kStatus}}}) {
    found = page(filter);
    ASSERT_EQ(found.deliveries.size(), 1U);
    EXPECT_EQ(found.deliveries[0].key, failed);
    EXPECT_FALSE(found.examined_to.has_value());
  }
  // For comparison: one that may have succeeded.
  EXPECT_TRUE(page({.status_codes = {{201, 201}}}).examined_to.has_value());
}

}  // namespace
}  // namespace hookd
