// Several stores on one PostgreSQL, as several processes have them.
#include "store/postgres/cluster/cluster.h"

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/postgres/postgres_store.h"
#include "tests/support/postgres_server.h"
#include "tests/unit/store/blocking_store.h"
#include "tests/unit/store/postgres/new_store_database.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

// Far longer than anything takes.
constexpr absl::Duration kPatience = absl::Seconds(30);

// A store with a listener that notes what it is told, and hands over at once what it is asked for.
class Process : public Cluster::Listener {
 public:
  explicit Process(const std::string& url, absl::Duration lease = limits::kClusterLease)
      : store(PostgresStore::Create({.url = url, .lease = lease}).value()), calls(store.get()) {}
  ~Process() override { Leave(); }

  void Join(const std::string& address = "a") { store->cluster()->Join(address, this); }
  void Leave() {
    if (store != nullptr) store->cluster()->Leave(kPatience);
  }

  // Waits until `holds` is true of this.
  template <typename Holds>
  bool Await(Holds holds) {
    absl::MutexLock lock(&mutex);
    const auto condition = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return holds(*this); };
    return mutex.AwaitWithTimeout(absl::Condition(&condition), kPatience);
  }
  bool AwaitShards(size_t count) {
    return Await([count](Process& self)
                     ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.shards.size() == count; });
  }
  std::vector<Cluster::Node> ListNodes() const {
    absl::Notification answered;
    std::vector<Cluster::Node> nodes;
    store->cluster()->ListNodes([&](absl::StatusOr<std::vector<Cluster::Node>> answer) {
      nodes = answer.value();
      answered.Notify();
    });
    answered.WaitForNotification();
    return nodes;
  }
  int64_t EpochOf(int64_t webhook_key) {
    absl::MutexLock lock(&mutex);
    const auto found = shards.find(ShardOf(webhook_key));
    return found == shards.end() ? 0 : found->second;
  }
  bool Knows(int64_t webhook_key) {
    absl::MutexLock lock(&mutex);
    return webhooks.contains(webhook_key);
  }
  std::map<int, int64_t> Shards() {
    absl::MutexLock lock(&mutex);
    return shards;
  }

  void OnAcquired(const std::vector<Cluster::Shard>& acquired) override {
    absl::MutexLock lock(&mutex);
    for (const Cluster::Shard& shard : acquired) shards[shard.number] = shard.epoch;
  }
  void OnLost(const std::vector<int>& lost) override {
    absl::MutexLock lock(&mutex);
    for (const int shard : lost) shards.erase(shard);
  }
  void OnRelease(const std::vector<int>& surplus) override {
    {
      absl::MutexLock lock(&mutex);
      if (hangs) return;
      for (const int shard : surplus) shards.erase(shard);
    }
    store->cluster()->Release(surplus);
  }
  void OnConfirmed(absl::Time until) override {
    absl::MutexLock lock(&mutex);
    confirmed = until;
  }
  void OnReachable(bool now) override {
    absl::MutexLock lock(&mutex);
    reachable = now;
  }
  void OnArrived(const std::vector<Cluster::Arrival>& told) override {
    absl::MutexLock lock(&mutex);
    for (const Cluster::Arrival& arrival : told) {
      for (const int64_t key : arrival.keys) arrived.insert(key);
      if (arrival.keys.empty()) reloaded.insert(arrival.webhook_key);
    }
  }
  void OnRedelivered(const std::string&, int64_t webhook_key, int64_t count, absl::Time) override {
    absl::MutexLock lock(&mutex);
    waiting_again[webhook_key] += count;
  }
  void OnWebhookChanged(const Webhook& webhook) override {
    absl::MutexLock lock(&mutex);
    webhooks[webhook.key] = webhook;
  }
  void OnWebhookDeleted(int64_t webhook_key) override {
    absl::MutexLock lock(&mutex);
    deleted.insert(webhook_key);
  }
  void OnTokenCreated(const Token& token) override {
    absl::MutexLock lock(&mutex);
    tokens.insert(token.key);
  }
  void OnTokenDeleted(int64_t key) override {
    absl::MutexLock lock(&mutex);
    tokens.erase(key);
  }
  void OnOutcome(const std::string& project, const RecordedOutcome& outcome) override {
    absl::MutexLock lock(&mutex);
    outcomes.emplace_back(project, outcome.key);
  }
  void OnPendingElsewhere(int64_t waiting) override {
    absl::MutexLock lock(&mutex);
    elsewhere = waiting;
  }
  Cluster::Figures GetFigures() override {
    return {.waiting = 7,
            .oldest_waiting = absl::Seconds(3),
            .in_flight = 2,
            .waiting_by_project = {{"p", 4}, {"q", 3}}};
  }

  absl::Mutex mutex;
  std::map<int, int64_t> shards ABSL_GUARDED_BY(mutex);  // epochs
  std::set<int64_t> arrived ABSL_GUARDED_BY(mutex), reloaded ABSL_GUARDED_BY(mutex),
      deleted ABSL_GUARDED_BY(mutex), tokens ABSL_GUARDED_BY(mutex);
  std::map<int64_t, int64_t> waiting_again ABSL_GUARDED_BY(mutex);
  std::map<int64_t, Webhook> webhooks ABSL_GUARDED_BY(mutex);
  std::vector<std::pair<std::string, int64_t>> outcomes ABSL_GUARDED_BY(mutex);
  absl::Time confirmed ABSL_GUARDED_BY(mutex) = absl::InfinitePast();
  int64_t elsewhere ABSL_GUARDED_BY(mutex) = -1;
  bool reachable ABSL_GUARDED_BY(mutex) = true;
  std::atomic<bool> hangs = false;  // and so hands nothing over
  std::unique_ptr<PostgresStore> store;
  BlockingStore calls;
};

