// When a delivery gets its row, and that nobody sees that it had none.
#include "store/sqlite/unwritten_deliveries.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/sqlite/sqlite_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class UnwrittenDeliveriesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Open();
    Webhook webhook;
    webhook.project = "p";
    webhook.id = "w";
    webhook_ = calls_->CreateWebhook(webhook)->webhook.key;
  }

  void Open() {
    store_ = SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_}).value();
    calls_ = std::make_unique<BlockingStore>(store_.get());
    file_ = Database::Open(folder_.path() + "/hookd.db", /*create=*/false).value();
  }

  // One event for so many webhooks, or for one webhook so often. Gives the first delivery's key.
  int64_t Accept(size_t deliveries = 1) {
    return calls_
               ->AcceptEvents(
                   "p", {{.type = 1, .event = "x", .webhooks = std::vector<int64_t>(deliveries, webhook_)}})
               .value()
               .events[0]
               .key +
           1;
  }

  // A transaction that has nothing to do with deliveries.
  void Transact() {
    ASSERT_TRUE(calls_->UpdateWebhook("p", "w", [](Webhook&) { return absl::OkStatus(); }).ok());
  }

  // As they stand in the file.
  int64_t Rows() { return file_->QueryInt("SELECT count(*) FROM deliveries").value(); }

  std::vector<int64_t> Waiting() {
    std::vector<int64_t> keys;
    const auto page = calls_->ReadPending({.webhook_key = webhook_, .limit = 100, .max_bytes = 1000});
    for (const PendingDelivery& delivery : page.value().deliveries) keys.push_back(delivery.key);
    return keys;
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<BlockingStore> calls_;
  std::unique_ptr<Database> file_;
  int64_t webhook_ = 0;
};

TEST_F(UnwrittenDeliveriesTest, ADeliveryGetsItsRowWithItsFirstOutcome) {
  const int64_t key = Accept(2);
  EXPECT_EQ(Rows(), 0);
  calls_->RecordOutcome({.delivery_key = key, .state = DeliveryState::kDelivered, .attempt = Attempt()});
  EXPECT_EQ(Rows(), 1);
  EXPECT_EQ(file_->QueryInt(absl::StrCat("SELECT state FROM deliveries WHERE key = ", key)).value(), 2);
}

TEST_F(UnwrittenDeliveriesTest, TheNextOutcomeChangesThatRow) {
  const int64_t key = Accept();
  Attempt attempt;
  for (const DeliveryState state : {DeliveryState::kPending, DeliveryState::kFailed}) {
    ++attempt.number;
    calls_->RecordOutcome({.delivery_key = key, .state = state, .attempt = attempt, .error = "no"});
  }
  EXPECT_EQ(Rows(), 1);
  const Delivery delivery = calls_->GetDelivery("p", key).value();
  EXPECT_EQ(delivery.state, DeliveryState::kFailed);
  EXPECT_EQ(delivery.webhook_key, webhook_);
  EXPECT_THAT(delivery.attempts, SizeIs(2));
}

TEST_F(UnwrittenDeliveriesTest, ATransactionWritesTheRowsOfThoseThatHaveWaitedForLong) {
  Accept(3);
  clock_.Advance(tuning::kUnwrittenDeliveryAge);
  Transact();
  EXPECT_EQ(Rows(), 0);
  clock_.Advance(absl::Milliseconds(1));
  Accept(1);
  EXPECT_EQ(Rows(), 3);
}

TEST_F(UnwrittenDeliveriesTest, ATransactionWritesTheRowsOfTheOldestOfTooMany) {
  const int64_t first = Accept(tuning::kMaxUnwrittenDeliveries);
  EXPECT_EQ(Rows(), 0);
  Accept(2);
  EXPECT_EQ(Rows(), 2);
  EXPECT_EQ(file_->QueryInt("SELECT max(key) FROM deliveries").value(), first + 1);
}

TEST_F(UnwrittenDeliveriesTest, EveryReadSeesThemAsIfTheyHadRows) {
  std::vector<int64_t> accepted = {Accept()};
  EXPECT_EQ(calls_->GetDelivery("p", accepted.back())->state, DeliveryState::kPending);
  accepted.push_back(Accept());
  EXPECT_THAT(calls_->ListDeliveries({.project = "p", .limit = 10}).value(), SizeIs(2));
  accepted.push_back(Accept());
  EXPECT_THAT(
      calls_->ListDeliveries({.project = "p", .filter = {.states = {DeliveryState::kPending}}, .limit = 10})
          .value(),
      SizeIs(3));
  accepted.push_back(Accept());
  EXPECT_EQ(store_->LoadBacklogs().value().at(0).count, 4);
  accepted.push_back(Accept());
  EXPECT_EQ(Waiting(), accepted);
}

