#include "api/handlers/delivery_watch.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "api/conversion/delivery_conversion.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "google/protobuf/empty.pb.h"
#include "hookd/v1/project_service.pb.h"
#include "tests/support/fake_cluster.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class WatchDeliveriesTest : public ApiTest {
 protected:
  // The caller's side of a watch.
  struct Watch {
    using Call = TestStream<v1::WatchDeliveriesRequest, v1::WatchDeliveriesResponse>;

    Watch(WatchDeliveriesTest& test, const v1::WatchDeliveriesRequest& request)
        : reader(std::make_unique<Call>(test.api_, &test.reports_, TestCaller(),
                                        "DeliveryService/WatchDeliveries", request)) {
      reader->WaitForInitialMetadata();
    }

    // ReadAny reads an outcome or a heartbeat; Read skips heartbeats and reads an outcome.
    v1::WatchDeliveriesResponse ReadAny() {
      v1::WatchDeliveriesResponse response;
      EXPECT_TRUE(reader->Read(&response));
      return response;
    }
    v1::WatchDeliveriesResponse Read() {
      v1::WatchDeliveriesResponse response;
      while (reader->Read(&response)) {
        if (response.has_delivery()) return response;
      }
      ADD_FAILURE() << "the watch ended";
      return response;
    }
    // Skips responses and returns the final status.
    absl::Status End() {
      v1::WatchDeliveriesResponse response;
      while (reader->Read(&response)) ++told_at_end;
      return reader->Finish();
    }

    std::unique_ptr<Call> reader;
    int told_at_end = 0;
  };

  static v1::WatchDeliveriesRequest GoodWatch(const std::string& filter = "",
                                              const std::string& project = "p") {
    v1::WatchDeliveriesRequest request;
    request.set_parent("projects/" + project);
    request.set_filter(filter);
    return request;
  }
  static v1::WatchDeliveriesRequest WatchSince(absl::Time start, const std::string& filter = "") {
    v1::WatchDeliveriesRequest request = GoodWatch(filter);
    ToProto(start, *request.mutable_start_time());
    return request;
  }

  // Emits an event, which is delivered with this response status.
  void Deliver(int status, const std::string& project = "p") {
    MustEmit(project);
    HttpResult result;
    result.status = status;
    ASSERT_TRUE(http_->WaitForWaiting(1, absl::Minutes(1)));
    http_->AnswerNext(result);
  }

  // Records outcomes of one delivery, as the dispatcher would; their errors are the numbers `first` to
  // `last`.
  void Record(int first, int last) {
    for (int i = first; i <= last; ++i) {
      const std::string error = std::to_string(i);
      store_.RecordOutcome({.delivery_key = delivery_, .state = DeliveryState::kFailed, .error = error},
                           [this, error](int64_t key) {
                             feed_.Publish("p", {.key = key,
                                                 .delivery = {.key = delivery_,
                                                              .event_key = delivery_ - 1,
                                                              .webhook_id = "first",
                                                              .event_type = 1,
                                                              .state = DeliveryState::kFailed,
                                                              .error = error}});
                           });
    }
  }
  // Creates the delivery whose outcomes Record records.
  void MakeDelivery() {
    MustCreate();
    const std::string event = MustEmit().event();
    delivery_ = *DecodeId(event.substr(event.rfind('/') + 1)) + 1;
  }
  static void ExpectErrors(Watch& watch, int first, int last) {
    for (int i = first; i <= last; ++i) ASSERT_EQ(watch.Read().delivery().error(), std::to_string(i));
  }

  int64_t delivery_ = 0;
};