class PostgresClusterTest : public ::testing::Test {
 protected:
  static Webhook Create(Process& process) {
    Webhook webhook;
    webhook.project = "p";
    return process.calls.CreateWebhook(webhook).value().webhook;
  }
  static void AwaitKnown(Process& process, const Webhook& webhook) {
    absl::Notification known;
    process.store->cluster()->AwaitKnown(webhook.key, webhook.revision, [&] { known.Notify(); });
    EXPECT_TRUE(known.WaitForNotificationWithTimeout(kPatience));
  }
  // A process that is alive, has joined, and looks at nothing.
  void SetSilentProcess() {
    PostgresStore::Create({.url = url_}).value();  // makes the tables
    const auto connection = PostgresConnection::Open(url_, "test");
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)
                    ->Execute("UPDATE nodes SET says_what_it_knows = true, "
                              "expire_time = extract(epoch FROM now() + interval '1 hour') * 1000000 "
                              "WHERE slot = 63")
                    .ok());
  }
  static int64_t Accept(Process& process, int64_t webhook) {
    return process.calls.AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {webhook}}})
               .value()
               .events.at(0)
               .key +
           1;
  }
  static int64_t Record(Process& process, int64_t delivery, int64_t epoch) {
    Outcome outcome;
    outcome.delivery_key = delivery;
    outcome.state = DeliveryState::kDelivered;
    outcome.epoch = epoch;
    outcome.urgent = true;
    return process.calls.RecordOutcome(outcome);
  }

  const std::string url_ = NewStoreDatabase();
  const std::string database_ = url_.substr(url_.rfind('/') + 1);
};

TEST_F(PostgresClusterTest, WhatIsAwaitedIsKnownToTheOthersBeforeTheAnswer) {
  Process first(url_), second(url_), third(url_);
  for (Process* process : {&first, &second, &third}) process->Join();
  for (Process* process : {&first, &second, &third}) {
    ASSERT_TRUE(
        process->Await([](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return !self.shards.empty(); }));
  }
  for (int i = 0; i < 20; ++i) {
    const Webhook webhook = Create(first);
    AwaitKnown(first, webhook);
    EXPECT_TRUE(second.Knows(webhook.key)) << i;
    EXPECT_TRUE(third.Knows(webhook.key)) << i;
    AwaitKnown(first, webhook);  // again
  }
}

