#include "delivery/webhook_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

QueuedDelivery WithKey(int64_t key) {
  return {.key = key,
          .event_key = key,
          .webhook_key = 1,
          .attempt = 1,
          .body = std::make_shared<std::string>("{}")};
}

std::vector<QueuedDelivery> WithKeys(std::vector<int64_t> keys) {
  std::vector<QueuedDelivery> deliveries;
  for (int64_t key : keys) deliveries.push_back(WithKey(key));
  return deliveries;
}

std::vector<int64_t> PopAll(WebhookQueue& queue) {
  std::vector<int64_t> keys;
  while (queue.size() > 0) keys.push_back(queue.Pop().key);
  return keys;
}

TEST(WebhookQueueTest, GivesDeliveriesInTheOrderTheyCame) {
  WebhookQueue queue;
  queue.Push(WithKey(1), true);
  queue.Push(WithKey(2), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, WhatHasNoRoomIsLeftToTheStoreAndSoIsAllAfterIt) {
  WebhookQueue queue;
  queue.Push(WithKey(1), true);
  EXPECT_EQ(queue.Push(WithKey(2), false), 0u);
  EXPECT_EQ(queue.Push(WithKey(3), true), 0u);
  EXPECT_THAT(PopAll(queue), ElementsAre(1));
  EXPECT_TRUE(queue.more_in_store());
  EXPECT_EQ(queue.last_key(), 1);
}

TEST(WebhookQueueTest, ReadsBackWhatWasLeft) {
  WebhookQueue queue;
  queue.Push(WithKey(1), false);
  queue.BeginRead();
  queue.EndRead(WithKeys({1, 2}), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, KnowsThatMoreIsLeftAfterAFullPage) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.EndRead(WithKeys({1, 2}), false);
  queue.Push(WithKey(9), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.more_in_store());
  EXPECT_EQ(queue.last_key(), 2);
}

TEST(WebhookQueueTest, WhatComesDuringTheLastReadFollowsIt) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.Push(WithKey(5), true);
  queue.EndRead(WithKeys({1, 2}), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 5));
  EXPECT_TRUE(queue.idle());
}

TEST(WebhookQueueTest, WhatTheReadGaveIsNotTakenTwice) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.Push(WithKey(2), true);
  queue.Push(WithKey(3), true);
  queue.EndRead(WithKeys({1, 2}), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2, 3));
}

TEST(WebhookQueueTest, WhatComesDuringAReadThatWasNotTheLastIsLeftToTheStore) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.Push(WithKey(5), true);
  queue.EndRead(WithKeys({1, 2}), false);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 2));
  EXPECT_TRUE(queue.more_in_store());
}

TEST(WebhookQueueTest, WhatFindsNoRoomDuringAReadIsReadNext) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.Push(WithKey(5), true);
  queue.Push(WithKey(6), false);
  queue.Push(WithKey(7), true);
  queue.EndRead(WithKeys({1}), true);
  EXPECT_THAT(PopAll(queue), ElementsAre(1, 5));
  EXPECT_TRUE(queue.more_in_store());
  EXPECT_EQ(queue.last_key(), 5);
}

TEST(WebhookQueueTest, AFailedReadLosesNothing) {
  WebhookQueue queue;
  queue.AssumeMoreInStore();
  queue.BeginRead();
  queue.Push(WithKey(5), true);
  queue.FailRead();
  EXPECT_FALSE(queue.reading());
  EXPECT_TRUE(queue.more_in_store());
  EXPECT_EQ(queue.last_key(), 0);
}

TEST(WebhookQueueTest, AccountsForEveryByte) {
  WebhookQueue queue;
  auto bytes = static_cast<ptrdiff_t>(queue.Push(WithKey(1), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(2), false));
  bytes -= static_cast<ptrdiff_t>(WebhookQueue::Bytes(queue.Pop()));
  queue.BeginRead();
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(3), true));
  bytes += queue.FailRead();
  queue.BeginRead();
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(4), true));
  bytes += static_cast<ptrdiff_t>(queue.Push(WithKey(5), true));
  bytes += queue.EndRead(WithKeys({2, 3, 4}), true);
  while (queue.size() > 0) bytes -= static_cast<ptrdiff_t>(WebhookQueue::Bytes(queue.Pop()));
  EXPECT_EQ(bytes, 0);
}

}  // namespace
}  // namespace hookd