TEST_F(WatchDeliveriesTest, ReportsNothingOfADeletedProjectWhoseIdAnotherProjectHas) {
  MustCreate();
  for (int i = 0; i < 3; ++i) MustEmit();
  ASSERT_TRUE(http_->WaitForWaiting(2, absl::Minutes(1)));
  Watch before(*this, GoodWatch());
  v1::DeleteProjectRequest request;
  request.set_name("projects/p");
  request.set_force(true);
  google::protobuf::Empty nothing;
  ASSERT_TRUE(Call("ProjectService/DeleteProject", request, nothing).ok());
  EXPECT_EQ(before.Read().delivery().state(), v1::DELIVERY_STATE_CANCELED) << "its watch was in progress";
  Watch between(*this, GoodWatch());
  MustCreate();
  Watch after(*this, GoodWatch());
  HttpResult result;
  result.error = "secret of the former project";
  http_->AnswerNext(result);
  MustEmit();
  result = {};
  result.status = 200;
  ASSERT_TRUE(http_->WaitForWaiting(2, absl::Minutes(1)));
  http_->AnswerNext(result);
  http_->AnswerNext(result);
  for (Watch* watch : {&between, &after}) {
    const v1::Delivery delivery = watch->Read().delivery();
    EXPECT_EQ(delivery.state(), v1::DELIVERY_STATE_DELIVERED);
    v1::Delivery found;
    v1::GetDeliveryRequest get;
    get.set_name(delivery.name());
    EXPECT_TRUE(Call("DeliveryService/GetDelivery", get, found).ok())
        << "it is of the project that there is now";
  }
}

TEST_F(WatchDeliveriesTest, TellsAHeartbeatWhenItHasToldNothingForLong) {
  MustCreate();
  Watch watch(*this, GoodWatch());
  for (int i = 0; i < 3; ++i) {
    clock_.Advance(absl::Seconds(20));
    const v1::WatchDeliveriesResponse heartbeat = watch.ReadAny();
    EXPECT_FALSE(heartbeat.has_delivery());
    EXPECT_FALSE(heartbeat.has_outcome_time());
  }
  // An outcome replaces a heartbeat.
  clock_.Advance(absl::Seconds(19));
  Deliver(200);
  EXPECT_TRUE(watch.ReadAny().has_delivery());
  clock_.Advance(absl::Seconds(19));
  Deliver(201);
  EXPECT_EQ(watch.ReadAny().delivery().response_status(), 201);
}