TEST_F(PostgresClusterTest, AProcessThatHasNotJoinedIsNotAwaited) {
  Process first(url_), second(url_);
  first.Join();
  AwaitKnown(first, Create(first));
}

TEST_F(PostgresClusterTest, AProcessThatSaysNothingIsAwaitedForALease) {
  SetSilentProcess();
  constexpr absl::Duration kLease = absl::Seconds(1);
  Process process(url_, kLease);
  process.Join();
  const Webhook webhook = Create(process);
  const absl::Time began = Clock::Real()->Steady();
  AwaitKnown(process, webhook);
  EXPECT_GE(Clock::Real()->Steady(), began + kLease);
}

TEST_F(PostgresClusterTest, AProcessThatLeavesAwaitsNobody) {
  SetSilentProcess();
  Process process(url_, absl::Hours(1));
  process.Join();
  absl::Notification known;
  const Webhook webhook = Create(process);
  process.store->cluster()->AwaitKnown(webhook.key, webhook.revision, [&] { known.Notify(); });
  process.Leave();
  EXPECT_TRUE(known.HasBeenNotified());
  AwaitKnown(process, webhook);
}

TEST_F(PostgresClusterTest, OneProcessHoldsEveryShardAndIsConfirmed) {
  Process process(url_);
  process.Join();
  EXPECT_TRUE(process.AwaitShards(kShards));
  EXPECT_TRUE(process.Await([](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.confirmed > Clock::Real()->Steady() && self.elsewhere == 0;
  }));
}

TEST_F(PostgresClusterTest, ShardsAreSharedEvenlyAsProcessesComeAndGo) {
  Process first(url_), second(url_);
  first.Join();
  ASSERT_TRUE(first.AwaitShards(kShards));
  second.Join();
  EXPECT_TRUE(first.AwaitShards(kShards / 2));
  EXPECT_TRUE(second.AwaitShards(kShards / 2));
  const std::map<int, int64_t> of_first = first.Shards();
  for (const auto& [shard, epoch] : second.Shards()) {
    EXPECT_FALSE(of_first.contains(shard));
    EXPECT_EQ(epoch, 2);
  }
  EXPECT_TRUE(first.Await([](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.elsewhere == 7; }));
  second.Leave();
  EXPECT_TRUE(first.AwaitShards(kShards));
}

TEST_F(PostgresClusterTest, ProcessesThatJoinAtOnceTakeNothingFromEachOther) {
  for (int round = 0; round < 20; ++round) {
    Process first(url_), second(url_);
    first.Join();
    second.Join();
    ASSERT_TRUE(first.AwaitShards(kShards / 2) && second.AwaitShards(kShards / 2)) << round;
    const std::map<int, int64_t> of_first = first.Shards();
    for (const auto& [shard, epoch] : second.Shards()) ASSERT_FALSE(of_first.contains(shard)) << round;
  }
}

TEST_F(PostgresClusterTest, AProcessThatRetiresHandsOverAllItHolds) {
  Process first(url_), second(url_);
  first.Join();
  ASSERT_TRUE(first.AwaitShards(kShards));
  second.Join();
  ASSERT_TRUE(second.AwaitShards(kShards / 2));
  first.store->cluster()->Retire();
  EXPECT_TRUE(first.AwaitShards(0));
  EXPECT_TRUE(second.AwaitShards(kShards));
}

TEST_F(PostgresClusterTest, AProcessThatIsUnableToSendLosesItsShardsToTheOthersWithoutHandingOver) {
  Process first(url_), second(url_);
  first.Join();
  ASSERT_TRUE(first.AwaitShards(kShards));
  first.hangs = true;
  second.Join();
  first.store->cluster()->SetAble(false);
  EXPECT_TRUE(first.AwaitShards(0));
  ASSERT_TRUE(second.AwaitShards(kShards));
  for (const auto& [shard, epoch] : second.Shards()) EXPECT_EQ(epoch, 2);
  first.store->cluster()->SetAble(true);
  EXPECT_TRUE(first.AwaitShards(kShards / 2));
  EXPECT_TRUE(second.AwaitShards(kShards / 2));
}

