#include "rpc/stream_events.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/unit/rpc/services.h"

namespace hookd {
namespace {

using ::google::protobuf::util::MessageDifferencer;
using ::testing::ElementsAre;
using ::testing::StartsWith;

class StreamEventsTest : public ServicesTest {
 protected:
  // A stream as its caller has it.
  struct Stream {
    explicit Stream(v1::EventService::Stub& stub) : calls(stub.StreamEvents(&context)) {}

    v1::StreamEventsResponse Read() {
      v1::StreamEventsResponse response;
      EXPECT_TRUE(calls->Read(&response));
      return response;
    }
    // The end, after the last answer was read.
    grpc::Status End() {
      v1::StreamEventsResponse response;
      EXPECT_FALSE(calls->Read(&response)) << response.ShortDebugString();
      return calls->Finish();
    }

    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<v1::StreamEventsRequest, v1::StreamEventsResponse>> calls;
  };

  static v1::StreamEventsRequest GoodMessage(int64_t sequence_number, const std::string& project = "p") {
    v1::StreamEventsRequest message;
    if (!project.empty()) message.set_parent("projects/" + project);
    message.set_sequence_number(sequence_number);
    message.mutable_event()->mutable_sent()->set_message_id("m");
    message.mutable_event()->mutable_sent()->mutable_user()->mutable_id()->set_number(1);
    return message;
  }

  // The fields that an answer finds fault with.
  static std::vector<std::string> FieldsOfAnswer(const v1::StreamEventsResponse& response) {
    EXPECT_EQ(response.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
    return FieldsOf(
        grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "", response.error().SerializeAsString()));
  }

  // Waits until the store holds so many records more than `before`.
  void WaitForRecords(size_t before, size_t count) {
    while (store_.size() < before + count) std::this_thread::yield();
  }