TEST_F(WatchDeliveriesTest, TellsOutcomesAsTheyHappen) {
  MustCreate();
  Watch watch(*this, GoodWatch());
  Deliver(200);
  const v1::WatchDeliveriesResponse delivered = watch.Read();
  EXPECT_THAT(delivered.delivery().name(), HasSubstr("projects/p/deliveries/"));
  EXPECT_THAT(delivered.delivery().event(), HasSubstr("projects/p/events/"));
  EXPECT_EQ(delivered.delivery().webhook(), "projects/p/webhooks/first");
  EXPECT_EQ(delivered.delivery().event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(delivered.delivery().state(), v1::DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(delivered.delivery().attempt_count(), 1);
  EXPECT_EQ(delivered.delivery().response_status(), 200);
  EXPECT_EQ(delivered.delivery().error(), "");
  EXPECT_EQ(delivered.delivery().attempts_size(), 0);
  EXPECT_EQ(delivered.outcome_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  clock_.Advance(absl::Milliseconds(2500));
  Deliver(500);
  const v1::WatchDeliveriesResponse failed = watch.Read();
  EXPECT_EQ(failed.delivery().state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(failed.delivery().response_status(), 500);
  EXPECT_NE(failed.delivery().error(), "");
  EXPECT_EQ(failed.outcome_time().seconds(), delivered.outcome_time().seconds() + 2);
  EXPECT_EQ(failed.outcome_time().nanos(), 500'000'000);
}

TEST_F(WatchDeliveriesTest, TellsAnAttemptThatIsMadeAgainAsPending) {
  v1::CreateWebhookRequest create = GoodCreate();
  create.mutable_webhook()->mutable_retry_policy()->set_max_attempts(2);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(create, webhook).ok());
  Watch watch(*this, WatchSince(clock_.Now()));
  Deliver(500);
  const v1::Delivery pending = watch.Read().delivery();
  EXPECT_EQ(pending.state(), v1::DELIVERY_STATE_PENDING);
  EXPECT_TRUE(pending.has_next_attempt_time());
  clock_.Advance(absl::Hours(1));
  HttpResult result;
  result.status = 200;
  ASSERT_TRUE(http_->WaitForWaiting(1, absl::Minutes(1)));
  http_->AnswerNext(result);
  const v1::Delivery delivered = watch.Read().delivery();
  EXPECT_EQ(delivered.name(), pending.name());
  EXPECT_EQ(delivered.state(), v1::DELIVERY_STATE_DELIVERED);
  EXPECT_EQ(delivered.attempt_count(), 2);
  EXPECT_FALSE(delivered.has_next_attempt_time());
}

TEST_F(WatchDeliveriesTest, TellsOnlyWhatIsAskedForInThePastAndNow) {
  MustCreate("first", "p");
  MustCreate("first", "q");
  for (const bool past : {false, true}) {
    SCOPED_TRACE(past);
    const absl::Time start = clock_.Now();
    std::unique_ptr<Watch> watch;
    const std::string filter = "state = FAILED AND webhook = \"projects/p/webhooks/first\"";
    if (!past) watch = std::make_unique<Watch>(*this, GoodWatch(filter));
    Deliver(200, "p");
    Deliver(500, "q");
    Deliver(501, "p");
    if (past) watch = std::make_unique<Watch>(*this, WatchSince(start, filter));
    EXPECT_EQ(watch->Read().delivery().response_status(), 501);
    Deliver(200, "p");
    Deliver(502, "p");
    EXPECT_EQ(watch->Read().delivery().response_status(), 502);
    clock_.Advance(absl::Seconds(1));
  }
}

TEST_F(WatchDeliveriesTest, BeginsWithTheMillisecondOfStartTime) {
  MakeDelivery();
  Record(1, 2);
  clock_.Advance(absl::Milliseconds(1));
  const absl::Time start = clock_.Now();
  Record(3, 4);
  Watch watch(*this, WatchSince(start));
  const v1::WatchDeliveriesResponse third = watch.Read();
  EXPECT_EQ(third.delivery().error(), "3");
  ExpectErrors(watch, 4, 4);
  // A watch whose start_time is its outcome_time gets it again.
  v1::WatchDeliveriesRequest again = GoodWatch();
  *again.mutable_start_time() = third.outcome_time();
  Watch second(*this, again);
  ExpectErrors(second, 3, 4);
}

TEST_F(WatchDeliveriesTest, WithoutAStartTimeThePastIsNotTold) {
  MakeDelivery();
  Record(1, 5);
  Watch watch(*this, GoodWatch());
  Record(6, 7);
  ExpectErrors(watch, 6, 7);
}

TEST_F(WatchDeliveriesTest, AStartTimeBeforeAllTimesTellsEverything) {
  MakeDelivery();
  Record(1, 1);
  Watch watch(*this, WatchSince(absl::FromUnixSeconds(-5)));
  ExpectErrors(watch, 1, 1);
}

TEST_F(WatchDeliveriesTest, AStartTimeToComeTellsWhatHappensNow) {
  MakeDelivery();
  // Outcomes recorded while the watch reads an empty past are not lost. Many watches make this case likely.
  for (int i = 0; i < 100; ++i) {
    Record(1, 1);
    Watch watch(*this, WatchSince(clock_.Now() + absl::Hours(1)));
    Record(2, 3);
    ExpectErrors(watch, 2, 3);
  }
}

TEST_F(WatchDeliveriesTest, ReadsALongPastInPages) {
  MakeDelivery();
  const absl::Time start = clock_.Now();
  constexpr int kOutcomes = tuning::kWatchReadSize * 2 + 10;
  Record(1, kOutcomes);
  Watch watch(*this, WatchSince(start));
  ExpectErrors(watch, 1, kOutcomes);
  Record(kOutcomes + 1, kOutcomes + 1);
  ExpectErrors(watch, kOutcomes + 1, kOutcomes + 1);
}

TEST_F(WatchDeliveriesTest, APastInWhichNothingMatchesIsGoneThrough) {
  MakeDelivery();
  const absl::Time start = clock_.Now();
  Record(1, tuning::kWatchReadSize * 3);
  Watch watch(*this, WatchSince(start, "state = DELIVERED"));
  Deliver(200);  // the first delivery, whose attempt is still in flight
  EXPECT_EQ(watch.Read().delivery().state(), v1::DELIVERY_STATE_DELIVERED);
}

TEST_F(WatchDeliveriesTest, WhatWasReadIsNotToldAgainWhenItIsPublished) {
  MakeDelivery();
  store_.HoldCommits();
  Record(1, 2);
  Watch watch(*this, WatchSince(clock_.Now()));
  ExpectErrors(watch, 1, 2);
  store_.ReleaseCommits();
  Record(3, 3);
  ExpectErrors(watch, 3, 3);
}

TEST_F(WatchDeliveriesTest, NothingIsMissedOrToldTwiceBetweenPastAndPresent) {
  MakeDelivery();
  const absl::Time start = clock_.Now();
  constexpr int kOutcomes = 4000;
  std::thread recorder([&] { Record(1, kOutcomes); });
  for (int i = 0; i < 5; ++i) {
    Watch watch(*this, WatchSince(start));
    ExpectErrors(watch, 1, kOutcomes);
  }
  recorder.join();
}

TEST_F(WatchDeliveriesTest, OverrunInThePastItReadsOnFromTheStore) {
  MakeDelivery();
  const absl::Time start = clock_.Now();
  Record(1, 10);
  Watch watch(*this, WatchSince(start));
  ExpectErrors(watch, 1, 1);
  // The watch has read the ten outcomes and waits for its caller to read them.
  constexpr int kOutcomes = limits::kMaxWatcherLag + 500;
  Record(11, kOutcomes);
  ExpectErrors(watch, 2, kOutcomes);
  Record(kOutcomes + 1, kOutcomes + 10);
  ExpectErrors(watch, kOutcomes + 1, kOutcomes + 10);
}

TEST_F(WatchDeliveriesTest, ACallerTooSlowIsEnded) {
  MakeDelivery();
  Watch slow(*this, GoodWatch());
  Watch quick(*this, GoodWatch());
  // One outcome is being sent and possibly one more is in transit; the others wait.
  constexpr int kOutcomes = limits::kMaxWatcherLag + 10;
  for (int i = 1; i <= kOutcomes; ++i) {
    Record(i, i);
    ExpectErrors(quick, i, i);
  }
  const absl::Status end = slow.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(end.message(), HasSubstr("outcome_time"));
  EXPECT_LT(slow.told_at_end, 10);
  Record(kOutcomes + 1, kOutcomes + 1);
  ExpectErrors(quick, kOutcomes + 1, kOutcomes + 1);
}

TEST_F(WatchDeliveriesTest, ACallerThatGoesIsForgotten) {
  MakeDelivery();
  {
    Watch idle(*this, GoodWatch());
    Watch writing(*this, GoodWatch());
    Record(1, 100);
    EXPECT_TRUE(feed_.watched());
  }
  while (feed_.watched()) std::this_thread::yield();
  Record(101, 200);
}

TEST_F(WatchDeliveriesTest, EndsWhenTheFeedIsClosed) {
  MakeDelivery();
  Watch watch(*this, GoodWatch());
  Record(1, 1);
  ExpectErrors(watch, 1, 1);
  feed_.Close();
  const absl::Status end = watch.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kUnavailable);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(end).retry_delay().seconds(), 0);
  Watch late(*this, GoodWatch());
  EXPECT_EQ(late.End().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WatchDeliveriesTest, EndsWhenThePastCannotBeRead) {
  store_.FailReads(absl::UnavailableError("the store is closed"));
  Watch watch(*this, WatchSince(clock_.Now()));
  EXPECT_EQ(watch.End().code(), absl::StatusCode::kUnavailable);
}

TEST_F(WatchDeliveriesTest, TooManyWatchersAreRefused) {
  std::vector<std::shared_ptr<OutcomeFeed::Subscription>> others;
  others.reserve(limits::kMaxWatchers);
  for (int i = 0; i < limits::kMaxWatchers; ++i) others.push_back(*feed_.Subscribe({.project = "q"}, [] {}));
  Watch watch(*this, GoodWatch());
  const absl::Status end = watch.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(end).retry_delay().seconds(), 0);
  for (const auto& other : others) feed_.Unsubscribe(other);
}

TEST_F(WatchDeliveriesTest, AProjectThatWatchesMuchLeavesAShareToTheOthers) {
  constexpr int kShare = static_cast<int>(limits::kMaxWatchers * limits::kMaxShare);
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < limits::kMaxWatchers - kShare; ++i) {
    watches.push_back(std::make_unique<Watch>(*this, GoodWatch()));
  }
  EXPECT_EQ(Watch(*this, GoodWatch()).End().code(), absl::StatusCode::kResourceExhausted);
  Watch another(*this, GoodWatch("", "q"));
  feed_.Publish("q", {.key = 1, .delivery = {.key = 1, .event_key = 1, .webhook_id = "w", .error = "one"}});
  EXPECT_EQ(another.Read().delivery().error(), "one");
}

