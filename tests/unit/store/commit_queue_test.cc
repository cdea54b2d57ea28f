#include "store/commit_queue.h"

#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

// An engine that notes what is done to it, and fails when told to.
struct FakeEngine {
  absl::Mutex mutex;
  std::vector<std::string> log ABSL_GUARDED_BY(mutex);
  absl::Status commit_result ABSL_GUARDED_BY(mutex);

  void Note(std::string what) {
    absl::MutexLock lock(&mutex);
    log.push_back(std::move(what));
  }
  std::vector<std::string> Log() {
    absl::MutexLock lock(&mutex);
    return log;
  }
  void FailCommits(absl::Status status) {
    absl::MutexLock lock(&mutex);
    commit_result = std::move(status);
  }
  CommitQueue::Engine Use() {
    return {.begin =
                [this] {
                  Note("begin");
                  return absl::OkStatus();
                },
            .commit =
                [this] {
                  Note("commit");
                  absl::MutexLock lock(&mutex);
                  return commit_result;
                },
            .rollback = [this] { Note("rollback"); }};
  }
  CommitQueue::Write Write(std::string name, bool repeated = false) {
    return {.apply =
                [this, name] {
                  Note(name);
                  return absl::OkStatus();
                },
            .answer = [this,
                       name](const absl::Status& status) { Note(name + (status.ok() ? " ok" : " failed")); },
            .bytes = 10,
            .repeated = repeated};
  }
};

TEST(CommitQueueTest, WhatArrivesDuringACommitSharesTheNext) {
  FakeEngine engine;
  absl::Notification applying, proceed;
  {
    CommitQueue queue(engine.Use(), 1000);
    CommitQueue::Write first = engine.Write("a");
    first.apply = [&] {
      applying.Notify();
      proceed.WaitForNotification();
      return absl::OkStatus();
    };
    queue.Push(std::move(first));
    applying.WaitForNotification();
    queue.Push(engine.Write("b"));
    queue.Push(engine.Write("c"));
    proceed.Notify();
  }
  EXPECT_THAT(engine.Log(),
              ElementsAre("begin", "commit", "a ok", "begin", "b", "c", "commit", "b ok", "c ok"));
}

TEST(CommitQueueTest, WhatIsPutOffComesAfterTheAnswersAndKnowsWhetherOthersWait) {
  FakeEngine engine;
  {
    CommitQueue::Engine use = engine.Use();
    use.after_commit = [&engine](bool idle) { engine.Note(idle ? "idle" : "busy"); };
    CommitQueue queue(std::move(use), 1000);
    CommitQueue::Write first = engine.Write("a");
    first.apply = [&] {
      queue.Push(engine.Write("b"));
      return absl::OkStatus();
    };
    queue.Push(std::move(first));
  }
  EXPECT_THAT(engine.Log(),
              ElementsAre("begin", "commit", "a ok", "busy", "begin", "b", "commit", "b ok", "idle"));
}

TEST(CommitQueueTest, NothingIsPutOffByACommitThatFailed) {
  FakeEngine engine;
  engine.FailCommits(absl::UnavailableError("no disk"));
  {
    CommitQueue::Engine use = engine.Use();
    use.after_commit = [&engine](bool /*idle*/) { engine.Note("after"); };
    CommitQueue queue(std::move(use), 1000);
    queue.Push(engine.Write("a"));
  }
  EXPECT_THAT(engine.Log(), Not(Contains("after")));
}

TEST(CommitQueueTest, WhatNobodyWaitsForGoesWithWhatSomebodyDoes) {
  FakeEngine engine;
  CommitQueue queue(engine.Use(), 1000, nullptr, /*patience=*/absl::InfiniteDuration());
  absl::Notification answered;
  CommitQueue::Write patient = engine.Write("a");
  patient.urgent = false;
  CommitQueue::Write urgent = engine.Write("b");
  urgent.answer = [&](const absl::Status& /*status*/) { answered.Notify(); };
  queue.Push(std::move(patient));
  queue.Push(std::move(urgent));
  answered.WaitForNotification();
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "b", "commit", "a ok"));
}

// One that is not urgent, until it is written.
void PushAndWait(CommitQueue& queue, FakeEngine& engine) {
  absl::Notification answered;
  CommitQueue::Write patient = engine.Write("a");
  patient.urgent = false;
  patient.answer = [&](const absl::Status& /*status*/) { answered.Notify(); };
  queue.Push(std::move(patient));
  answered.WaitForNotification();
}

TEST(CommitQueueTest, WhatNobodyWaitsForIsWrittenByItselfInTheEnd) {
  FakeEngine engine;
  CommitQueue queue(engine.Use(), 1000, nullptr, /*patience=*/absl::Microseconds(1));
  PushAndWait(queue, engine);
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit"));
}

TEST(CommitQueueTest, SoItIsHoweverSoonAfterATransactionItComes) {
  FakeEngine engine;
  CommitQueue queue(engine.Use(), 1000, nullptr, /*patience=*/absl::Milliseconds(1));
  std::vector<std::string> expected;
  for (int i = 0; i < 20; ++i) {
    PushAndWait(queue, engine);
    expected.insert(expected.end(), {"begin", "a", "commit"});
  }
  EXPECT_EQ(engine.Log(), expected);
}

TEST(CommitQueueTest, ClosingWaitsForNothingUrgent) {
  FakeEngine engine;
  {
    CommitQueue queue(engine.Use(), 1000, nullptr, /*patience=*/absl::InfiniteDuration());
    CommitQueue::Write patient = engine.Write("a");
    patient.urgent = false;
    queue.Push(std::move(patient));
  }
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit", "a ok"));
}

