// The store in PostgreSQL while the server fails: each test has a server of its own.
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/schema.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

Webhook AWebhook() {
  Webhook webhook;
  webhook.project = "p";
  return webhook;
}

class PostgresFaultsTest : public ::testing::Test {
 protected:
  void Open(const std::string& url) {
    store_ = PostgresStore::Create({.url = url,
                                    .on_commit =
                                        [this](const CommitQueue::Commit& commit) {
                                          absl::MutexLock lock(&mutex_);
                                          writable_ = commit.status.ok();
                                        }})
                 .value();
    calls_ = std::make_unique<BlockingStore>(store_.get());
    webhook_ = calls_->CreateWebhook(AWebhook()).value().webhook.key;
  }
  absl::StatusOr<Store::Accepted> Accept(std::optional<RequestId> request_id = std::nullopt) {
    return calls_->AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook_}}}, request_id);
  }
  // Until it can be written again, which it finds by itself.
  bool AwaitWritable() {
    absl::MutexLock lock(&mutex_);
    return mutex_.AwaitWithTimeout(absl::Condition(&writable_), absl::Seconds(30));
  }
  // Records an attempt that failed, and is not answered yet.
  void Record(int64_t delivery) {
    Outcome outcome{
        .delivery_key = delivery, .state = DeliveryState::kFailed, .attempt = Attempt{}, .error = "no"};
    outcome.urgent = true;
    store_->RecordOutcome(outcome, [this, delivery](int64_t key) {
      absl::MutexLock lock(&mutex_);
      recorded_[delivery] = key;
    });
  }
  void AwaitRecorded(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto all = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return recorded_.size() == count; };
    ASSERT_TRUE(mutex_.AwaitWithTimeout(absl::Condition(&all), absl::Seconds(30)));
  }
  // Each was recorded once.
  void ExpectRecordedOnce(const std::vector<int64_t>& deliveries) {
    OutcomeQuery query;
    query.project = "p";
    query.limit = 1000;
    std::map<int64_t, int> counts;
    const auto page = calls_->ReadOutcomes(query);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const RecordedOutcome& outcome : page->outcomes) ++counts[outcome.delivery.key];
    for (const int64_t delivery : deliveries) {
      EXPECT_EQ(counts[delivery], 1);
      const auto found = calls_->GetDelivery("p", delivery);
      ASSERT_TRUE(found.ok()) << found.status();
      EXPECT_EQ(found->state, DeliveryState::kFailed);
      EXPECT_EQ(found->attempt_count, 1);
      EXPECT_THAT(found->attempts, SizeIs(1));
    }
  }

  std::unique_ptr<PostgresServer> server_ = PostgresServer::Start();
  absl::Mutex mutex_;
  bool writable_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<int64_t, int64_t> recorded_ ABSL_GUARDED_BY(mutex_);
  int64_t webhook_ = 0;
  std::unique_ptr<PostgresStore> store_;
  std::unique_ptr<BlockingStore> calls_;
};

TEST_F(PostgresFaultsTest, WhileTheServerIsAwayEventsAreRefusedAndOutcomesAreKept) {
  Open(server_->Url());
  const int64_t delivery = Accept()->events[0].key + 1;
  for (const bool killed : {false, true}) {
    killed ? server_->Kill() : server_->Stop();
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(absl::IsUnavailable(Accept().status()));
    EXPECT_THAT(std::string(Accept().status().message()), HasSubstr("PostgreSQL"));
    if (!killed) Record(delivery);
    {
      absl::MutexLock lock(&mutex_);
      EXPECT_FALSE(writable_);
      if (!killed) EXPECT_THAT(recorded_, IsEmpty());
    }
    server_->StartAgain();
    EXPECT_TRUE(AwaitWritable());
    AwaitRecorded(1);
    EXPECT_TRUE(Accept().ok());
  }
  ExpectRecordedOnce({delivery});
}

TEST_F(PostgresFaultsTest, NoReadFailsOnceTheServerIsBack) {
  Open(server_->Url());
  const int64_t delivery = Accept()->events[0].key + 1;
  server_->Stop();
  server_->StartAgain();
  // More than there are connections, which all are lost and do not know it.
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(calls_->GetDelivery("p", delivery).ok());
}

TEST_F(PostgresFaultsTest, AServerThatHangsIsGivenUpAndOutcomesAreRecordedOnce) {
  Open(server_->Url());
  std::vector<int64_t> deliveries;
  for (int i = 0; i < 3; ++i) deliveries.push_back(Accept()->events[0].key + 1);
  server_->Pause();
  for (const int64_t delivery : deliveries) Record(delivery);
  EXPECT_TRUE(absl::IsUnavailable(Accept().status()));
  server_->Resume();
  AwaitRecorded(deliveries.size());
  ExpectRecordedOnce(deliveries);
}