TEST_F(PostgresClusterTest, WithoutOthersAProcessThatIsUnableToSendHoldsNoShardUntilItIsAbleAgain) {
  Process process(url_);
  const Webhook webhook = Create(process);
  process.Join();
  ASSERT_TRUE(process.AwaitShards(kShards));
  const int64_t epoch = process.EpochOf(webhook.key);
  const int64_t delivery = Accept(process, webhook.key);
  process.store->cluster()->SetAble(false);
  ASSERT_TRUE(process.AwaitShards(0));
  while (process.ListNodes().at(0).shards > 0) {
  }
  EXPECT_EQ(Record(process, delivery, epoch), 0);
  process.store->cluster()->SetAble(true);
  ASSERT_TRUE(process.AwaitShards(kShards));
  EXPECT_EQ(Record(process, delivery, epoch), 0);
  EXPECT_NE(Record(process, delivery, process.EpochOf(webhook.key)), 0);
}

TEST_F(PostgresClusterTest, AProcessThatJoinsUnableToSendAcquiresNothingBeforeItIsAble) {
  Process first(url_), second(url_);
  first.store->cluster()->SetAble(false);
  first.Join();
  second.Join();
  EXPECT_TRUE(second.AwaitShards(kShards));
  EXPECT_TRUE(first.AwaitShards(0));
  first.store->cluster()->SetAble(true);
  EXPECT_TRUE(first.AwaitShards(kShards / 2));
}

TEST_F(PostgresClusterTest, AShardThatTheStoreHasAsItsOwnUnknownToItIsReleasedAndAcquired) {
  Process process(url_);
  process.Join();
  ASSERT_TRUE(process.AwaitShards(kShards));
  // As when the answer to an acquisition was lost: its epoch is not the one that is known.
  PostgresServer::Shared().Execute("UPDATE shards SET epoch = epoch + 1 WHERE shard = 5", database_);
  EXPECT_TRUE(process.Await([](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.shards.size() == kShards && self.shards.at(5) == 3;
  }));
}

TEST_F(PostgresClusterTest, KeysOfTwoProcessesNeverMeetAndGrowInTheOrderOfAcceptance) {
  Process first(url_), second(url_);
  int64_t last = 0;
  for (int i = 0; i < 50; ++i) {
    const int64_t key = Accept(i % 2 == 0 ? first : second, 1);
    EXPECT_GT(key, last);
    last = key;
  }
  EXPECT_NE(SlotOfKey(Accept(first, 1)), SlotOfKey(Accept(second, 1)));
}

TEST_F(PostgresClusterTest, TheHolderIsToldOfWhatAnotherStoredForIt) {
  Process holder(url_), other(url_);
  const Webhook webhook = Create(other);
  holder.Join();
  ASSERT_TRUE(holder.AwaitShards(kShards));
  EXPECT_TRUE(holder.Await(
      [&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.webhooks.contains(webhook.key); }));
  const int64_t delivery = Accept(other, webhook.key);
  EXPECT_TRUE(holder.Await([&](Process& self)
                               ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.arrived.contains(delivery); }));
  EXPECT_NE(Record(holder, delivery, holder.EpochOf(webhook.key)), 0);
  ASSERT_THAT(other.calls.RetryDeliveries("p", {delivery}, absl::Now()).value(), SizeIs(1));
  EXPECT_TRUE(holder.Await(
      [&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.waiting_again[webhook.key] == 1; }));
}

