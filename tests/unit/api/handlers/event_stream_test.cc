#include "api/handlers/event_stream.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::StartsWith;

class StreamEventsTest : public ApiTest {
 protected:
  // The project exists, so that an event is one more record.
  StreamEventsTest() {
    store_.UpdateProject(
        "p", [](Project&) { return absl::OkStatus(); }, /*allow_missing=*/true,
        [](const absl::StatusOr<Project>& project) { EXPECT_TRUE(project.ok()); });
  }

  // The caller's side of a stream.
  struct Stream {
    using Call = TestStream<v1::StreamEventsRequest, v1::StreamEventsResponse>;

    explicit Stream(StreamEventsTest& test)
        : calls(
              std::make_unique<Call>(test.api_, &test.reports_, TestCaller(), "EventService/StreamEvents")) {}

    v1::StreamEventsResponse Read() {
      v1::StreamEventsResponse response;
      EXPECT_TRUE(calls->Read(&response));
      return response;
    }
    // Returns the final status, after the last answer was read.
    absl::Status End() {
      v1::StreamEventsResponse response;
      EXPECT_FALSE(calls->Read(&response)) << response.ShortDebugString();
      return calls->Finish();
    }

    std::unique_ptr<Call> calls;
  };

  static v1::StreamEventsRequest GoodMessage(int64_t sequence_number, const std::string& project = "p") {
    v1::StreamEventsRequest message;
    if (!project.empty()) message.set_parent("projects/" + project);
    message.set_sequence_number(sequence_number);
    message.mutable_event()->mutable_sent()->set_message_id("m");
    message.mutable_event()->mutable_sent()->mutable_user()->mutable_id()->set_number(1);
    return message;
  }

  // The fields in the error of an answer.
  static std::vector<std::string> FieldsOfAnswer(const v1::StreamEventsResponse& response) {
    EXPECT_EQ(response.error().code(), static_cast<int>(absl::StatusCode::kInvalidArgument));
    google::rpc::BadRequest bad_request;
    if (response.error().details_size() > 0) response.error().details(0).UnpackTo(&bad_request);
    std::vector<std::string> fields;
    for (const auto& violation : bad_request.field_violations()) fields.push_back(violation.field());
    return fields;
  }

  // Waits until the store holds `count` more records than `before`.
  void WaitForRecords(size_t before, size_t count) {
    while (store_.size() < before + count) std::this_thread::yield();
  }
};

