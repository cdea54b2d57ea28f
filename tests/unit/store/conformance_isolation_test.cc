// Which reads must not wait for which others.
#include <memory>
#include <string>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "tests/unit/store/conformance_search.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

// Holds up reads: their threads wait in `done` until it is destroyed.
class Blockade {
 public:
  explicit Blockade(Store* store) : store_(store) {}
  ~Blockade() {
    end_.Notify();
    for (auto& ended : ended_) ended->WaitForNotification();
  }

  void BlockLists(const DeliveryQuery& query) {
    store_->ListDeliveries(query, Wait<absl::StatusOr<DeliveryPage>>());
  }
  void BlockEvents(const EventQuery& query) { store_->ListEvents(query, Wait<absl::StatusOr<EventPage>>()); }
  void BlockProjects() { store_->GetProject("p", Wait<absl::StatusOr<Project>>()); }

 private:
  template <typename T>
  Done<T> Wait() {
    ended_.push_back(std::make_unique<absl::Notification>());
    return [this, ended = ended_.back().get()](const T&) {
      end_.WaitForNotification();
      ended->Notify();
    };
  }

  Store* const store_;
  absl::Notification end_;
  std::vector<std::unique_ptr<absl::Notification>> ended_;
};

constexpr char kAnswersWithinTheCall[] = "the fake answers within the call";

// More reads than there are threads.
constexpr int kMany = 8;

TEST_P(StoreSearchTest, WhatDeliveriesAndAcceptanceWaitForIsNotDelayedByCallers) {
  if (!GetParam().survives_closing) GTEST_SKIP() << kAnswersWithinTheCall;
  const int64_t webhook = Create().key;
  ASSERT_TRUE(
      calls_->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook}}}, RequestId{"r", "f"})
          .ok());
  Blockade blockade(store_.get());
  for (int i = 0; i < kMany; ++i) {
    blockade.BlockProjects();
    blockade.BlockLists({.project = "p", .limit = 10});
    blockade.BlockLists({.project = "p", .filter = {.status_codes = {{503, 503}}}, .limit = 10});
    blockade.BlockEvents(Query());
    blockade.BlockEvents(Query({"user=#1"}));
  }
  EXPECT_THAT(Waiting({.webhook_key = webhook}).deliveries, SizeIs(1));
  EXPECT_TRUE(calls_->FindAccepted("p", {"r", "f"}).ok());
}

TEST_P(StoreSearchTest, ShortReadsAreNotDelayedByListsThatExamineManyRows) {
  if (!GetParam().survives_closing) GTEST_SKIP() << kAnswersWithinTheCall;
  const int64_t event = Emit("user=#1", 1, "p", {Create().key});
  Blockade blockade(store_.get());
  for (int i = 0; i < kMany; ++i) {
    blockade.BlockLists({.project = "p", .filter = {.status_codes = {{503, 503}}}, .limit = 10});
    blockade.BlockLists({.project = "p", .filter = {.error_classes = {ErrorClass::kTls}}, .limit = 10});
    blockade.BlockLists(
        {.project = "p", .filter = {.event_types = {1}, .states = {DeliveryState::kFailed}}, .limit = 10});
    blockade.BlockLists({.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 10});
    blockade.BlockEvents(Query());
  }
  EXPECT_TRUE(calls_->GetProject("p").ok());
  EXPECT_TRUE(calls_->GetEvent("p", event).ok());
  EXPECT_TRUE(calls_->GetDelivery("p", event + 1).ok());
  EXPECT_THAT(Keys({.project = "p", .limit = 10}), ElementsAre(event + 1));
}

TEST_P(StoreSearchTest, ListsWithoutContentAreNotDelayedBySearches) {
  if (!GetParam().survives_closing) GTEST_SKIP() << kAnswersWithinTheCall;
  const int64_t event = Emit("user=#1", 1, "p", {Create().key});
  Blockade blockade(store_.get());
  for (int i = 0; i < kMany; ++i) {
    blockade.BlockEvents(Query({"user=#1"}));
    blockade.BlockLists({.project = "p", .content = {TestKey("user=#1")}, .limit = 10});
  }
  EXPECT_THAT(Find(Query()), ElementsAre(event));
  EXPECT_THAT(Keys({.project = "p", .filter = {.webhook_ids = {"first"}}, .limit = 10}),
              ElementsAre(event + 1));
}

TEST_P(StoreSearchTest, ProjectsTakeTurnsAtSearches) {
  if (!GetParam().survives_closing) GTEST_SKIP() << kAnswersWithinTheCall;
  std::vector<std::string> order;
  absl::BlockingCounter searches(4);
  {
    Blockade blockade(store_.get());
    blockade.BlockEvents(Query({"user=#1"}));  // while the others are queued
    for (const char* project : {"p", "p", "p", "q"}) {
      store_->ListEvents(Query({"user=#1"}, project), [&, project](const auto&) {
        order.emplace_back(project);
        searches.DecrementCount();
      });
    }
  }
  searches.Wait();
  EXPECT_NE(order[2], "q");
  EXPECT_NE(order[3], "q");
}

}  // namespace
}  // namespace hookd
