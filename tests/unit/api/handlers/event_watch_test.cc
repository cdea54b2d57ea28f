#include "api/handlers/event_watch.h"

#include <memory>
#include <string>
#include <vector>

#include "api/conversion/delivery_conversion.h"
#include "api/conversion/event_cursor.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/tuning.h"
#include "gmock/gmock.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Stream = TestStream<v1::WatchEventsRequest, v1::WatchEventsResponse>;

class WatchEventsTest : public ApiTest {
 protected:
  static v1::WatchEventsRequest GoodWatch(const std::string& filter = "") {
    v1::WatchEventsRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    return request;
  }
  // All events since the epoch, until now.
  static v1::WatchEventsRequest Export(const std::string& filter = "") {
    v1::WatchEventsRequest request = GoodWatch(filter);
    request.mutable_start_time()->set_seconds(0);
    request.set_until_now(true);
    return request;
  }

  std::unique_ptr<Stream> Open(const v1::WatchEventsRequest& request) {
    return std::make_unique<Stream>(api_, &reports_, TestCaller(), "EventService/WatchEvents", request);
  }
  // A watch that has begun.
  std::unique_ptr<Stream> Watch(const v1::WatchEventsRequest& request) {
    auto call = Open(request);
    call->WaitForInitialMetadata();
    return call;
  }
  // Skips responses and returns the final status.
  static absl::Status EndOf(std::unique_ptr<Stream> call) {
    v1::WatchEventsResponse response;
    while (call->Read(&response)) {
    }
    return call->Finish();
  }
  absl::Status StatusOf(const v1::WatchEventsRequest& request) { return EndOf(Open(request)); }

  // Emits an event and lets the feed wake the watches.
  std::string Emit(const std::string& message_id, const std::string& project = "p") {
    v1::EmitEventRequest request = GoodEmit(project);
    request.mutable_event()->mutable_sent()->set_message_id(message_id);
    v1::EmitEventResponse response;
    EXPECT_TRUE(ApiTest::Emit(request, response).ok());
    clock_.Advance(tuning::kEventWatchPace);
    return response.event();
  }

  // ReadAny reads an event or a heartbeat; Read skips heartbeats and reads an event.
  static v1::WatchEventsResponse ReadAny(Stream& call) {
    v1::WatchEventsResponse response;
    EXPECT_TRUE(call.Read(&response));
    return response;
  }
  static v1::WatchEventsResponse Read(Stream& call) {
    v1::WatchEventsResponse response;
    while (call.Read(&response)) {
      if (response.has_event()) return response;
    }
    ADD_FAILURE() << "the watch ended";
    return response;
  }
  // A cursor that a watch from now on begins with.
  static std::string ReadBegin(Stream& call) {
    const v1::WatchEventsResponse response = ReadAny(call);
    EXPECT_FALSE(response.has_event());
    return response.cursor();
  }
  // The message ids of a stream's events until it ends, and its last cursor.
  std::vector<std::string> ReadAll(const v1::WatchEventsRequest& request, std::string* cursor = nullptr) {
    auto call = Open(request);
    std::vector<std::string> ids;
    v1::WatchEventsResponse response;
    while (call->Read(&response)) {
      if (response.has_event()) ids.push_back(response.event().sent().message_id());
      if (cursor != nullptr) *cursor = response.cursor();
    }
    const absl::Status status = call->Finish();
    EXPECT_TRUE(status.ok()) << status;
    return ids;
  }
};

TEST_F(WatchEventsTest, SendsEventsAsTheyAreAccepted) {
  MustCreate();
  Emit("before");
  const auto watch = Watch(GoodWatch());
  const std::string name = Emit("a");
  const v1::WatchEventsResponse response = Read(*watch);
  EXPECT_EQ(response.event().name(), name);
  EXPECT_EQ(response.event().sent().message_id(), "a");
  EXPECT_EQ(response.event().webhook_count(), 1);
  EXPECT_EQ(response.event().document(), "");
  EXPECT_TRUE(response.event().has_emit_time());
  EXPECT_NE(response.cursor(), "");
  Emit("b");
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "b");
}

TEST_F(WatchEventsTest, AWatchFromNowOnBeginsWithTheCursorOfItsBeginning) {
  Emit("before");
  v1::WatchEventsRequest resumed = GoodWatch();
  resumed.set_cursor(ReadBegin(*Open(GoodWatch())));
  resumed.set_until_now(true);
  Emit("a");
  EXPECT_THAT(ReadAll(resumed), ElementsAre("a"));
}

