#include "store/commit/commit_queue.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::Each;
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
            .answer = [this, name](const absl::Status& status,
                                   CommitBatch&) { Note(name + (status.ok() ? " ok" : " failed")); },
            .bytes = 10,
            .repeated = repeated};
  }
};

TEST(CommitQueueTest, APingIsAnsweredWithoutATransactionAndSaysNothingOfTheEngine) {
  FakeEngine engine;
  engine.FailCommits(absl::ResourceExhaustedError("the disk is full"));
  std::atomic<bool> writable = true;
  CommitQueue queue(engine.Use(), 1000,
                    [&writable](const CommitQueue::Commit& commit) { writable = commit.writable; });
  absl::Notification failed;
  queue.Push({.apply = [] { return absl::OkStatus(); },
              .answer = [&failed](const absl::Status&, CommitBatch&) { failed.Notify(); }});
  failed.WaitForNotification();
  const auto before = engine.Log();
  for (int i = 0; i < 3; ++i) {
    absl::Notification answered;
    queue.Ping([&answered] { answered.Notify(); });
    answered.WaitForNotification();
  }
  EXPECT_EQ(engine.Log(), before);
  EXPECT_FALSE(writable);
}

TEST(CommitQueueTest, APingIsAnsweredWhileNothingIsWrittenAndNotWhileATransactionHangs) {
  FakeEngine engine;
  absl::Notification applying, proceed, idle, hung;
  CommitQueue queue(engine.Use(), 1000);
  queue.Ping([&idle] { idle.Notify(); });
  idle.WaitForNotification();
  queue.Push({.apply =
                  [&] {
                    applying.Notify();
                    proceed.WaitForNotification();
                    return absl::OkStatus();
                  },
              .answer = [](const absl::Status&, CommitBatch&) {}});
  applying.WaitForNotification();
  queue.Ping([&hung] { hung.Notify(); });
  EXPECT_FALSE(hung.HasBeenNotified());
  proceed.Notify();
  hung.WaitForNotification();
}

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
    EXPECT_EQ(queue.waiting(), 0u);
    queue.Push(engine.Write("b"));
    queue.Push(engine.Write("c"));
    EXPECT_EQ(queue.waiting(), 2u);
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
  urgent.answer = [&](const absl::Status& /*status*/, CommitBatch&) { answered.Notify(); };
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
  patient.answer = [&](const absl::Status& /*status*/, CommitBatch&) { answered.Notify(); };
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
  write.answer = [&](const absl::Status& status, CommitBatch&) {
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
    write.answer = [&](const absl::Status& status, CommitBatch&) { answer = status; };
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
  // Once to tell the engine's fault from the write's, then by itself until it can.
  EXPECT_THAT(engine.Log(), Contains("try").Times(3));
}

// An engine that can be written, and refuses some writes as long as it is told to.
struct PickyEngine : FakeEngine {
  CommitQueue::Engine Use() {
    CommitQueue::Engine use = FakeEngine::Use();
    use.try_write = [this] {
      absl::MutexLock lock(&mutex);
      return engine_result;
    };
    return use;
  }
  CommitQueue::Write Bad(const std::string& name, bool repeated = false) {
    CommitQueue::Write write = FakeEngine::Write(name, repeated);
    write.apply = [this, name] {
      Note(name);
      absl::MutexLock lock(&mutex);
      return refuses ? absl::UnavailableError("constraint failed") : absl::OkStatus();
    };
    return write;
  }
  void Accept() {
    absl::MutexLock lock(&mutex);
    refuses = false;
  }
  int Count(const std::string& what) {
    const auto log = Log();
    return static_cast<int>(std::count(log.begin(), log.end(), what));
  }

  bool refuses ABSL_GUARDED_BY(mutex) = true;
  absl::Status engine_result ABSL_GUARDED_BY(mutex);
};

// Pushes writes that share a transaction, and waits for the answer of the last, which must be good.
void PushTogether(CommitQueue& queue, std::vector<CommitQueue::Write> writes) {
  absl::Notification answered;
  auto answer = std::move(writes.back().answer);
  writes.back().answer = [&answered, answer](const absl::Status& status, CommitBatch& batch) {
    answer(status, batch);
    answered.Notify();
  };
  queue.Push({.apply =
                  [&] {
                    // Once: it may be done again.
                    for (CommitQueue::Write& write : std::exchange(writes, {})) queue.Push(std::move(write));
                    return absl::OkStatus();
                  },
              .answer = [](const absl::Status&, CommitBatch&) {}});
  answered.WaitForNotification();
}