TEST_F(PostgresClusterTest, WhatNobodyToldOfIsFoundAllTheSame) {
  Process holder(url_), other(url_);
  const Webhook webhook = Create(other);
  holder.Join();
  ASSERT_TRUE(holder.AwaitShards(kShards));
  const int64_t told = Accept(other, webhook.key);
  ASSERT_TRUE(holder.Await([&](Process& self)
                               ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.arrived.contains(told); }));
  // Stored by somebody who ended before he could tell: a row of the same event, a key further.
  PostgresServer::Shared().Execute(
      absl::StrCat(
          "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) SELECT "
          "(extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20, event_key, webhook_key, project, "
          "1, 1 FROM deliveries WHERE key = ",
          told),
      database_);
  EXPECT_TRUE(
      holder.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.arrived.size() == 2; }));
}

TEST_F(PostgresClusterTest, AnOutcomeOfAnOlderEpochIsRefusedAndLeavesTheDeliveryAsItStands) {
  Process first(url_), second(url_);
  const Webhook webhook = Create(first);
  first.Join();
  ASSERT_TRUE(first.AwaitShards(kShards));
  const int64_t epoch = first.EpochOf(webhook.key);
  const int64_t delivery = Accept(first, webhook.key);
  first.store->cluster()->Retire();
  ASSERT_TRUE(first.AwaitShards(0));
  second.Join();
  ASSERT_TRUE(second.AwaitShards(kShards));
  EXPECT_EQ(Record(first, delivery, epoch), 0);
  EXPECT_EQ(first.calls.GetDelivery("p", delivery)->state, DeliveryState::kPending);
  EXPECT_THAT(first.calls.GetDelivery("p", delivery)->attempts, IsEmpty());
  EXPECT_EQ(Record(second, delivery, epoch), 0);
  EXPECT_NE(Record(second, delivery, second.EpochOf(webhook.key)), 0);
}

TEST_F(PostgresClusterTest, AProcessWhosePlaceWasTakenWritesNothingAndTakesAnother) {
  Process process(url_);
  process.Join();
  ASSERT_TRUE(process.AwaitShards(kShards));
  const std::map<int, int64_t> before = process.Shards();
  PostgresServer::Shared().Execute("UPDATE nodes SET epoch = epoch + 1 WHERE expire_time > 0", database_);
  EXPECT_TRUE(absl::IsUnavailable(
      process.calls.AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {}}}).status()));
  EXPECT_TRUE(process.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.shards.size() == kShards && self.shards.at(0) > before.at(0);
  }));
  EXPECT_TRUE(process.calls.AcceptEvents("p", {{.type = 1, .event = "e", .webhooks = {}}}).ok());
}

TEST_F(PostgresClusterTest, ATakeoverHasWhatWaitsAndWhatFails) {
  Process process(url_);
  const Webhook webhook = Create(process);
  Accept(process, webhook.key);
  const absl::Time since = absl::FromUnixMicros(1'790'000'000'000'000);
  process.store->SetFailingSince(webhook.key, since);
  Accept(process, webhook.key);
  for (const bool of_it : {true, false}) {
    absl::Notification answered;
    absl::StatusOr<Cluster::ShardContents> takeover = absl::UnknownError("");
    process.store->cluster()->LoadShards({(ShardOf(webhook.key) + (of_it ? 0 : 1)) % kShards},
                                         [&](absl::StatusOr<Cluster::ShardContents> answer) {
                                           takeover = std::move(answer);
                                           answered.Notify();
                                         });
    answered.WaitForNotification();
    ASSERT_TRUE(takeover.ok()) << takeover.status();
    ASSERT_EQ(takeover->backlogs.size(), of_it ? 1u : 0u);
    ASSERT_EQ(takeover->failing_since.size(), of_it ? 1u : 0u);
    if (!of_it) continue;
    EXPECT_EQ(takeover->backlogs[0].webhook_key, webhook.key);
    EXPECT_EQ(takeover->backlogs[0].project, "p");
    EXPECT_EQ(takeover->backlogs[0].count, 2);
    EXPECT_EQ(takeover->failing_since[0], std::pair(webhook.key, since));
  }
}

TEST_F(PostgresClusterTest, ConfigurationReachesTheOtherProcesses) {
  Process first(url_), second(url_);
  second.Join();
  const Webhook webhook = Create(first);
  Token token;
  absl::Notification created;
  first.store->CreateToken(token, [&](absl::StatusOr<Token> made) {
    token = made.value();
    created.Notify();
  });
  created.WaitForNotification();
  EXPECT_TRUE(second.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.webhooks.contains(webhook.key) && self.tokens.contains(token.key);
  }));
  ASSERT_TRUE(first.calls
                  .UpdateWebhook("p", webhook.id,
                                 [](Webhook& edit) {
                                   edit.disabled = true;
                                   return absl::OkStatus();
                                 })
                  .ok());
  EXPECT_TRUE(second.Await(
      [&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.webhooks[webhook.key].disabled; }));
  ASSERT_TRUE(first.calls.DeleteWebhook("p", webhook.id).ok());
  first.store->DeleteToken(token.id, [](const absl::StatusOr<Token>&) {});
  EXPECT_TRUE(second.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.deleted.contains(webhook.key) && self.tokens.empty();
  }));
}

