// The columns for the details of attempts, in a store that an older hookd made, and shares.
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/postgres_store.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"
#include "tests/unit/store/postgres/older_version.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class PostgresAttemptColumnsTest : public ::testing::Test {
 protected:
  void Open() {
    calls_.reset();
    store_.reset();
    store_ = PostgresStore::Create({.url = url_, .clock = &clock_}).value();
    calls_ = std::make_unique<BlockingStore>(store_.get());
  }

  void Execute(const std::string& sql) {
    const auto connection = PostgresConnection::Open(url_, "test").value();
    const absl::Status status = connection->Execute(sql);
    EXPECT_TRUE(status.ok()) << status;
  }

  // A delivery that failed, with a timeout as its only attempt.
  int64_t MakeFailedDelivery() {
    Webhook webhook{.project = "p", .id = "w", .url = "http://a/"};
    webhook.max_concurrency = 1;
    const int64_t webhook_key = calls_->CreateWebhook(webhook).value().webhook.key;
    const int64_t key =
        calls_->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook_key}}})->events[0].key + 1;
    Attempt attempt{.number = 1, .start_time = clock_.Now(), .error = "timed out", .url = "http://a/"};
    attempt.error_class = ErrorClass::kTimeout;
    calls_->RecordOutcome(
        {.delivery_key = key, .state = DeliveryState::kFailed, .attempt = attempt, .error = "timed out"});
    return key;
  }

  FakeClock clock_;
  const std::string url_ = NewStoreDatabase();
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<BlockingStore> calls_;
};

// What an older hookd runs to record the second attempt, a success.
std::string OldRecord(int64_t delivery_key) {
  return absl::StrCat(
      "INSERT INTO outcomes (key, delivery_key, previous, state, attempt_count, response_status, "
      "next_attempt_time, "
      "error, number, start_time, name_lookup, connect, tls, first_byte, total, request_headers, "
      "response_headers, "
      "response_body, response_body_truncated) SELECT last_outcome + 1, key, last_outcome, 2, 2, 200, 0, '', "
      "2, 5, 0, "
      "0, 0, 0, 0, '', '', '', false FROM deliveries WHERE key = ",
      delivery_key,
      "; UPDATE deliveries SET state = 2, error = '', attempt_count = 2, response_status = 200, "
      "next_attempt_time = 0, "
      "last_outcome = last_outcome + 1 WHERE key = ",
      delivery_key);
}

TEST_F(PostgresAttemptColumnsTest, AStoreOfAnOlderVersionKeepsItsAttemptsAndHasNoDetailsOfThem) {
  Open();
  const int64_t key = MakeFailedDelivery();
  calls_.reset();
  store_.reset();
  Execute(kBackToVersion3);
  ::testing::internal::CaptureStderr();
  Open();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("store upgraded from_schema=3 to_schema="));
  const Delivery delivery = calls_->GetDelivery("p", key).value();
  EXPECT_EQ(delivery.error_class, ErrorClass::kNone);
  ASSERT_THAT(delivery.attempts, SizeIs(1));
  EXPECT_EQ(delivery.attempts[0].error, "timed out");
  EXPECT_EQ(delivery.attempts[0].url, "");
  EXPECT_EQ(delivery.attempts[0].trigger, AttemptTrigger::kUnknown);
}

TEST_F(PostgresAttemptColumnsTest, AnOlderProcessOnTheSameStoreGoesOnRecording) {
  Open();
  const int64_t key = MakeFailedDelivery();
  Execute(OldRecord(key));
  const Delivery delivery = calls_->GetDelivery("p", key).value();
  EXPECT_EQ(delivery.state, DeliveryState::kDelivered);
  // It leaves the class of the attempt before.
  EXPECT_EQ(delivery.error_class, ErrorClass::kNone);
  ASSERT_THAT(delivery.attempts, SizeIs(2));
  EXPECT_EQ(delivery.attempts[0].error_class, ErrorClass::kTimeout);
  EXPECT_EQ(delivery.attempts[1].error_class, ErrorClass::kNone);
  EXPECT_EQ(delivery.attempts[1].url, "");
}

}  // namespace
}  // namespace hookd