TEST_F(WatchEventsTest, SendsTheDocumentedJson) {
  v1::WatchEventsRequest request = Export();
  request.set_view(v1::EVENT_VIEW_DOCUMENT);
  Emit("m");
  EXPECT_THAT(Read(*Open(request)).event().document(), HasSubstr(R"("message_id":"m")"));
}

TEST_F(WatchEventsTest, SendsStoredEventsSinceATimeAndThenNewOnes) {
  Emit("old");
  clock_.Advance(absl::Seconds(10));
  v1::WatchEventsRequest request = GoodWatch();
  ToProto(clock_.Now(), *request.mutable_start_time());
  Emit("a");
  const auto watch = Watch(request);
  Emit("b");
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "a");
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "b");
}

TEST_F(WatchEventsTest, ResumesAfterAnyCursorWithoutAGapOrARepetition) {
  std::vector<std::string> emitted;
  for (int i = 0; i < 5; ++i) {
    emitted.push_back(std::to_string(i));
    Emit(emitted.back());
    Emit("other", "q");
  }
  for (size_t stop = 1; stop <= emitted.size(); ++stop) {
    std::string cursor;
    {
      const auto watch = Open(Export());
      for (size_t i = 0; i < stop; ++i) cursor = Read(*watch).cursor();
    }
    v1::WatchEventsRequest resumed = GoodWatch();
    resumed.set_cursor(cursor);
    resumed.set_until_now(true);
    EXPECT_EQ(ReadAll(resumed), std::vector<std::string>(emitted.begin() + stop, emitted.end()));
  }
}

TEST_F(WatchEventsTest, UntilNowEndsAfterTheEventsThatWereAcceptedBefore) {
  EXPECT_THAT(ReadAll(Export()), IsEmpty());
  Emit("a");
  Emit("b");
  EXPECT_THAT(ReadAll(Export()), ElementsAre("a", "b"));
  v1::WatchEventsRequest from_now = GoodWatch();
  from_now.set_until_now(true);
  EXPECT_THAT(ReadAll(from_now), IsEmpty());
}

TEST_F(WatchEventsTest, TheLastCursorOfUntilNowIsAfterEventsThatDoNotMatch) {
  Emit("a");
  for (int i = 0; i < 3; ++i) Emit("other", "q");
  std::string cursor;
  EXPECT_THAT(ReadAll(Export(), &cursor), ElementsAre("a"));
  const auto place = ReadEventCursor("p", cursor);
  ASSERT_TRUE(place.has_value());
  store_.ReadEventLog({.from_end = true}, [&](auto page) { EXPECT_EQ(place->key, page->last_key); });
}

TEST_F(WatchEventsTest, FiltersByTypeWebhookAndContent) {
  MustCreate();
  Emit("a");
  v1::EmitEventRequest opened;
  opened.set_parent("projects/p");
  opened.mutable_event()->mutable_opened()->mutable_user()->set_email("x");
  v1::EmitEventResponse response;
  ASSERT_TRUE(ApiTest::Emit(opened, response).ok());
  Emit("b");
  EXPECT_THAT(ReadAll(Export("event_type = SENT")), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(Export("event_type = OPENED OR event_type = SENT")), ElementsAre("a", "", "b"));
  EXPECT_THAT(ReadAll(Export("webhook = \"projects/p/webhooks/first\"")), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(Export("webhook = \"projects/p/webhooks/other\"")), IsEmpty());
  EXPECT_THAT(ReadAll(Export("message_id = b")), ElementsAre("b"));
  EXPECT_THAT(ReadAll(Export("message_id = b OR message_id = a")), ElementsAre("a", "b"));
  EXPECT_THAT(ReadAll(Export("user.id = 1 AND message_id = a")), ElementsAre("a"));
  EXPECT_THAT(ReadAll(Export("user.id = \"1\"")), IsEmpty());
  EXPECT_THAT(ReadAll(Export("user.email = x")), ElementsAre(""));
}

TEST_F(WatchEventsTest, ReadsAndSendsMoreThanAPageOfTheLog) {
  const int count = tuning::kEventWatchReadSize + 10;
  std::vector<std::string> emitted;
  for (int i = 0; i < count; i += 500) {
    v1::BatchEmitEventsRequest batch;
    batch.set_parent("projects/p");
    for (int j = i; j < std::min(i + 500, count); ++j) {
      emitted.push_back(std::to_string(j));
      *batch.add_requests() = GoodEmit();
      batch.mutable_requests(j - i)->mutable_event()->mutable_sent()->set_message_id(emitted.back());
    }
    v1::BatchEmitEventsResponse response;
    ASSERT_TRUE(BatchEmit(batch, response).ok());
  }
  EXPECT_EQ(ReadAll(Export()), emitted);
}