TEST_F(PostgresFaultsTest, ACommitWhoseAnswerIsLostIsMadeOnce) {
  Open(server_->Url());
  std::vector<int64_t> deliveries;
  for (int i = 0; i < 3; ++i) deliveries.push_back(Accept()->events[0].key + 1);
  // Commits wait for a standby that there is none of: they are made here, and not answered.
  server_->SetSynchronous("nobody");
  for (const int64_t delivery : deliveries) Record(delivery);
  // The server takes the setting up a moment after it says so.
  size_t accepted = deliveries.size();
  absl::Status lost;
  for (const absl::Time deadline = absl::Now() + absl::Seconds(30); absl::Now() < deadline; ++accepted) {
    lost = Accept(RequestId{absl::StrCat("r", accepted), "f"}).status();
    if (!lost.ok()) break;
  }
  EXPECT_TRUE(absl::IsUnavailable(lost)) << lost;
  server_->SetSynchronous("");
  AwaitRecorded(deliveries.size());
  ExpectRecordedOnce(deliveries);
  // The caller tries again, and the event is there once.
  EXPECT_TRUE(AwaitWritable());
  ASSERT_TRUE(Accept(RequestId{absl::StrCat("r", accepted), "f"}).ok());
  EXPECT_THAT(calls_->ListDeliveries({.project = "p", .limit = 1000}).value(), SizeIs(accepted + 1));
}

TEST_F(PostgresFaultsTest, AReadOnlyServerIsSaidToBeOneAndWrittenAgainWhenItIsNot) {
  Open(server_->Url());
  server_->Set("default_transaction_read_only", "on");
  absl::Status status;
  const absl::Time deadline = absl::Now() + absl::Seconds(30);
  while (status.ok() && absl::Now() < deadline) status = Accept().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("read-only"));
  server_->Set("default_transaction_read_only", "off");
  EXPECT_TRUE(AwaitWritable());
  EXPECT_TRUE(Accept().ok());
}

TEST_F(PostgresFaultsTest, AStandbyThatIsPromotedTakesOverWithAllThatWasAcknowledged) {
  const auto standby = server_->StartStandby("second");
  server_->SetSynchronous("second");
  Open(absl::StrCat("postgresql://hookd@127.0.0.1:", server_->port(), ",127.0.0.1:", standby->port(),
                    "/postgres?target_session_attrs=read-write"));
  std::vector<int64_t> deliveries;
  for (int i = 0; i < 10; ++i) deliveries.push_back(Accept()->events[0].key + 1);
  server_->Kill();
  for (const int64_t delivery : deliveries) Record(delivery);
  standby->Promote();
  AwaitRecorded(deliveries.size());
  ExpectRecordedOnce(deliveries);
  EXPECT_TRUE(AwaitWritable());
  EXPECT_GT(Accept()->events[0].key, deliveries.back());
}

TEST_F(PostgresFaultsTest, AServerThatIsNotThereOrNotFitIsRefusedInOneSentenceWithoutThePassword) {
  const auto refused = [](const std::string& url) {
    const auto store = PostgresStore::Create({.url = url});
    EXPECT_FALSE(store.ok());
    const std::string message(store.status().message());
    EXPECT_THAT(message, Not(HasSubstr("hunter2")));
    EXPECT_THAT(message, Not(HasSubstr("\n")));
    return message;
  };
  EXPECT_THAT(refused("postgresql://hookd:hunter2@127.0.0.1:1/x"), HasSubstr("127.0.0.1:1/x"));
  EXPECT_THAT(refused("postgresql://hookd:hunter2@[::1/x"), HasSubstr("--store"));
  EXPECT_THAT(refused("postgresql://hookd:hunter2@127.0.0.1/x?no_such=1"), HasSubstr("--store"));
  server_->Execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  EXPECT_THAT(refused(server_->Url("latin")), HasSubstr("UTF-8"));
  const std::string url = server_->NewDatabase();
  ASSERT_TRUE(PostgresStore::Create({.url = url}).ok());
  server_->Execute("UPDATE schema_version SET version = 99", "test1");
  EXPECT_THAT(refused(url), HasSubstr("99"));
  server_->Set("max_connections", "4");
  server_->Stop();
  server_->StartAgain();
  EXPECT_THAT(refused(server_->NewDatabase()), HasSubstr("too many"));
}

TEST_F(PostgresFaultsTest, SettingsThatCanLoseWhatWasAcknowledgedAreNamed) {
  server_->Set("fsync", "off");
  server_->Set("full_page_writes", "off");
  server_->Set("synchronous_commit", "off");
  server_->Stop();
  server_->StartAgain();
  const auto connection = PostgresConnection::Open(server_->Url(), "test").value();
  // synchronous_commit is a connection's own, and was set.
  const auto dangers = DangerousSettings(*connection).value();
  ASSERT_THAT(dangers, SizeIs(2));
  EXPECT_THAT(dangers[0], HasSubstr("fsync"));
  EXPECT_THAT(dangers[1], HasSubstr("full_page_writes"));
}

TEST_F(PostgresFaultsTest, ProcessesThatStartAtOnceMakeTheTablesOnce) {
  const std::string url = server_->NewDatabase();
  std::vector<std::thread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&] { opened += PostgresStore::Create({.url = url}).ok(); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(opened, 6);
}

}  // namespace
}  // namespace hookd