TEST(CommitQueueTest, AFailedCommitFailsEveryWriteInIt) {
  FakeEngine engine;
  {
    CommitQueue queue(engine.Use(), 1000);
    engine.FailCommits(absl::UnavailableError("gone"));
    queue.Push(engine.Write("a"));
  }
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit", "rollback", "a failed"));
}

TEST(CommitQueueTest, AWriteThatMustSucceedIsDoneAgainUntilItDoes) {
  FakeEngine engine;
  absl::Notification rolled_back, answered;
  CommitQueue::Engine use = engine.Use();
  use.rollback = [&] {
    engine.FailCommits(absl::OkStatus());
    if (!rolled_back.HasBeenNotified()) rolled_back.Notify();
  };
  engine.FailCommits(absl::ResourceExhaustedError("full"));
  CommitQueue queue(use, 1000);
  CommitQueue::Write write = engine.Write("a", /*repeated=*/true);
  absl::Status answer = absl::UnknownError("none");
  write.answer = [&](const absl::Status& status) {
    answer = status;
    answered.Notify();
  };
  queue.Push(std::move(write));
  answered.WaitForNotification();
  EXPECT_TRUE(rolled_back.HasBeenNotified());
  EXPECT_TRUE(answer.ok()) << answer;
}

TEST(CommitQueueTest, AQueueThatClosesAnswersEvenWhatItCouldNotWrite) {
  FakeEngine engine;
  engine.FailCommits(absl::UnavailableError("gone"));
  {
    CommitQueue queue(engine.Use(), 1000);
    queue.Push(engine.Write("a", /*repeated=*/true));
  }
  EXPECT_THAT(engine.Log(), Contains("a failed"));
}

TEST(CommitQueueTest, RefusesWhatIsTooMuchButNeverWhatMustSucceedOrHoldsNothing) {
  FakeEngine engine;
  absl::Notification applying, proceed;
  {
    CommitQueue queue(engine.Use(), 15);
    CommitQueue::Write first = engine.Write("a");
    first.apply = [&] {
      applying.Notify();
      proceed.WaitForNotification();
      return absl::OkStatus();
    };
    queue.Push(std::move(first));
    applying.WaitForNotification();
    queue.Push(engine.Write("fits"));
    queue.Push(engine.Write("too much"));
    queue.Push(engine.Write("must", /*repeated=*/true));
    CommitQueue::Write nothing = engine.Write("nothing");
    nothing.bytes = 0;
    queue.Push(std::move(nothing));
    proceed.Notify();
  }
  EXPECT_THAT(engine.Log(), Contains("fits ok"));
  EXPECT_THAT(engine.Log(), Contains("too much failed"));
  EXPECT_THAT(engine.Log(), Contains("must ok"));
  EXPECT_THAT(engine.Log(), Contains("nothing ok"));
}

TEST(CommitQueueTest, TellsOfEveryTransactionBeforeItsAnswers) {
  FakeEngine engine;
  std::vector<size_t> writes;
  {
    CommitQueue queue(engine.Use(), 1000, [&](const CommitQueue::Commit& commit) {
      engine.Note(commit.status.ok() ? "told ok" : "told failed");
      writes.push_back(commit.writes);
    });
    queue.Push(engine.Write("a"));
  }
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit", "told ok", "a ok"));
  EXPECT_THAT(writes, ElementsAre(1));
}

TEST(CommitQueueTest, ATransactionThatAnotherWasInTheWayOfIsMadeAgain) {
  FakeEngine engine;
  int left = 2;
  {
    CommitQueue::Engine use = engine.Use();
    use.rollback = [&] {
      engine.Note("rollback");
      if (--left == 0) engine.FailCommits(absl::OkStatus());
    };
    engine.FailCommits(absl::AbortedError("another one"));
    CommitQueue queue(use, 1000);
    queue.Push(engine.Write("a"));
  }
  EXPECT_THAT(engine.Log(), ElementsAre("begin", "a", "commit", "rollback", "begin", "a", "commit",
                                        "rollback", "begin", "a", "commit", "a ok"));
}

TEST(CommitQueueTest, ATransactionThatAlwaysHasAnotherInItsWayFailsInTheEnd) {
  FakeEngine engine;
  absl::Status answer;
  engine.FailCommits(absl::AbortedError("another one"));
  {
    CommitQueue queue(engine.Use(), 1000);
    CommitQueue::Write write = engine.Write("a");
    write.answer = [&](const absl::Status& status) { answer = status; };
    queue.Push(std::move(write));
  }
  EXPECT_TRUE(absl::IsUnavailable(answer)) << answer;
}

TEST(CommitQueueTest, TriesByItselfWhetherItCanWriteAgain) {
  FakeEngine engine;
  engine.FailCommits(absl::UnavailableError("gone"));
  absl::Notification succeeded;
  int failures = 0;
  CommitQueue::Engine use = engine.Use();
  use.try_write = [&] {
    engine.Note("try");
    return absl::OkStatus();
  };
  CommitQueue queue(use, 1000, [&](const CommitQueue::Commit& commit) {
    if (commit.status.ok()) return succeeded.Notify();
    if (++failures == 2) {
      EXPECT_EQ(commit.writes, 0u);
      engine.FailCommits(absl::OkStatus());
    }
  });
  queue.Push(engine.Write("a"));
  succeeded.WaitForNotification();
  EXPECT_EQ(failures, 2);
  EXPECT_THAT(engine.Log(), Contains("try").Times(2));
}

}  // namespace
}  // namespace hookd
