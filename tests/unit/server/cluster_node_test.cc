#include "cluster_node.h"

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The parts of a node, most of them from the engine under test.
ClusterNode::Parts PartsOf(TestEngine& engine, Tokens* tokens, Health* health, Cluster* cluster) {
  return {.cluster = cluster,
          .engine = engine.engine.get(),
          .tokens = tokens,
          .health = health,
          .clock = &engine.clock};
}

// One process of several; the test plays the others.
class ClusterNodeTest : public ::testing::Test {
 protected:
  ClusterNodeTest() {
    node_.Join("10.0.0.1:50051");
    node_.OnConfirmed(absl::InfiniteFuture());
  }
  int shard() const { return ShardOf(webhook_); }

  TestEngine engine_{{}, {}, /*shared=*/true};
  Tokens tokens_{&engine_.store, &engine_.clock};
  Health health_{"", {}};
  ClusterNode node_{PartsOf(engine_, &tokens_, &health_, &engine_.cluster)};
  const int64_t webhook_ = engine_.Create("a");
};

TEST_F(ClusterNodeTest, IsWhomItsClusterTells) {
  EXPECT_EQ(engine_.cluster.listener(), &node_);
  std::vector<Cluster::Node> nodes;
  node_.ListNodes([&](auto listed) { nodes = *listed; });
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_EQ(nodes[0].address, "10.0.0.1:50051");
  EXPECT_EQ(node_.name(), "nodes/" + nodes[0].id);
}

TEST_F(ClusterNodeTest, AttemptsWhatIsInItsShardsAndWhatOthersStoreForThem) {
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  node_.OnAcquired({{.number = shard(), .epoch = 7}});
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  int64_t stored = 0;
  engine_.store.AcceptEvents("p", {{.type = 1, .event = "", .webhooks = {webhook_}}}, std::nullopt,
                             [&](auto accepted) { stored = accepted->events[0].key + 1; });
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  node_.OnArrived({{.project = "p", .webhook_key = webhook_, .keys = {stored}}});
  EXPECT_THAT(engine_.UnderWay(), SizeIs(2));
  const Cluster::Figures figures = node_.GetFigures();
  EXPECT_EQ(figures.waiting, 2);
  EXPECT_EQ(figures.in_flight, 2);
}

TEST_F(ClusterNodeTest, BeginsNothingInAShardThatItLostOrIsToHandOver) {
  node_.OnAcquired({{.number = shard(), .epoch = 7}});
  node_.OnLost({shard()});
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  node_.OnAcquired({{.number = shard(), .epoch = 8}});
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  node_.OnRelease({shard()});
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  EXPECT_THAT(engine_.cluster.handed_over(), IsEmpty());
  engine_.AnswerAllWith(200);
  EXPECT_THAT(engine_.cluster.handed_over(), ElementsAre(shard()));
}

TEST_F(ClusterNodeTest, UnableToSendItBeginsNothingAndIgnoresWhatHungUntilItIsAbleAgain) {
  engine_.cluster.Acquire({{.number = shard(), .epoch = 7}});
  const int64_t delivery = engine_.Emit().at(0) + 1;
  ASSERT_THAT(engine_.UnderWay(), SizeIs(1));
  engine_.cluster.SetAble(false);
  engine_.store.SetEpoch(shard(), 8);
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  EXPECT_THAT(engine_.cluster.handed_over(), IsEmpty());
  ASSERT_TRUE(engine_.http->AnswerNext({.status = 500}));
  EXPECT_EQ(engine_.Get(delivery).state, DeliveryState::kPending);
  engine_.cluster.SetAble(true);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Get(delivery).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine_.Count(DeliveryState::kDelivered), 2);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(ClusterNodeTest, BeginsNothingOnceWhatItKnowsIsTooOld) {
  TestEngine engine({}, {}, /*shared=*/true);
  ClusterNode node(PartsOf(engine, &tokens_, &health_, &engine.cluster));
  const int64_t webhook = engine.Create("a");
  engine.Emit();
  node.OnConfirmed(engine.clock.Steady() - absl::Seconds(1));
  node.OnAcquired({{.number = ShardOf(webhook), .epoch = 7}});
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  node.OnConfirmed(engine.clock.Steady() + absl::Seconds(1));
  engine.clock.FireDue();
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST_F(ClusterNodeTest, MakesAnAttemptThatSomebodyElseAskedForAgain) {
  node_.OnAcquired({{.number = shard(), .epoch = 7}});
  const int64_t event = engine_.Emit().at(0);
  engine_.AnswerAllWith(500);
  ASSERT_EQ(engine_.Get(event + 1).state, DeliveryState::kFailed);
  engine_.store.RetryDeliveries("p", {event + 1}, engine_.clock.Now(), [](auto retried) {
    ASSERT_TRUE(retried.ok());
    EXPECT_THAT(*retried, SizeIs(1));
  });
  node_.OnRedelivered("p", webhook_, 1, engine_.clock.Now());
  engine_.clock.FireDue();
  EXPECT_EQ(engine_.counts.total(), 1);
  engine_.AnswerAllWith(200);
  EXPECT_EQ(engine_.Get(event + 1).state, DeliveryState::kDelivered);
  EXPECT_EQ(engine_.counts.total(), 0);
}

TEST_F(ClusterNodeTest, KnowsWebhooksAsOthersChangeThem) {
  node_.OnAcquired({{.number = shard(), .epoch = 7}});
  Webhook changed = engine_.store.LoadWebhooks()->at(0);
  changed.disabled = true;
  ++changed.revision;
  node_.OnWebhookChanged(changed);
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
  changed.disabled = false;
  ++changed.revision;
  node_.OnWebhookChanged(changed);
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), SizeIs(1));
  engine_.AnswerAllWith(200);
  node_.OnWebhookDeleted(webhook_);
  engine_.Emit();
  EXPECT_THAT(engine_.UnderWay(), IsEmpty());
}