TEST_F(PostgresClusterTest, ADeletedProjectTakesNothingMoreOfOtherProcesses) {
  Process first(url_), second(url_);
  second.Join();
  const Webhook webhook = Create(second);
  const int64_t old =
      Accept(second, webhook.key) - 1;  // from here on the second has the project's key in memory
  const auto deleted =
      first.calls.DeleteProject("p", [](const Project&, int64_t) { return absl::OkStatus(); });
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  const int64_t fresh = Accept(second, webhook.key) - 1;
  EXPECT_TRUE(second.calls.GetEvent("p", fresh).ok());
  EXPECT_TRUE(first.calls.GetEvent("p", fresh).ok());
  EXPECT_TRUE(absl::IsNotFound(second.calls.GetEvent("p", old).status()));
  // A webhook that is known by then belongs to the new project too.
  const Webhook next = Create(second);
  ASSERT_TRUE(first.calls.DeleteProject("p").ok());
  EXPECT_TRUE(first.store->LoadWebhooks()->empty());
  absl::Notification known;
  first.store->cluster()->AwaitKnown(webhook.key, deleted->revision, [&] { known.Notify(); });
  EXPECT_TRUE(known.WaitForNotificationWithTimeout(kPatience));
  EXPECT_TRUE(second.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return self.deleted.contains(webhook.key) && self.deleted.contains(next.key);
  }));
}

TEST_F(PostgresClusterTest, AProjectThatAnOlderProcessCreatedHasNoCreateTime) {
  Process process(url_);
  const auto connection = PostgresConnection::Open(url_, "test");
  ASSERT_TRUE((*connection)->Execute("INSERT INTO projects (name) VALUES ('old')").ok());
  const auto project = process.calls.GetProject("old");
  ASSERT_TRUE(project.ok()) << project.status();
  EXPECT_EQ(project->create_time, std::nullopt);
  EXPECT_EQ(project->display_name, "");
  EXPECT_TRUE(process.calls.UpdateProject("old", [](Project&) { return absl::OkStatus(); }).ok());
}

TEST_F(PostgresClusterTest, AProjectIsNotDeletedWhileAProcessOfAnOlderVersionRuns) {
  SetSilentProcess();
  Process process(url_);
  Create(process);
  const absl::Status refused = process.calls.DeleteProject("p").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  const auto connection = PostgresConnection::Open(url_, "test");
  ASSERT_TRUE((*connection)->Execute("UPDATE nodes SET expire_time = 0 WHERE slot = 63").ok());
  EXPECT_TRUE(process.calls.DeleteProject("p").ok());
}