TEST_F(UnwrittenDeliveriesTest, AReadThatCannotSeeThemWritesNone) {
  const int64_t before = Accept();
  calls_->RecordOutcome({.delivery_key = before, .state = DeliveryState::kDelivered, .attempt = Attempt()});
  Accept();
  EXPECT_TRUE(calls_->GetDelivery("p", before).ok());
  EXPECT_THAT(
      calls_->ListDeliveries({.project = "p", .filter = {.states = {DeliveryState::kDelivered}}, .limit = 10})
          .value(),
      SizeIs(1));
  EXPECT_THAT(calls_->ListDeliveries({.project = "p", .filter = {.max_key = before}, .limit = 10}).value(),
              SizeIs(1));
  EXPECT_TRUE(calls_->ReadPending({.webhook_key = webhook_, .which = PendingQuery::Which::kDue}).ok());
  EXPECT_EQ(Rows(), 1);
}

TEST_F(UnwrittenDeliveriesTest, APurgeLeavesThemAsTheyArePending) {
  const int64_t key = Accept();
  clock_.Advance(absl::Hours(1));
  const int64_t now = FirstKeyAt(clock_.Now());
  EXPECT_EQ(calls_->Purge(now, now, 10)->count, 0);
  EXPECT_THAT(Waiting(), ElementsAre(key));
}

TEST_F(UnwrittenDeliveriesTest, WhatIsNotWrittenWhenTheStoreEndsWaitsInTheNext) {
  const int64_t first = Accept(3);
  calls_->RecordOutcome({.delivery_key = first + 1, .state = DeliveryState::kFailed, .error = "no"});
  store_.reset();
  EXPECT_EQ(Rows(), 1);
  Open();
  EXPECT_EQ(Rows(), 3);
  EXPECT_THAT(Waiting(), ElementsAre(first, first + 2));
  EXPECT_GT(Accept(), first + 2);
}

TEST_F(UnwrittenDeliveriesTest, TheNextStoreFindsThemHoweverLongNothingElseCame) {
  const int64_t key = Accept();
  clock_.Advance(absl::Hours(24));
  store_.reset();
  Open();
  EXPECT_THAT(Waiting(), ElementsAre(key));
}

// The object by itself, on a store's file.
class UnwrittenDeliveriesTransactionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(SqliteStore::Create({.data_dir = folder_.path(), .clock = &clock_}).ok());
    file_ = Database::Open(folder_.path() + "/hookd.db", /*create=*/false).value();
    unwritten_ = std::make_unique<UnwrittenDeliveries>(file_.get());
    unwritten_->Add(11, kOfEvent10);
    unwritten_->Committed();
    ASSERT_TRUE(file_->Execute("BEGIN IMMEDIATE").ok());
  }

  static constexpr UnwrittenDeliveries::Delivery kOfEvent10 = {
      .event_key = 10, .webhook_key = 1, .project = 1, .event_type = 1};

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<Database> file_;
  std::unique_ptr<UnwrittenDeliveries> unwritten_;
};

TEST_F(UnwrittenDeliveriesTransactionTest, TheFirstToWriteARowIsTheOnlyOne) {
  EXPECT_EQ(unwritten_->Take(11)->event_key, 10);
  EXPECT_FALSE(unwritten_->Take(11).has_value());
  unwritten_->Committed();
  EXPECT_FALSE(unwritten_->Take(11).has_value());
}

TEST_F(UnwrittenDeliveriesTransactionTest, OneThatWasNotMadeHasWrittenNothing) {
  unwritten_->Take(11);
  unwritten_->RolledBack();
  EXPECT_TRUE(unwritten_->Take(11).has_value());
}

TEST_F(UnwrittenDeliveriesTransactionTest, OneThatWasNotMadeHasAcceptedNothing) {
  unwritten_->Add(12, kOfEvent10);
  unwritten_->Add(13, kOfEvent10);
  ASSERT_TRUE(unwritten_->WriteBelow(13).ok());
  ASSERT_TRUE(file_->Execute("ROLLBACK").ok());
  unwritten_->RolledBack();
  EXPECT_TRUE(unwritten_->Take(11).has_value());
  EXPECT_FALSE(unwritten_->Take(12).has_value());
  EXPECT_FALSE(unwritten_->Take(13).has_value());
}

TEST_F(UnwrittenDeliveriesTransactionTest, OthersAreToldOfTheOldestThatIsCommitted) {
  EXPECT_EQ(unwritten_->oldest(), 11);
  unwritten_->Add(12, kOfEvent10);
  unwritten_->Take(11);
  EXPECT_EQ(unwritten_->oldest(), 11);
  unwritten_->Committed();
  EXPECT_EQ(unwritten_->oldest(), 12);
  unwritten_->Take(12);
  unwritten_->Committed();
  EXPECT_EQ(unwritten_->oldest(), UnwrittenDeliveries::kNone);
}

}  // namespace
}  // namespace hookd