TEST_F(WatchEventsTest, ASlowCallerGetsEveryEvent) {
  const auto watch = Watch(GoodWatch());
  for (int i = 0; i < 50; ++i) Emit(std::to_string(i));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Read(*watch).event().sent().message_id(), std::to_string(i));
}

TEST_F(WatchEventsTest, AHeartbeatHasACursorThatAdvancesPastOtherEvents) {
  const auto watch = Watch(GoodWatch());
  ReadBegin(*watch);
  Emit("other", "q");
  clock_.Advance(absl::Seconds(31));
  const v1::WatchEventsResponse heartbeat = ReadAny(*watch);
  EXPECT_FALSE(heartbeat.has_event());
  const auto place = ReadEventCursor("p", heartbeat.cursor());
  ASSERT_TRUE(place.has_value());
  store_.ReadEventLog({.from_end = true}, [&](auto page) { EXPECT_EQ(place->key, page->last_key); });
}

TEST_F(WatchEventsTest, SendsHeartbeatsWhileItReadsALogInWhichNothingMatches) {
  Emit("first");
  for (int sent = 0; sent < 2 * tuning::kEventWatchReadSize; sent += 500) {
    v1::BatchEmitEventsRequest batch;
    batch.set_parent("projects/p");
    for (int i = 0; i < 500; ++i) *batch.add_requests() = GoodEmit();
    v1::BatchEmitEventsResponse response;
    ASSERT_TRUE(BatchEmit(batch, response).ok());
  }
  Emit("last");
  v1::WatchEventsRequest request = GoodWatch("message_id = \"first\" OR message_id = \"last\"");
  request.mutable_start_time()->set_seconds(1);
  const auto watch = Watch(request);
  watch->WaitForResponse();
  clock_.Advance(limits::kWatchHeartbeat);
  EXPECT_EQ(ReadAny(*watch).event().sent().message_id(), "first");
  EXPECT_FALSE(ReadAny(*watch).has_event());
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "last");
}

TEST_F(WatchEventsTest, EventsOfOtherProcessesAreReadByPolling) {
  // As another process does: the feed does not know of the event.
  v1::Event event;
  event.mutable_sent()->set_message_id("elsewhere");
  const auto watch = Watch(GoodWatch());
  store_.AcceptEvents("p", {{.type = 1, .event = event.SerializeAsString()}}, std::nullopt, [](auto) {});
  clock_.Advance(limits::kWatchHeartbeat / 2);
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "elsewhere");
}

TEST_F(WatchEventsTest, RefusesInvalidRequests) {
  v1::WatchEventsRequest request;
  EXPECT_THAT(FieldsOf(StatusOf(request)), ElementsAre("parent"));
  EXPECT_THAT(FieldsOf(StatusOf(GoodWatch("nonsense"))), ElementsAre("filter"));
  EXPECT_THAT(FieldsOf(StatusOf(GoodWatch("emit_time > \"2026-01-31T00:00:00Z\""))), ElementsAre("filter"));
  EXPECT_THAT(FieldsOf(StatusOf(GoodWatch("webhook = \"projects/q/webhooks/w\""))), ElementsAre("filter"));
  request = GoodWatch();
  request.set_cursor("nonsense");
  EXPECT_THAT(FieldsOf(StatusOf(request)), ElementsAre("cursor"));
  request.set_cursor(MakeEventCursor("q", {.key = 1, .time = clock_.Now()}));
  EXPECT_THAT(FieldsOf(StatusOf(request)), ElementsAre("cursor"));
  request.set_cursor(MakeEventCursor("p", {.key = 1, .time = clock_.Now()}));
  request.mutable_start_time()->set_seconds(1);
  EXPECT_THAT(FieldsOf(StatusOf(request)), ElementsAre("start_time"));
  request = GoodWatch();
  request.set_view(static_cast<v1::EventView>(9));
  EXPECT_THAT(FieldsOf(StatusOf(request)), ElementsAre("view"));
}

TEST_F(WatchEventsTest, EndsWhenTheServerStops) {
  const auto watch = Watch(GoodWatch());
  ReadBegin(*watch);
  engine_->event_feed()->Close();
  v1::WatchEventsResponse response;
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_TRUE(absl::IsUnavailable(watch->Finish()));
  EXPECT_TRUE(absl::IsUnavailable(StatusOf(GoodWatch())));
}

