#include "delivery/engine.h"

#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/event.pb.h"
#include "payload/payload.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_cluster.h"
#include "tests/support/fake_http_client.h"
#include "tests/support/fake_random.h"
#include "tests/support/fake_store.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

// An engine that is made by each test, on a store with one webhook of project p.
class EngineTest : public ::testing::Test {
 protected:
  EngineTest() {
    Webhook webhook;
    webhook.project = "p";
    webhook.id = "a";
    webhook.url = "http://a/";
    webhook.event_types = EventTypes(0b10);
    webhook.max_concurrency = 1;
    store_.CreateWebhook(webhook, std::nullopt, [&](auto created) { webhook_ = created->webhook.key; });
    event_.mutable_sent();
  }
  ~EngineTest() override {
    if (engine_ != nullptr) engine_->Drain(absl::ZeroDuration());
    http_.reset();
  }

  void Create(std::optional<Retention::Options> retention = std::nullopt) {
    engine_ = Engine::Create({.store = &store_,
                              .http = http_.get(),
                              .clock = &clock_,
                              .random = &random_,
                              .metrics = &metrics_,
                              .retention = retention})
                  .value();
  }

  absl::Status Accept() {
    absl::Status status;
    engine_->acceptor()->Accept("p",
                                {{.type = v1::EVENT_TYPE_SENT,
                                  .event = event_.SerializeAsString(),
                                  .json = std::make_shared<std::string>(ToJson(event_))}},
                                std::nullopt, [&](auto accepted) { status = accepted.status(); });
    return status;
  }

  void Store() {
    store_.AcceptEvents("p", {{.type = 1, .event = event_.SerializeAsString(), .webhooks = {webhook_}}},
                        std::nullopt, [](auto) {});
  }

  FakeClock clock_;
  FakeRandom random_;
  Metrics metrics_;
  FakeStore store_{&clock_};
  FakeCluster cluster_{&store_};
  std::unique_ptr<FakeHttpClient> http_ = std::make_unique<FakeHttpClient>();
  std::unique_ptr<Engine> engine_;
  int64_t webhook_ = 0;
  v1::Event event_;
};

TEST_F(EngineTest, RefusesEventsUntilPendingDeliveriesAreCounted) {
  Create();
  EXPECT_TRUE(absl::IsUnavailable(Accept()));
  ASSERT_TRUE(engine_->Start().ok());
  EXPECT_TRUE(Accept().ok());
  EXPECT_THAT(http_->waiting(), SizeIs(1));
}

TEST_F(EngineTest, DeliversWhatIsPendingToTheWebhooksInTheStore) {
  Store();
  Create();
  EXPECT_NE(engine_->webhooks()->Get("p", "a"), nullptr);
  EXPECT_THAT(http_->waiting(), IsEmpty());
  ASSERT_TRUE(engine_->Start().ok());
  EXPECT_EQ(engine_->counts()->total(), 1);
  EXPECT_THAT(http_->waiting(), SizeIs(1));
}

TEST_F(EngineTest, OnASharedStoreItAcceptsEventsAndDeliversInTheShardsItAcquires) {
  store_.SetCluster(&cluster_);
  Create();
  ASSERT_TRUE(engine_->Start().ok());
  ASSERT_TRUE(Accept().ok());
  EXPECT_THAT(http_->waiting(), IsEmpty());
  engine_->dispatcher()->Confirm(absl::InfiniteFuture());
  engine_->dispatcher()->Acquire({{.number = ShardOf(webhook_), .epoch = 1}});
  EXPECT_THAT(http_->waiting(), SizeIs(1));
}

TEST_F(EngineTest, ReturnsTheStoresError) {
  store_.FailReads(absl::UnavailableError("gone"));
  const auto engine = Engine::Create(
      {.store = &store_, .http = http_.get(), .clock = &clock_, .random = &random_, .metrics = &metrics_});
  EXPECT_EQ(engine.status(), absl::UnavailableError("gone"));
}

TEST_F(EngineTest, DeletesExpiredEventsUntilItIsDrained) {
  Store();
  const size_t records = store_.size();
  Create(Retention::Options{.keep = absl::Hours(1)});
  ASSERT_TRUE(engine_->Start().ok());
  http_->AnswerNext({.status = 200});
  clock_.Advance(absl::Hours(1) + 2 * tuning::kPurgeInterval);
  EXPECT_LT(store_.size(), records);
  engine_->Drain(absl::ZeroDuration());
  EXPECT_EQ(clock_.NextDue(), absl::InfiniteFuture());
}

TEST_F(EngineTest, DrainingEndsWatchesAndBeginsNoAttempt) {
  Create();
  ASSERT_TRUE(engine_->Start().ok());
  const auto watch = engine_->feed()->Subscribe({.project = "p"}, [] {}).value();
  engine_->Drain(absl::ZeroDuration());
  EXPECT_TRUE(watch->closed());
  EXPECT_TRUE(Accept().ok());
  EXPECT_THAT(http_->waiting(), IsEmpty());
}

}  // namespace
}  // namespace hookd