TEST_F(StreamEventsTest, AnswersEveryMessageInOrderByItsSequenceNumber) {
  MustCreate();
  Stream stream(*this);
  std::string last_event;
  for (const int64_t number : {7, -1, 0, 7}) {
    ASSERT_TRUE(stream.calls->Write(GoodMessage(number)));
    const v1::StreamEventsResponse answer = stream.Read();
    EXPECT_EQ(answer.sequence_number(), number);
    EXPECT_THAT(answer.accepted().event(), StartsWith("projects/p/events/"));
    EXPECT_GT(answer.accepted().event(), last_event);
    EXPECT_EQ(answer.accepted().webhook_count(), 1);
    EXPECT_EQ(answer.accepted().emit_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
    last_event = answer.accepted().event();
  }
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
  EXPECT_GT(http_->sent(), 0u);
}

TEST_F(StreamEventsTest, AStreamOfNothingEndsWell) {
  Stream stream(*this);
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, AnEventCanBeReadBackWithoutWhatIsOutputOnly) {
  Stream stream(*this);
  v1::StreamEventsRequest message = GoodMessage(1);
  message.mutable_event()->set_name("ignored");
  stream.calls->Write(message);
  v1::GetEventRequest get;
  get.set_name(stream.Read().accepted().event());
  v1::Event event;
  EXPECT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.sent().message_id(), "m");
  EXPECT_EQ(event.name(), get.name());
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ParentIsThatOfTheMessageBefore) {
  Stream stream(*this);
  for (const char* project : {"p", "", "q", "", ""}) stream.calls->Write(GoodMessage(0, project));
  for (const char* project : {"p", "p", "q", "q", "q"}) {
    EXPECT_THAT(stream.Read().accepted().event(), StartsWith(std::string("projects/") + project + "/"));
  }
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ParentIsRequiredFirstAndAfterOneThatIsInvalid) {
  const size_t before = store_.size();
  Stream stream(*this);
  for (const char* project : {"", "P", ""}) {
    stream.calls->Write(GoodMessage(0, project));
    EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("parent"));
  }
  EXPECT_EQ(store_.size(), before);
  stream.calls->Write(GoodMessage(1));
  EXPECT_TRUE(stream.Read().has_accepted());
  stream.calls->Write(GoodMessage(2, "P"));
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("parent"));
  stream.calls->Write(GoodMessage(3, ""));
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("parent"));
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, AMessageRefusedForItsEventStillHasItsParent) {
  Stream stream(*this);
  v1::StreamEventsRequest message = GoodMessage(1, "q");
  message.clear_event();
  stream.calls->Write(message);
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("event"));
  stream.calls->Write(GoodMessage(2, ""));
  EXPECT_THAT(stream.Read().accepted().event(), StartsWith("projects/q/"));
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ErrorsAreThoseOfEmitEvent) {
  struct Case {
    std::string name;
    v1::EmitEventRequest request;
    absl::Status store;
  };
  std::vector<Case> cases(4, {.request = GoodEmit()});
  cases[0].name = "an event that is not valid";
  cases[0].request.mutable_event()->mutable_sent()->mutable_user()->set_email(std::string(20000, 'a'));
  cases[1].name = "a request id and a parent that are not valid";
  cases[1].request.set_request_id("\n");
  cases[1].request.set_parent("p");
  cases[2].name = "a full store";
  cases[2].store = absl::ResourceExhaustedError("the disk is full");
  cases[3].name = "a store that cannot be reached";
  cases[3].store = absl::UnavailableError("the store is closed");
  Stream stream(*this);
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    store_.FailWrites(each.store);
    v1::EmitEventResponse ignored;
    const absl::Status emitted = Emit(each.request, ignored);
    google::rpc::Status expected;
    ASSERT_TRUE(expected.ParseFromString(SerializedDetails(emitted)));

    v1::StreamEventsRequest message;
    message.set_parent(each.request.parent());
    message.set_sequence_number(42);
    *message.mutable_event() = each.request.event();
    message.set_request_id(each.request.request_id());
    stream.calls->Write(message);
    const v1::StreamEventsResponse answer = stream.Read();
    EXPECT_EQ(answer.sequence_number(), 42);
    EXPECT_EQ(answer.error().code(), static_cast<int>(emitted.code()));
    EXPECT_TRUE(MessageDifferencer::Equals(answer.error(), expected)) << answer.ShortDebugString();
  }
  // None of these errors ends the stream.
  store_.FailWrites(absl::OkStatus());
  stream.calls->Write(GoodMessage(43));
  EXPECT_TRUE(stream.Read().has_accepted());
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ARequestIdGivesTheFirstAnswerAgainInTheStreamAndBeyond) {
  MustCreate();
  Stream stream(*this);
  v1::StreamEventsRequest message = GoodMessage(1);
  message.set_request_id("r");
  stream.calls->Write(message);
  const v1::EmitEventResponse first = stream.Read().accepted();
  message.set_sequence_number(2);
  stream.calls->Write(message);
  const v1::StreamEventsResponse again = stream.Read();
  EXPECT_EQ(again.sequence_number(), 2);
  EXPECT_TRUE(MessageDifferencer::Equals(again.accepted(), first));

  v1::EmitEventRequest request = GoodEmit();
  request.set_request_id("r");
  v1::EmitEventResponse beyond;
  ASSERT_TRUE(Emit(request, beyond).ok());
  EXPECT_TRUE(MessageDifferencer::Equals(beyond, first));
  EXPECT_EQ(http_->sent(), 1u);

  message.mutable_event()->mutable_sent()->set_message_id("other");
  stream.calls->Write(message);
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("request_id"));
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, AnswersKeepTheirOrderAndWaitForTheStore) {
  const size_t before = store_.size();
  Stream stream(*this);
  store_.HoldCommits();
  stream.calls->Write(GoodMessage(1));
  stream.calls->Write(GoodMessage(2, "P"));  // could be answered immediately
  stream.calls->Write(GoodMessage(3, "p"));
  stream.calls->WritesDone();
  WaitForRecords(before, 2);
  store_.ReleaseCommits();
  for (int i = 1; i <= 3; ++i) {
    const v1::StreamEventsResponse answer = stream.Read();
    EXPECT_EQ(answer.sequence_number(), i);
    EXPECT_EQ(answer.has_error(), i == 2);
    if (i != 2) EXPECT_EQ(answer.accepted().emit_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  }
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ReadsNoFurtherWhileTooMuchIsUnanswered) {
  const size_t before = store_.size();
  constexpr int kMessages = limits::kMaxUnansweredPerStream * 3;
  for (const bool held : {true, false}) {
    SCOPED_TRACE(held ? "as nothing is stored" : "as no answer is read");
    const size_t stored = store_.size();
    if (held) store_.HoldCommits();
    Stream stream(*this);
    std::thread sender([&] {
      for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(stream.calls->Write(GoodMessage(i)));
      stream.calls->WritesDone();
    });
    WaitForRecords(stored, limits::kMaxUnansweredPerStream);
    // Enough time to read more, if the stream did.
    v1::Webhook webhook;
    for (int i = 0; i < 50; ++i) Get("projects/p/webhooks/none", webhook).IgnoreError();
    EXPECT_EQ(store_.size() - stored, static_cast<size_t>(limits::kMaxUnansweredPerStream));
    if (held) store_.ReleaseCommits();
    for (int i = 0; i < kMessages; ++i) ASSERT_EQ(stream.Read().sequence_number(), i);
    sender.join();
    EXPECT_TRUE(stream.End().ok());
  }
  EXPECT_EQ(store_.size() - before, 2u * kMessages);
}

TEST_F(StreamEventsTest, ACallerThatGoesIsForgotten) {
  const size_t before = store_.size();
  store_.HoldCommits();
  {
    Stream stream(*this);
    for (int i = 0; i < 3; ++i) stream.calls->Write(GoodMessage(i));
    WaitForRecords(before, 3);
    stream.calls->TryCancel();
    EXPECT_EQ(stream.calls->Finish().code(), absl::StatusCode::kCancelled);
  }
  // The events are accepted, but the stream has ended, so that no caller gets the answers.
  store_.ReleaseCommits();
  EXPECT_EQ(store_.size(), before + 3);
}

TEST_F(StreamEventsTest, StoppedItAnswersWhatItReadAndEnds) {
  const size_t before = store_.size();
  Stream idle(*this);
  idle.calls->Write(GoodMessage(1));
  idle.Read();
  Stream stream(*this);
  store_.HoldCommits();
  for (int i = 0; i < 3; ++i) stream.calls->Write(GoodMessage(i));
  WaitForRecords(before, 4);
  api_.StopStreams();
  EXPECT_EQ(idle.End().code(), absl::StatusCode::kUnavailable);
  store_.ReleaseCommits();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(stream.Read().sequence_number(), i);
  const absl::Status end = stream.End();
  EXPECT_EQ(end.code(), absl::StatusCode::kUnavailable);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(end).retry_delay().seconds(), 0);

  Stream late(*this);
  EXPECT_EQ(late.End().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_.size(), before + 4);
}