TEST_F(WatchDeliveriesTest, EveryFieldIsChecked) {
  v1::WatchDeliveriesRequest request = GoodWatch("colour = RED", "P");
  request.mutable_start_time()->set_nanos(-1);
  Watch watch(*this, request);
  const absl::Status end = watch.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(FieldsOf(end), ElementsAre("parent", "filter", "start_time"));
  EXPECT_FALSE(feed_.watched());
}

TEST_F(WatchDeliveriesTest, WhatAnotherProcessRecordsLateIsToldOnceThoughThePastHasGoneOn) {
  FakeCluster cluster(&store_);
  store_.SetCluster(&cluster);
  MakeDelivery();
  const absl::Time start = clock_.Now();
  Record(1, 1);
  clock_.Advance(absl::Milliseconds(2));
  Record(2, 2);
  Watch watch(*this, WatchSince(start));
  ExpectErrors(watch, 1, 2);
  std::vector<RecordedOutcome> past;
  store_.ReadOutcomes({.project = "p", .limit = 10}, [&](auto page) { past = page->outcomes; });
  ASSERT_EQ(past.size(), 2u);
  // The key of `late` is less than that of the last outcome read. past[0] was read and is published only now.
  RecordedOutcome late = past[0];
  late.key = past[1].key - 1;
  late.delivery.error = "late";
  feed_.Publish("p", past[0]);
  feed_.Publish("p", late);
  EXPECT_EQ(watch.Read().delivery().error(), "late");
  Record(3, 3);
  ExpectErrors(watch, 3, 3);
}

TEST_F(WatchDeliveriesTest, BeginsOnceTheOutcomesOfOtherProcessesAreToldToo) {
  FakeCluster cluster(&store_);
  cluster.HoldWatched();
  feed_.SetSource(
      [&](bool watched, std::function<void()> done) { cluster.SetWatched(watched, std::move(done)); });
  MakeDelivery();
  Record(1, 1);
  {
    const auto reader = std::make_unique<Watch::Call>(
        api_, &reports_, TestCaller(), "DeliveryService/WatchDeliveries", WatchSince(clock_.Now()));
    std::thread release([&] {
      while (!cluster.watched()) std::this_thread::yield();
      Record(2, 2);
      cluster.ReleaseWatched();
    });
    v1::WatchDeliveriesResponse told;
    for (const char* error : {"1", "2"}) {
      ASSERT_TRUE(reader->Read(&told));
      EXPECT_EQ(told.delivery().error(), error);
    }
    release.join();
    reader->TryCancel();
    reader->Finish().IgnoreError();
  }
  while (cluster.watched()) std::this_thread::yield();
}

}  // namespace
}  // namespace hookd