TEST_F(ClusterNodeTest, KnowsTokensAsOthersMakeAndDeleteThem) {
  Token token;
  token.key = 1;
  token.id = "t";
  token.secret_hash = HashSecret("secret");
  node_.OnTokenCreated(token);
  const auto grant = tokens_.FindBySecret("secret");
  ASSERT_NE(grant, nullptr);
  node_.OnTokenDeleted(1);
  EXPECT_EQ(tokens_.FindBySecret("secret"), nullptr);
  EXPECT_FALSE(grant->valid(engine_.clock.Now()));
}

TEST_F(ClusterNodeTest, ServesWhileTheStoreCanBeReached) {
  health_.SetRecovered();
  EXPECT_TRUE(health_.serving());
  node_.OnReachable(false);
  EXPECT_FALSE(health_.serving());
  node_.OnReachable(true);
  EXPECT_TRUE(health_.serving());
}

TEST_F(ClusterNodeTest, ItsWatchersAreToldTheOutcomesOfOthers) {
  OutcomeQuery query;
  query.project = "p";
  EXPECT_FALSE(engine_.cluster.watched());
  RecordedOutcome outcome{.key = 5, .delivery = {.key = 4, .state = DeliveryState::kDelivered, .error = ""}};
  node_.OnOutcome("p", outcome);  // there is no watcher
  const auto watcher = engine_.feed.Subscribe(query, [] {}).value();
  EXPECT_TRUE(engine_.cluster.watched());
  EXPECT_EQ(watcher->Take().outcome, nullptr);
  node_.OnOutcome("p", outcome);
  const auto taken = watcher->Take();
  ASSERT_NE(taken.outcome, nullptr);
  EXPECT_EQ(taken.outcome->delivery.key, 4);
}

TEST_F(ClusterNodeTest, WhatWaitsElsewhereCountsAgainstTheLimitInAll) {
  TestEngine engine({}, {.per_project = 10, .total = 10}, /*shared=*/true);
  ClusterNode node(PartsOf(engine, &tokens_, &health_, &engine.cluster));
  node.OnPendingElsewhere(10);
  EXPECT_TRUE(absl::IsResourceExhausted(engine.counts.Add("p", 1)));
  node.OnPendingElsewhere(9);
  EXPECT_TRUE(engine.counts.Add("p", 1).ok());
}

TEST(LonelyClusterNodeTest, WithoutAClusterItIsTheOnlyNodeAndHasEveryShard) {
  TestEngine engine;
  Tokens tokens(&engine.store, &engine.clock);
  Health health("", {});
  ClusterNode node(PartsOf(engine, &tokens, &health, nullptr));
  node.Join("127.0.0.1:50051");
  std::vector<Cluster::Node> nodes;
  node.ListNodes([&](auto listed) { nodes = *listed; });
  ASSERT_THAT(nodes, SizeIs(1));
  EXPECT_EQ(nodes[0].address, "127.0.0.1:50051");
  EXPECT_EQ(nodes[0].shards, kShards);
}

}  // namespace
}  // namespace hookd