TEST_F(WatchEventsTest, EndsWithTheErrorOfTheStore) {
  const auto watch = Watch(GoodWatch());
  ReadBegin(*watch);
  store_.FailReads(absl::UnavailableError("the disk is gone"));
  engine_->event_feed()->WakeAll();
  v1::WatchEventsResponse response;
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_TRUE(absl::IsUnavailable(watch->Finish()));
  store_.FailReads(absl::OkStatus());
}

TEST_F(WatchEventsTest, AStoredEventThatIsCorruptEndsTheWatch) {
  store_.AcceptEvents("p", {{.type = 1, .event = "\xff\xff"}}, std::nullopt, [](auto) {});
  EXPECT_TRUE(absl::IsDataLoss(StatusOf(Export())));
}

TEST_F(WatchEventsTest, OneProjectCannotHaveAllWatches) {
  std::vector<std::unique_ptr<Stream>> watches;
  absl::Status refused;
  while (static_cast<int>(watches.size()) < limits::kMaxEventWatches) {
    auto call = Open(GoodWatch());
    v1::WatchEventsRequest until_now = Export();
    refused = StatusOf(until_now);
    watches.push_back(std::move(call));
    if (!refused.ok()) break;
  }
  EXPECT_TRUE(absl::IsResourceExhausted(refused)) << refused;
  EXPECT_LT(watches.size(), static_cast<size_t>(limits::kMaxEventWatches));
  v1::WatchEventsRequest other = Export();
  other.set_parent("projects/q");
  EXPECT_TRUE(StatusOf(other).ok());
}

class WatchEventsRetentionTest : public WatchEventsTest {
 protected:
  static constexpr absl::Duration kKeep = absl::Hours(1);
  WatchEventsRetentionTest() {
    Engine::Options options{.store = &store_,
                            .http = http_.get(),
                            .clock = &clock_,
                            .random = &random_,
                            .metrics = &metrics_,
                            .retention = Retention::Options{.keep = 2 * kKeep, .keep_delivered = kKeep}};
    keeping_ = Engine::Create(options).value();
    EXPECT_TRUE(keeping_->Start().ok());
    api_with_retention_ = std::make_unique<Api>(Api::Parts{.clock = &clock_,
                                                           .store = &store_,
                                                           .tokens = &tokens_,
                                                           .engine = keeping_.get(),
                                                           .egress = &egress_,
                                                           .list_nodes = {}});
  }
  ~WatchEventsRetentionTest() override { keeping_->Drain(absl::ZeroDuration()); }

  std::unique_ptr<Stream> OpenThere(const v1::WatchEventsRequest& request) {
    return std::make_unique<Stream>(*api_with_retention_, &reports_, TestCaller(), "EventService/WatchEvents",
                                    request);
  }

  std::unique_ptr<Engine> keeping_;
  std::unique_ptr<Api> api_with_retention_;
};

TEST_F(WatchEventsRetentionTest, ACursorThatIsOlderThanTheRetentionIsOutOfRange) {
  v1::WatchEventsRequest request = GoodWatch();
  request.set_cursor(MakeEventCursor("p", {.key = 1, .time = clock_.Now() - kKeep - absl::Seconds(1)}));
  EXPECT_TRUE(absl::IsOutOfRange(EndOf(OpenThere(request))));
  request.set_cursor(MakeEventCursor("p", {.key = 1, .time = clock_.Now() - kKeep + absl::Seconds(1)}));
  request.set_until_now(true);
  EXPECT_TRUE(EndOf(OpenThere(request)).ok());
}

TEST_F(WatchEventsRetentionTest, TheCursorOfAnIdleStoreStaysInRange) {
  const auto watch = OpenThere(GoodWatch());
  std::string cursor = ReadBegin(*watch);
  for (absl::Duration passed; passed < 2 * kKeep; passed += absl::Seconds(30)) {
    clock_.Advance(absl::Seconds(30));
    cursor = ReadAny(*watch).cursor();
  }
  v1::WatchEventsRequest request = GoodWatch();
  request.set_cursor(cursor);
  request.set_until_now(true);
  EXPECT_TRUE(EndOf(OpenThere(request)).ok());
}

TEST_F(WatchEventsRetentionTest, AnExportMayBeginBeforeTheRetention) {
  Emit("a");
  auto watch = OpenThere(Export());
  EXPECT_EQ(Read(*watch).event().sent().message_id(), "a");
  EXPECT_TRUE(EndOf(std::move(watch)).ok());
}

}  // namespace
}  // namespace hookd
