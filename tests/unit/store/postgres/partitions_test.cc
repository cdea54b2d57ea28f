// Old days of the store in PostgreSQL go as a whole.
#include "store/postgres/partitions.h"

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/postgres_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/conformance.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kDay = absl::Hours(24);

class PostgresPartitionsTest : public ::testing::Test {
 protected:
  // The event's delivery.
  int64_t Accept() {
    return calls_.AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook_}}})->events[0].key + 1;
  }
  void Record(int64_t delivery, DeliveryState state) {
    Outcome outcome{.delivery_key = delivery, .state = state, .attempt = AnAttempt(1), .error = ""};
    if (state == DeliveryState::kPending) outcome.next_attempt_time = clock_.Now();
    EXPECT_GT(calls_.RecordOutcome(outcome), 0);
  }
  // Everything of before today, as retention does it.
  void PurgeUntilToday() {
    const int64_t today =
        FirstKeyAt(absl::FromCivil(absl::ToCivilDay(clock_.Now(), absl::UTCTimeZone()), absl::UTCTimeZone()));
    ASSERT_TRUE(calls_.Purge(today, today, 100).ok());
  }
  // The tables of the day of a key that there are: some of events, deliveries, outcomes.
  std::string TablesOf(int64_t key) {
    return PostgresServer::Shared().Execute(
        absl::StrCat("SELECT coalesce(string_agg(split_part(relname, '_', 1), ' ' ORDER BY relname), '') "
                     "FROM pg_class "
                     "WHERE relkind = 'r' AND relname LIKE '%\\_",
                     absl::FormatTime("%Y%m%d", TimeOfKey(key), absl::UTCTimeZone()), "'"),
        url_.substr(url_.rfind('/') + 1));
  }

  FakeClock clock_;
  const std::string url_ = NewStoreDatabase();
  std::unique_ptr<PostgresStore> store_ = PostgresStore::Create({.url = url_, .clock = &clock_}).value();
  BlockingStore calls_{store_.get()};
  const int64_t webhook_ = calls_.CreateWebhook(NewWebhook())->webhook.key;
};

TEST_F(PostgresPartitionsTest, ADayIsDroppedOnceItIsOldAndNothingOfItWaits) {
  const int64_t ended = Accept(), waits = Accept();
  Record(ended, DeliveryState::kDelivered);
  EXPECT_EQ(TablesOf(ended), "deliveries events outcomes");
  clock_.Advance(kDay);
  const int64_t young = Accept();
  PurgeUntilToday();
  EXPECT_EQ(TablesOf(ended), "deliveries events outcomes");
  EXPECT_TRUE(calls_.GetEvent("p", waits - 1).ok());
  EXPECT_TRUE(absl::IsNotFound(calls_.GetDelivery("p", ended).status()));

  Record(waits, DeliveryState::kFailed);
  PurgeUntilToday();
  EXPECT_EQ(TablesOf(ended), "");
  EXPECT_TRUE(absl::IsNotFound(calls_.GetEvent("p", waits - 1).status()));
  EXPECT_EQ(TablesOf(young), "deliveries events outcomes");
  EXPECT_THAT(*calls_.ListDeliveries({.project = "p", .limit = 10}), SizeIs(1));
  PurgeUntilToday();  // of what is not there
  EXPECT_EQ(TablesOf(young), "deliveries events outcomes");
}

TEST_F(PostgresPartitionsTest, TheOutcomesOfADayStayWhileAnOlderDeliveryMayHaveSomeThere) {
  const int64_t waits = Accept();
  clock_.Advance(kDay);
  Record(waits, DeliveryState::kPending);
  const int64_t ended = Accept();
  Record(ended, DeliveryState::kDelivered);
  clock_.Advance(kDay);
  PurgeUntilToday();
  EXPECT_EQ(TablesOf(waits), "deliveries events outcomes");
  EXPECT_EQ(TablesOf(ended), "outcomes");
  EXPECT_THAT(calls_.GetDelivery("p", waits)->attempts, SizeIs(1));

  Record(waits, DeliveryState::kDelivered);
  PurgeUntilToday();
  EXPECT_EQ(TablesOf(waits), "");
  EXPECT_EQ(TablesOf(ended), "");
  EXPECT_THAT(*calls_.ListDeliveries({.project = "p", .limit = 10}), IsEmpty());
}

}  // namespace
}  // namespace hookd
