// Streams over gRPC: the behavior that the transport adds. tests/unit/api tests the streams themselves.
#include "grpc/grpc_streams.h"

#include <string>
#include <thread>
#include <vector>

#include "api/conversion/delivery_conversion.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "tests/unit/grpc/grpc_api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

class GrpcStreamsTest : public GrpcApiTest {
 protected:
  // The project exists, so that an event is one more record.
  GrpcStreamsTest() {
    store_.UpdateProject(
        "p", [](Project&) { return absl::OkStatus(); }, /*allow_missing=*/true,
        [](const absl::StatusOr<Project>& project) { EXPECT_TRUE(project.ok()); });
  }

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
    EXPECT_EQ(response.error().code(), grpc::StatusCode::INVALID_ARGUMENT);
    return FieldsOf(
        grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "", response.error().SerializeAsString()));
  }

  // Sends bytes, which need not be valid messages, and reads until the end.
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

TEST_F(GrpcStreamsTest, AMessageWithInvalidUtf8IsAnsweredByItsSequenceNumber) {
  // Field 1 of `sent`, message_id, is one byte that is not valid UTF-8.
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

TEST_F(GrpcStreamsTest, AParentWithInvalidUtf8IsNotInherited) {
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

TEST_F(GrpcStreamsTest, BytesThatAreNoMessageEndTheStreamOnceAllBeforeIsAnswered) {
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

TEST_F(GrpcStreamsTest, OverTcpEveryMessageIsAnswered) {
  const auto stub = v1::EventService::NewStub(TcpChannel());
  constexpr int kMessages = 5000;
  grpc::ClientContext context;
  const auto stream = stub->StreamEvents(&context);
  std::thread sender([&] {
    for (int i = 0; i < kMessages; ++i) stream->Write(GoodMessage(i, i % 7 == 0 ? "P" : "p"));
    stream->WritesDone();
  });
  for (int i = 0; i < kMessages; ++i) {
    v1::StreamEventsResponse answer;
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_EQ(answer.sequence_number(), i);
    EXPECT_EQ(answer.has_error(), i % 7 == 0);
  }
  sender.join();
  v1::StreamEventsResponse more;
  EXPECT_FALSE(stream->Read(&more));
  EXPECT_TRUE(stream->Finish().ok());
}

TEST_F(GrpcStreamsTest, OverTcpOutcomesOfPastAndPresentAreReported) {
  constexpr int kOutcomes = 2000;
  MustCreate();
  const absl::Time start = clock_.Now();
  const auto deliver = [this] {
    MustEmit();
    ASSERT_TRUE(http_->WaitForWaiting(1, absl::Minutes(1)));
    http_->AnswerNext({.status = 200});
  };
  for (int i = 0; i < kOutcomes; ++i) deliver();
  grpc::ClientContext context;
  v1::WatchDeliveriesRequest request;
  request.set_parent("projects/p");
  ToProto(start, *request.mutable_start_time());
  const auto stub = v1::DeliveryService::NewStub(TcpChannel());
  const auto watch = stub->WatchDeliveries(&context, request);
  const auto read = [&] {
    v1::WatchDeliveriesResponse outcome;
    do {
      ASSERT_TRUE(watch->Read(&outcome));
    } while (!outcome.has_delivery());
    EXPECT_EQ(outcome.delivery().response_status(), 200);
  };
  for (int i = 0; i < kOutcomes; ++i) read();
  for (int i = 0; i < kOutcomes; ++i) {
    deliver();
    read();
  }
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(GrpcStreamsTest, CallersThatGiveUpAtRandomMomentsDoNoHarm) {
  MustCreate();
  for (int round = 0; round < 30; ++round) {
    std::vector<std::thread> callers;
    for (int caller = 0; caller < 4; ++caller) {
      callers.emplace_back([this, round, caller] {
        grpc::ClientContext context;
        const auto stream = event_stub_->StreamEvents(&context);
        std::thread reader([&stream] {
          v1::StreamEventsResponse answer;
          while (stream->Read(&answer)) {
          }
        });
        for (int i = 0; i < 5 * (round + caller) % 97 && stream->Write(GoodMessage(i)); ++i) {
        }
        context.TryCancel();
        reader.join();
        EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
      });
    }
    for (std::thread& caller : callers) caller.join();
  }
  MustEmit();
}

TEST_F(GrpcStreamsTest, ACallerThatGivesUpDoesNoHarm) {
  store_.HoldCommits();
  for (int i = 0; i < 20; ++i) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(5));
    v1::EmitEventResponse response;
    EXPECT_EQ(event_stub_->EmitEvent(&context, GoodEmit(), &response).error_code(),
              grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  store_.ReleaseCommits();
  MustEmit();
}

}  // namespace
}  // namespace hookd