  // Sends bytes that need not be messages, and reads until the end.
  grpc::Status SendRaw(const std::vector<std::string>& messages,
                       std::vector<v1::StreamEventsResponse>& answers) {
    const grpc::internal::RpcMethod method("/hookd.v1.EventService/StreamEvents",
                                           grpc::internal::RpcMethod::BIDI_STREAMING, channel_);
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer>> stream(
        grpc::internal::ClientReaderWriterFactory<grpc::ByteBuffer, grpc::ByteBuffer>::Create(
            channel_.get(), method, &context));
    std::thread sender([&] {
      for (const std::string& message : messages) {
        grpc::Slice slice(message);
        if (!stream->Write(grpc::ByteBuffer(&slice, 1))) return;
      }
      stream->WritesDone();
    });
    grpc::ByteBuffer bytes;
    while (stream->Read(&bytes)) {
      grpc::Slice slice;
      EXPECT_TRUE(bytes.DumpToSingleSlice(&slice).ok());
      EXPECT_TRUE(answers.emplace_back().ParseFromArray(slice.begin(), static_cast<int>(slice.size())));
    }
    sender.join();
    return stream->Finish();
  }
};

TEST_F(StreamEventsTest, AnswersEveryMessageInOrderByItsSequenceNumber) {
  MustCreate();
  Stream stream(*event_stub_);
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
  Stream stream(*event_stub_);
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, AnEventCanBeReadBackWithoutWhatIsOutputOnly) {
  Stream stream(*event_stub_);
  v1::StreamEventsRequest message = GoodMessage(1);
  message.mutable_event()->set_name("ignored");
  stream.calls->Write(message);
  v1::GetEventRequest get;
  get.set_name(stream.Read().accepted().event());
  v1::Event event;
  EXPECT_TRUE(Call(&v1::EventService::Stub::GetEvent, *event_stub_, get, event).ok());
  EXPECT_EQ(event.sent().message_id(), "m");
  EXPECT_EQ(event.name(), get.name());
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ParentIsThatOfTheMessageBefore) {
  Stream stream(*event_stub_);
  for (const char* project : {"p", "", "q", "", ""}) stream.calls->Write(GoodMessage(0, project));
  for (const char* project : {"p", "p", "q", "q", "q"}) {
    EXPECT_THAT(stream.Read().accepted().event(), StartsWith(std::string("projects/") + project + "/"));
  }
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ParentIsRequiredFirstAndAfterOneThatIsInvalid) {
  const size_t before = store_.size();
  Stream stream(*event_stub_);
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
  Stream stream(*event_stub_);
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
  Stream stream(*event_stub_);
  for (const Case& each : cases) {
    SCOPED_TRACE(each.name);
    store_.FailWrites(each.store);
    v1::EmitEventResponse ignored;
    const grpc::Status emitted = Emit(each.request, ignored);
    google::rpc::Status expected;
    ASSERT_TRUE(expected.ParseFromString(emitted.error_details()));

    v1::StreamEventsRequest message;
    message.set_parent(each.request.parent());
    message.set_sequence_number(42);
    *message.mutable_event() = each.request.event();
    message.set_request_id(each.request.request_id());
    stream.calls->Write(message);
    const v1::StreamEventsResponse answer = stream.Read();
    EXPECT_EQ(answer.sequence_number(), 42);
    EXPECT_EQ(answer.error().code(), emitted.error_code());
    EXPECT_TRUE(MessageDifferencer::Equals(answer.error(), expected)) << answer.ShortDebugString();
  }
  // None of it ends the stream.
  store_.FailWrites(absl::OkStatus());
  stream.calls->Write(GoodMessage(43));
  EXPECT_TRUE(stream.Read().has_accepted());
  stream.calls->WritesDone();
  EXPECT_TRUE(stream.End().ok());
}

TEST_F(StreamEventsTest, ARequestIdGivesTheFirstAnswerAgainInTheStreamAndBeyond) {
  MustCreate();
  Stream stream(*event_stub_);
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

TEST_F(StreamEventsTest, AMessageWithInvalidUtf8IsAnsweredByItsSequenceNumber) {
  // Field 1 of `sent`, message_id, is one byte that is not UTF-8.
  v1::StreamEventsRequest bad = GoodMessage(2);
  std::string bytes = bad.SerializeAsString();
  ASSERT_EQ(bytes.find('m'), bytes.rfind('m'));
  bytes[bytes.find('m')] = '\xff';
  std::vector<v1::StreamEventsResponse> answers;
  const grpc::Status status = SendRaw(
      {GoodMessage(1, "q").SerializeAsString(), bytes, GoodMessage(3, "").SerializeAsString()}, answers);
  EXPECT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[1].sequence_number(), 2);
  EXPECT_THAT(FieldsOfAnswer(answers[1]), ElementsAre("event.sent.message_id"));
  EXPECT_THAT(answers[2].accepted().event(), StartsWith("projects/p/")) << "its parent was good";
}

TEST_F(StreamEventsTest, AParentWithInvalidUtf8IsNotInherited) {
  v1::StreamEventsRequest bad = GoodMessage(2, "Z");
  std::string bytes = bad.SerializeAsString();
  bytes[bytes.find('Z')] = '\xff';
  std::vector<v1::StreamEventsResponse> answers;
  EXPECT_TRUE(
      SendRaw({GoodMessage(1).SerializeAsString(), bytes, GoodMessage(3, "").SerializeAsString()}, answers)
          .ok());
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_THAT(FieldsOfAnswer(answers[1]), ElementsAre("parent"));
  EXPECT_THAT(FieldsOfAnswer(answers[2]), ElementsAre("parent"));
}

TEST_F(StreamEventsTest, BytesThatAreNoMessageEndTheStreamOnceAllBeforeIsAnswered) {
  const size_t before = store_.size();
  std::vector<v1::StreamEventsResponse> answers;
  const grpc::Status status =
      SendRaw({GoodMessage(1).SerializeAsString(), "\x0a\x7f", GoodMessage(3).SerializeAsString()}, answers);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(FieldsOf(status), ElementsAre("parent"));
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[0].has_accepted());
  EXPECT_EQ(store_.size(), before + 1);
}

TEST_F(StreamEventsTest, AnswersKeepTheirOrderAndWaitForTheStore) {
  const size_t before = store_.size();
  Stream stream(*event_stub_);
  store_.HoldCommits();
  stream.calls->Write(GoodMessage(1));
  stream.calls->Write(GoodMessage(2, "P"));  // could be answered at once
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
    Stream stream(*event_stub_);
    std::thread sender([&] {
      for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(stream.calls->Write(GoodMessage(i)));
      stream.calls->WritesDone();
    });
    WaitForRecords(stored, limits::kMaxUnansweredPerStream);
    // Time for it to read on, if it would.
    v1::Webhook webhook;
    for (int i = 0; i < 50; ++i) Get("projects/p/webhooks/none", webhook);
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
    Stream stream(*event_stub_);
    for (int i = 0; i < 3; ++i) stream.calls->Write(GoodMessage(i));
    WaitForRecords(before, 3);
    stream.context.TryCancel();
    EXPECT_EQ(stream.calls->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  // What was accepted is answered to nobody; the server, which would wait for the stream, is done with it.
  server_->Shutdown();
  store_.ReleaseCommits();
  EXPECT_EQ(store_.size(), before + 3);
}

TEST_F(StreamEventsTest, StoppedItAnswersWhatItReadAndEnds) {
  const size_t before = store_.size();
  Stream idle(*event_stub_);
  idle.calls->Write(GoodMessage(1));
  idle.Read();
  Stream stream(*event_stub_);
  store_.HoldCommits();
  for (int i = 0; i < 3; ++i) stream.calls->Write(GoodMessage(i));
  WaitForRecords(before, 4);
  event_service_.StopStreams();
  EXPECT_EQ(idle.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  store_.ReleaseCommits();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(stream.Read().sequence_number(), i);
  const grpc::Status end = stream.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(end).retry_delay().seconds(), 0);

  Stream late(*event_stub_);
  EXPECT_EQ(late.End().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(store_.size(), before + 4);
}

TEST_F(StreamEventsTest, StoppedWhileSentToItAnswersExactlyWhatItTook) {
  const size_t before = store_.size();
  Stream stream(*event_stub_);
  std::thread sender([&] {
    for (int i = 0; stream.calls->Write(GoodMessage(i)); ++i) {
    }
  });
  size_t answered = 0;
  v1::StreamEventsResponse answer;
  while (stream.calls->Read(&answer)) {
    EXPECT_EQ(answer.sequence_number(), static_cast<int64_t>(answered));
    if (++answered == 100) event_service_.StopStreams();
  }
  sender.join();
  EXPECT_EQ(stream.calls->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(store_.size() - before, answered);
}

TEST_F(StreamEventsTest, OverTcpEveryMessageIsAnswered) {
  EventService service(callers_, engine_->acceptor(), &store_);
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  const auto stub = v1::EventService::NewStub(channel);
  constexpr int kMessages = 5000;
  {
    Stream stream(*stub);
    std::thread sender([&] {
      for (int i = 0; i < kMessages; ++i) stream.calls->Write(GoodMessage(i, i % 7 == 0 ? "P" : "p"));
      stream.calls->WritesDone();
    });
    for (int i = 0; i < kMessages; ++i) {
      const v1::StreamEventsResponse answer = stream.Read();
      EXPECT_EQ(answer.sequence_number(), i);
      EXPECT_EQ(answer.has_error(), i % 7 == 0);
    }
    sender.join();
    EXPECT_TRUE(stream.End().ok());
  }
  server->Shutdown();
}

TEST_F(StreamEventsTest, AProjectWithManyStreamsLeavesAShareToTheOthers) {
  constexpr int kMost = static_cast<int>(limits::kMaxEventStreams) -
                        static_cast<int>(static_cast<int>(limits::kMaxEventStreams) * limits::kMaxShare);
  std::vector<std::unique_ptr<Stream>> streams;
  for (int i = 0; i < kMost; ++i) {
    streams.push_back(std::make_unique<Stream>(*event_stub_));
    ASSERT_TRUE(streams.back()->calls->Write(GoodMessage(1)));
    ASSERT_EQ(streams.back()->Read().error().code(), 0) << i;
  }
  Stream one_more(*event_stub_);
  one_more.calls->Write(GoodMessage(1));
  EXPECT_EQ(one_more.End().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  Stream another(*event_stub_);
  ASSERT_TRUE(another.calls->Write(GoodMessage(1, "q")));
  EXPECT_EQ(another.Read().error().code(), 0);
  another.context.TryCancel();
  another.calls->Finish();
  for (const auto& stream : streams) {
    stream->calls->WritesDone();
    EXPECT_TRUE(stream->End().ok());
  }
}

}  // namespace
}  // namespace hookd