TEST_F(PostgresClusterTest, AProcessThatAddsAWebhookWhileItsProjectIsDeletedAddsItToANewProject) {
  Process first(url_), second(url_);
  Create(first);
  const int64_t key = first.calls.GetProject("p")->key;
  // Holds the deletion back until the other process waits for it.
  absl::Notification creating, created;
  absl::StatusOr<Store::Created> webhook;
  std::thread other([&] {
    creating.WaitForNotification();
    Webhook next;
    next.project = "p";
    webhook = second.calls.CreateWebhook(next);
    created.Notify();
  });
  const auto deleted = first.calls.DeleteProject("p", [&](const Project&, int64_t) {
    creating.Notify();
    EXPECT_FALSE(created.WaitForNotificationWithTimeout(absl::Milliseconds(200)));
    return absl::OkStatus();
  });
  other.join();
  ASSERT_TRUE(deleted.ok() && webhook.ok()) << deleted.status() << webhook.status();
  EXPECT_NE(first.calls.GetProject("p")->key, key);
  EXPECT_THAT(first.store->LoadWebhooks().value(), SizeIs(1));
}

TEST_F(PostgresClusterTest, PendingDeliveriesOfOtherProcessesAreThoseThatTheyReport) {
  Process first(url_), second(url_), third(url_);
  Create(first);
  first.calls.AcceptEvents("q", {{.type = 1, .event = "e", .webhooks = {}}}).value();
  for (Process* process : {&first, &second, &third}) process->Join();
  ASSERT_TRUE(first.Await([](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS { return self.elsewhere == 14; }));
  EXPECT_EQ(first.calls.GetProject("p")->pending_elsewhere, 8);
  const auto listed = first.calls.ListProjects({.limit = 10});
  ASSERT_TRUE(listed.ok()) << listed.status();
  ASSERT_THAT(*listed, SizeIs(2));
  EXPECT_EQ(listed->at(0).pending_elsewhere, 8);
  EXPECT_EQ(listed->at(1).pending_elsewhere, 6);
  third.Leave();
  EXPECT_EQ(first.calls.GetProject("q")->pending_elsewhere, 3);
}

TEST_F(PostgresClusterTest, OutcomesOfOthersAreToldOnceWhileTheyAreWatched) {
  Process watcher(url_), other(url_);
  watcher.Join();
  const Webhook webhook = Create(other);
  EXPECT_NE(Record(other, Accept(other, webhook.key), 0), 0);
  absl::Notification watched;
  watcher.store->cluster()->SetWatched(true, [&] { watched.Notify(); });
  watched.WaitForNotification();
  std::vector<int64_t> keys;
  for (int i = 0; i < 20; ++i) keys.push_back(Record(other, Accept(other, webhook.key), 0));
  EXPECT_NE(Record(watcher, Accept(other, webhook.key), 0), 0);  // its own: it knows
  const int64_t last = Record(other, Accept(other, webhook.key), 0);
  keys.push_back(last);
  ASSERT_TRUE(watcher.Await([&](Process& self) ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return !self.outcomes.empty() && self.outcomes.back().second == last;
  }));
  absl::MutexLock lock(&watcher.mutex);
  std::vector<int64_t> told;
  for (const auto& [project, key] : watcher.outcomes) {
    EXPECT_EQ(project, "p");
    told.push_back(key);
  }
  std::sort(told.begin(), told.end());
  EXPECT_EQ(told, keys);
}

TEST_F(PostgresClusterTest, ProcessesAreListedWithWhatTheySayOfThemselves) {
  Process first(url_), second(url_);
  first.Join("one:1");
  second.Join("two:2");
  ASSERT_TRUE(first.AwaitShards(kShards / 2) && second.AwaitShards(kShards / 2));
  const std::vector<Cluster::Node> nodes = first.ListNodes();
  ASSERT_THAT(nodes, SizeIs(2));
  EXPECT_EQ(nodes[0].address, "one:1");
  EXPECT_EQ(nodes[1].address, "two:2");
  for (const Cluster::Node& node : nodes) {
    EXPECT_EQ(node.shards, kShards / 2);
    EXPECT_EQ(node.figures.waiting, 7);
    EXPECT_EQ(node.figures.oldest_waiting, absl::Seconds(3));
    EXPECT_EQ(node.figures.in_flight, 2);
    EXPECT_NE(node.id, "");
  }
}

}  // namespace
}  // namespace hookd