TEST(CommitQueueTest, AWriteThatFailsByItselfFailsAloneAndOnce) {
  PickyEngine engine;
  std::vector<CommitQueue::Commit> commits;
  {
    CommitQueue queue(engine.Use(), 10'000, [&](const auto& commit) { commits.push_back(commit); });
    std::vector<CommitQueue::Write> writes;
    for (int i = 0; i < 20; ++i) {
      const std::string name = std::to_string(i);
      writes.push_back(i == 7 ? engine.Bad(name) : engine.Write(name, /*repeated=*/i % 2 == 0));
    }
    PushTogether(queue, std::move(writes));
  }
  EXPECT_EQ(engine.Count("7 failed"), 1);
  for (int i = 0; i < 20; ++i) {
    if (i != 7) EXPECT_EQ(engine.Count(std::to_string(i) + " ok"), 1) << i;
  }
  for (const auto& commit : commits) EXPECT_TRUE(commit.status.ok()) << "the engine can be written";
}

TEST(CommitQueueTest, AnswersOfADividedBatchComeInTheOrderOfPush) {
  PickyEngine engine;
  {
    CommitQueue queue(engine.Use(), 10'000);
    std::vector<CommitQueue::Write> writes;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      writes.push_back(*name == 'c' ? engine.Bad(name) : engine.Write(name));
    }
    PushTogether(queue, std::move(writes));
  }
  std::string answers;
  for (const std::string& what : engine.Log()) {
    if (what.find(" ok") != std::string::npos || what.find(" failed") != std::string::npos)
      answers += what[0];
  }
  EXPECT_EQ(answers, "abcde");
}

TEST(CommitQueueTest, AWriteThatMustSucceedIsSetAsideUntilItDoesAndHoldsUpNoOther) {
  PickyEngine engine;
  absl::Mutex mutex;
  size_t most_aside = 0;
  bool failed = false;
  absl::Notification made;
  {
    CommitQueue queue(
        engine.Use(), 10'000,
        [&](const CommitQueue::Commit& commit) {
          absl::MutexLock lock(&mutex);
          most_aside = std::max(most_aside, commit.set_aside);
          failed |= !commit.status.ok();
        },
        tuning::kUnurgentWritePatience, /*aside_interval=*/absl::Milliseconds(1));
    CommitQueue::Write bad = engine.Bad("bad", /*repeated=*/true);
    bad.answer = [&](const absl::Status& status, CommitBatch&) {
      EXPECT_TRUE(status.ok()) << status;
      made.Notify();
    };
    std::vector<CommitQueue::Write> writes;
    writes.push_back(engine.Write("a", true));
    writes.push_back(std::move(bad));
    writes.push_back(engine.Write("b", true));
    PushTogether(queue, std::move(writes));
    EXPECT_EQ(engine.Count("a ok"), 1);
    EXPECT_FALSE(made.HasBeenNotified());
    // Others go on meanwhile, without it.
    std::vector<CommitQueue::Write> more;
    more.push_back(engine.Write("c"));
    PushTogether(queue, std::move(more));
    engine.Accept();
    made.WaitForNotification();
  }
  EXPECT_EQ(most_aside, 1u);
  EXPECT_FALSE(failed);
  EXPECT_EQ(engine.Count("a ok"), 1);
}

TEST(CommitQueueTest, ClosingAnswersWhatIsSetAside) {
  PickyEngine engine;
  {
    CommitQueue queue(engine.Use(), 10'000);
    std::vector<CommitQueue::Write> writes;
    writes.push_back(engine.Bad("bad", /*repeated=*/true));
    writes.push_back(engine.Write("a"));
    PushTogether(queue, std::move(writes));
    EXPECT_EQ(engine.Count("bad failed"), 0);
  }
  EXPECT_EQ(engine.Count("bad failed"), 1);
}

TEST(CommitQueueTest, AnEngineThatCannotBeWrittenSetsNothingAside) {
  for (const absl::Status& error : {absl::UnavailableError("away"), absl::ResourceExhaustedError("full")}) {
    PickyEngine engine;
    {
      absl::MutexLock lock(&engine.mutex);
      if (absl::IsUnavailable(error)) engine.engine_result = error;
      engine.commit_result = error;
    }
    absl::Notification answered;
    bool failed = false;
    {
      CommitQueue queue(engine.Use(), 10'000, [&](const CommitQueue::Commit& commit) {
        failed |= !commit.status.ok();
        EXPECT_EQ(commit.set_aside, 0u);
      });
      CommitQueue::Write kept = engine.Write("kept", /*repeated=*/true);
      kept.answer = [&](const absl::Status& status, CommitBatch&) {
        EXPECT_TRUE(status.ok()) << status;
        answered.Notify();
      };
      queue.Push(std::move(kept));
      absl::Notification refused;
      queue.Push({.apply = [] { return absl::OkStatus(); },
                  .answer =
                      [&](const absl::Status& status, CommitBatch&) {
                        EXPECT_EQ(status.code(), error.code());
                        refused.Notify();
                      }});
      refused.WaitForNotification();
      {
        absl::MutexLock lock(&engine.mutex);
        engine.engine_result = absl::OkStatus();
      }
      engine.FailCommits(absl::OkStatus());
      answered.WaitForNotification();
    }
    EXPECT_TRUE(failed);
  }
}

TEST(CommitQueueTest, ManyBadWritesHoldUpNoGoodOne) {
  PickyEngine engine;
  std::atomic<size_t> most_aside = 0;
  bool failed = false;
  {
    CommitQueue queue(
        engine.Use(), 1'000'000,
        [&](const CommitQueue::Commit& commit) {
          most_aside = std::max(most_aside.load(), commit.set_aside);
          failed |= !commit.writable;
        },
        tuning::kUnurgentWritePatience, /*aside_interval=*/absl::Milliseconds(1));
    for (int batch = 0; batch < 4; ++batch) {
      std::vector<CommitQueue::Write> writes;
      for (int i = 0; i < 100; ++i) {
        writes.push_back(engine.Bad(absl::StrCat("bad ", batch, " ", i), /*repeated=*/true));
      }
      writes.push_back(engine.Write(absl::StrCat("good ", batch), /*repeated=*/true));
      absl::Notification made;
      writes.back().answer = [&](const absl::Status& status, CommitBatch&) {
        EXPECT_TRUE(status.ok()) << status;
        made.Notify();
      };
      for (CommitQueue::Write& write : writes) queue.Push(std::move(write));
      made.WaitForNotification();
    }
    EXPECT_GE(most_aside, 100u);
    engine.Accept();
  }
  EXPECT_FALSE(failed);
  for (int batch = 0; batch < 4; ++batch) {
    for (int i = 0; i < 100; ++i) EXPECT_EQ(engine.Count(absl::StrCat("bad ", batch, " ", i, " ok")), 1);
  }
}

TEST(CommitQueueTest, IsNotWritableWhileAWriteThatMustSucceedWaitsThoughOthersAreMade) {
  FakeEngine engine;
  absl::Mutex mutex;
  bool full = true;
  std::vector<bool> writable;
  absl::Notification made;
  {
    CommitQueue queue(engine.Use(), 10'000, [&](const CommitQueue::Commit& commit) {
      absl::MutexLock lock(&mutex);
      writable.push_back(commit.writable);
    });
    CommitQueue::Write large = engine.Write("large", /*repeated=*/true);
    large.apply = [&] {
      absl::MutexLock lock(&mutex);
      return full ? absl::ResourceExhaustedError("full") : absl::OkStatus();
    };
    large.answer = [&](const absl::Status&, CommitBatch&) { made.Notify(); };
    queue.Push(std::move(large));
    {
      absl::MutexLock lock(&mutex);
      const auto refused = [&] { return !writable.empty(); };
      mutex.Await(absl::Condition(&refused));
    }
    for (int i = 0; i < 3; ++i) {
      absl::Notification answered;
      queue.Push({.apply = [] { return absl::OkStatus(); },
                  .answer =
                      [&](const absl::Status& status, CommitBatch&) {
                        EXPECT_TRUE(status.ok()) << status;
                        answered.Notify();
                      }});
      answered.WaitForNotification();
    }
    {
      absl::MutexLock lock(&mutex);
      EXPECT_THAT(writable, Each(false));
      full = false;
    }
    made.WaitForNotification();
    absl::MutexLock lock(&mutex);
    EXPECT_TRUE(writable.back());
  }
}

}  // namespace
}  // namespace hookd
