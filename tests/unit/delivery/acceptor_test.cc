#include "delivery/acceptor.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(AcceptorTest, AnEventGoesToEveryEnabledWebhookOfItsProjectThatWantsIt) {
  TestEngine engine;
  engine.Create("a");
  engine.Create("b");
  engine.Create("disabled");
  engine.SetDisabled("disabled", true);
  EXPECT_EQ(engine.acceptor.CountWebhooks("p", 1), 2);
  EXPECT_EQ(engine.acceptor.CountWebhooks("p", 2), 0);
  EXPECT_EQ(engine.acceptor.CountWebhooks("other", 1), 0);
  engine.Emit();
  EXPECT_THAT(engine.UnderWay(), ::testing::UnorderedElementsAre("http://a/", "http://b/"));
}

TEST(AcceptorTest, NothingIsSentBeforeItIsStored) {
  TestEngine engine;
  engine.Create("a");
  engine.store.HoldCommits();
  engine.Emit();
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
  engine.store.ReleaseCommits();
  EXPECT_THAT(engine.UnderWay(), SizeIs(1));
}

TEST(AcceptorTest, WhatCouldNotBeStoredIsAnsweredWithTheErrorAndNotSent) {
  TestEngine engine;
  engine.Create("a");
  engine.store.FailWrites(absl::ResourceExhaustedError("the disk is full"));
  absl::Status status;
  engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                         std::nullopt, [&](auto accepted) { status = accepted.status(); });
  EXPECT_TRUE(absl::IsResourceExhausted(status));
  EXPECT_THAT(engine.UnderWay(), IsEmpty());
}

TEST(AcceptorTest, ARepeatedRequestIsSentOnce) {
  TestEngine engine;
  engine.Create("a");
  std::vector<int64_t> keys;
  for (int i = 0; i < 2; ++i) {
    engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                           RequestId{"r", "f"},
                           [&](auto accepted) { keys.push_back(accepted->events.at(0).key); });
  }
  ASSERT_THAT(keys, SizeIs(2));
  EXPECT_EQ(keys[0], keys[1]);
  EXPECT_EQ(engine.http->sent(), 1u);
}

TEST(AcceptorTest, ARequestIdThatWasAcceptedGetsItsFirstAnswerWhateverRefusesNewEvents) {
  TestEngine engine({}, {.per_project = 2});
  engine.Create("a");
  const auto accept = [&](const RequestId& request_id) {
    absl::StatusOr<Store::Accepted> answer;
    engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                           request_id, [&](auto accepted) { answer = std::move(accepted); });
    return answer;
  };
  const auto first = accept({"r", "f"});
  ASSERT_TRUE(first.ok()) << first.status();
  engine.Emit();
  const auto expect_first = [&] {
    const auto again = accept({"r", "f"});
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ(again->events.at(0).key, first->events.at(0).key);
    EXPECT_FALSE(accept({"new", "f"}).ok());
    EXPECT_TRUE(absl::IsInvalidArgument(accept({"r", "other"}).status()));
  };
  expect_first();  // too much waits
  EXPECT_TRUE(absl::IsResourceExhausted(accept({"new", "f"}).status()));
  engine.http->AnswerNext(TestEngine::Status(200));
  for (const absl::Status& error :
       {absl::ResourceExhaustedError("the store is full"), absl::UnavailableError("it cannot be written")}) {
    engine.store.FailWrites(error);
    expect_first();
    EXPECT_EQ(accept({"new", "f"}).status(), error);
  }
  // As hookd says itself when it cannot tell.
  engine.store.FailReads(absl::UnavailableError("nor read"));
  EXPECT_EQ(accept({"r", "f"}).status().message(), "it cannot be written");
  EXPECT_EQ(engine.counts.total(), 1) << "nothing that was refused or repeated counts";
}

// A store that is full, and has no answer yet to those who ask for a first one.
struct BusyStore : FakeStore {
  using FakeStore::FakeStore;
  void FindAccepted(std::string, RequestId, Done<absl::StatusOr<Accepted>> done) override {
    asked.push_back(std::move(done));
  }
  std::vector<Done<absl::StatusOr<Accepted>>> asked;
};

TEST(AcceptorTest, AFloodOfRefusedRequestIdsIsRefusedUnseen) {
  TestEngine engine;
  BusyStore store(&engine.clock);
  store.FailWrites(absl::ResourceExhaustedError("the store is full"));
  Acceptor acceptor(&store, &engine.table, &engine.counts, engine.dispatcher,
                    engine.engine->statistics(), &engine.clock, &engine.metrics);
  int refused = 0;
  const auto accept = [&] {
    acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                    RequestId{"r", "f"}, [&](auto accepted) {
                      EXPECT_TRUE(absl::IsResourceExhausted(accepted.status()));
                      ++refused;
                    });
  };
  for (int i = 0; i < 1500; ++i) accept();
  EXPECT_THAT(store.asked, SizeIs(1000));
  EXPECT_EQ(refused, 500);
  for (const auto& done : std::exchange(store.asked, {})) done(absl::NotFoundError("new"));
  EXPECT_EQ(refused, 1500);
  accept();
  EXPECT_THAT(store.asked, SizeIs(1));
}

TEST(AcceptorTest, RefusesWhatWouldWaitBeyondTheProjectsLimitUntilThereIsRoom) {
  TestEngine engine({}, {.per_project = 2});
  engine.Create("a");
  engine.Emit(2);
  absl::Status status;
  const auto accept = [&] {
    engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                           std::nullopt, [&](auto accepted) { status = accepted.status(); });
  };
  accept();
  EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
  // What was accepted goes on being delivered, and makes room.
  engine.http->AnswerNext(TestEngine::Status(200));
  accept();
  EXPECT_TRUE(status.ok()) << status;
}

TEST(AcceptorTest, WhatWasNotStoredDoesNotCountAsWaiting) {
  TestEngine engine;
  engine.Create("a");
  engine.store.FailWrites(absl::UnavailableError(""));
  engine.acceptor.Accept("p", {{.type = 1, .event = "", .json = std::make_shared<std::string>("{}")}},
                         std::nullopt, [](auto) {});
  EXPECT_EQ(engine.counts.total(), 0);
}

}  // namespace
}  // namespace hookd