TEST_F(StreamEventsTest, StoppedWhileSentToItAnswersExactlyWhatItTook) {
  const size_t before = store_.size();
  Stream stream(*this);
  std::thread sender([&] {
    for (int i = 0; stream.calls->Write(GoodMessage(i)); ++i) {
    }
  });
  size_t answered = 0;
  v1::StreamEventsResponse answer;
  while (stream.calls->Read(&answer)) {
    EXPECT_EQ(answer.sequence_number(), static_cast<int64_t>(answered));
    if (++answered == 100) api_.StopStreams();
  }
  sender.join();
  EXPECT_EQ(stream.calls->Finish().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(store_.size() - before, answered);
}

TEST_F(StreamEventsTest, AProjectWithManyStreamsLeavesAShareToTheOthers) {
  constexpr int kMost = static_cast<int>(limits::kMaxEventStreams) -
                        static_cast<int>(static_cast<int>(limits::kMaxEventStreams) * limits::kMaxShare);
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < kMost; ++i) {
    streams.push_back(std::make_unique<Stream>(*this));
    ASSERT_TRUE(streams.back()->calls->Write(GoodMessage(1)));
    ASSERT_EQ(streams.back()->Read().error().code(), 0) << i;
  }
  Stream one_more(*this);
  one_more.calls->Write(GoodMessage(1));
  EXPECT_EQ(one_more.End().code(), absl::StatusCode::kResourceExhausted);
  Stream another(*this);
  ASSERT_TRUE(another.calls->Write(GoodMessage(1, "q")));
  EXPECT_EQ(another.Read().error().code(), 0);
  another.calls->TryCancel();
  another.calls->Finish().IgnoreError();
  for (const auto& stream : streams) {
    stream->calls->WritesDone();
    EXPECT_TRUE(stream->End().ok());
  }
}

TEST_F(StreamEventsTest, TakesAnEventAsDocumentedJson) {
  Stream stream(*this);
  v1::StreamEventsRequest message = GoodMessage(1);
  message.clear_event();
  message.set_document(R"({"type":"sent","user":{"id":1},"message_id":"m"})");
  message.set_request_id("r");
  ASSERT_TRUE(stream.calls->Write(message));
  const std::string event = stream.Read().accepted().event();
  EXPECT_THAT(event, StartsWith("projects/p/events/"));
  // The same event as a message is the same request.
  message = GoodMessage(2);
  message.set_request_id("r");
  ASSERT_TRUE(stream.calls->Write(message));
  EXPECT_EQ(stream.Read().accepted().event(), event);
  message.set_document("{}");
  ASSERT_TRUE(stream.calls->Write(message));
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("document"));
  message.clear_event();
  message.set_document(R"({"type":"sent","user":{"id":1},"campaign":{"name":1}})");
  ASSERT_TRUE(stream.calls->Write(message));
  EXPECT_THAT(FieldsOfAnswer(stream.Read()), ElementsAre("document.campaign.name"));
}

}  // namespace
}  // namespace hookd
