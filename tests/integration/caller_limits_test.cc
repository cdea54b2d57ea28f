// What one caller can take: messages, metadata, streams that are opened and never read. On the real server.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <iostream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/half_requests.h"
#include "tests/support/http_receiver.h"
#include "tests/support/raw_caller.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

// The bound that the README states.
constexpr int64_t kMaxMemory = int64_t{128} << 20;

class CallerLimitsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(server_, nullptr); }

  int64_t MemoryOfServer() const {
    std::ifstream status(absl::StrCat("/proc/", server_->pid(), "/status"));
    std::string word;
    int64_t kib = 0;
    while (status >> word) {
      if (word == "VmRSS:") status >> kib;
    }
    return kib * 1024;
  }

  int Port() const {
    const std::string address = server_->address();
    return std::stoi(address.substr(address.rfind(':') + 1));
  }

  grpc::Status List(grpc::ClientContext& context) {
    v1::ListWebhooksRequest request;
    request.set_parent("projects/p");
    v1::ListWebhooksResponse response;
    return v1::WebhookService::NewStub(server_->channel())->ListWebhooks(&context, request, &response);
  }

  TempDir data_;
  std::unique_ptr<ServerProcess> server_ = ServerProcess::Start(data_.path());
};

TEST_F(CallerLimitsTest, AMessageThatIsTooLongIsResourceExhausted) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  request.mutable_event()->mutable_sent()->mutable_user()->set_email(std::string(17 << 20, 'x'));
  grpc::ClientContext context;
  v1::EmitEventResponse response;
  EXPECT_EQ(
      v1::EventService::NewStub(server_->channel())->EmitEvent(&context, request, &response).error_code(),
      grpc::StatusCode::RESOURCE_EXHAUSTED);
  grpc::ClientContext after;
  EXPECT_TRUE(List(after).ok());
}

TEST_F(CallerLimitsTest, MetadataThatAreTooLongAreResourceExhausted) {
  grpc::ClientContext context;
  context.AddMetadata("x-long", std::string(20'000, 'x'));
  EXPECT_EQ(List(context).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  // gRPC may end the connection too: the caller's own, and the next call makes another.
  grpc::Status after;
  do {
    grpc::ClientContext next;
    next.AddMetadata("x-fits", std::string(8'000, 'x'));
    after = List(next);
  } while (after.error_code() == grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(after.ok()) << after.error_message();
}

// A megabyte of zeros fits into a kilobyte, and is unpacked before anybody asks who sends it.
TEST_F(CallerLimitsTest, PackedMessagesAreRefusedWithoutUnpackingThem) {
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    grpc::ClientContext context;
    context.set_compression_algorithm(algorithm);
    EXPECT_EQ(List(context).error_code(), grpc::StatusCode::UNIMPLEMENTED);
  }
}

// gRPC takes a message of an encoding that it does not know for a plain one.
TEST_F(CallerLimitsTest, MessagesOfAnUnknownEncodingAreUnimplemented) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  v1::Sent& sent = *request.mutable_event()->mutable_sent();
  sent.set_sent_at(1'435'016'238);
  sent.mutable_user()->set_email("steve@example.com");
  const std::string bytes = request.SerializeAsString();
  constexpr absl::string_view kUnimplemented =
      "grpc-status\x02"
      "12";
  for (const char* method : {"EmitEvent", "StreamEvents"}) {
    const std::string path = absl::StrCat("/hookd.v1.EventService/", method);
    for (const char* encoding : {"br", "snappy", "identity"}) {
      EXPECT_THAT(RawCaller(Port()).Call(path, {{"grpc-encoding", encoding}},
                                         FrameMessage(/*compressed=*/true, bytes)),
                  ::testing::HasSubstr(std::string(kUnimplemented)))
          << method << " " << encoding;
    }
    EXPECT_THAT(RawCaller(Port()).Call(path, {}, FrameMessage(/*compressed=*/false, bytes)),
                ::testing::Not(::testing::HasSubstr(std::string(kUnimplemented))))
        << method;
  }
}

// The last byte of each never comes: how many whole messages the server holds could not be told. Together
// they are four times what all callers may have; the connection is closed at a part of it.
TEST_F(CallerLimitsTest, MessagesThatNeverEndCostBoundedMemory) {
  constexpr int kMessageBytes = 15 << 20;
  HalfRequests requests(Port(), 4 * int{limits::kMaxCallersBytes} / kMessageBytes, kMessageBytes);
  int64_t most = 0;
  while (requests.bytes_sent() < int64_t{limits::kMaxCallersBytes} && requests.SendMore()) {
    most = std::max(most, MemoryOfServer());
  }
  std::cout << "with " << (requests.bytes_sent() >> 20) << " MiB of messages that never end: " << (most >> 20)
            << " MiB\n";
  EXPECT_LT(requests.bytes_sent(), int64_t{limits::kMaxCallersBytes}) << "the connection is closed";
  EXPECT_LT(most, kMaxMemory + 2 * limits::kMaxIncompleteBytes);
  grpc::ClientContext context;
  EXPECT_TRUE(List(context).ok()) << "others are served";
}

// Each stream sends until nothing more goes out, as nobody takes its answers.
TEST_F(CallerLimitsTest, StreamsThatAreNeverReadCostBoundedMemory) {
  constexpr int kStreams = 40;
  constexpr int kMessages = 5000;
  constexpr int kEnough = 1500;  // far more than a stream may have unanswered
  const auto stub = v1::EventService::NewStub(server_->channel());
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReaderWriter<v1::StreamEventsRequest, v1::StreamEventsResponse>>>
      streams;
  std::atomic<int> ready = 0;
  std::vector<std::thread> senders;
  for (int i = 0; i < kStreams; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub->StreamEvents(contexts.back().get()));
    senders.emplace_back([&ready, stream = streams.back().get()] {
      v1::StreamEventsRequest request;
      request.set_parent("projects/p");
      request.mutable_event()->mutable_sent()->mutable_user()->set_email(std::string(1000, 'm'));
      for (int sent = 0; sent < kMessages && stream->Write(request); ++sent) {
        if (sent == kEnough) ++ready;
      }
    });
  }
  while (ready < kStreams) std::this_thread::yield();
  std::cout << "with " << kStreams << " streams that nobody reads: " << (MemoryOfServer() >> 20) << " MiB\n";
  EXPECT_LT(MemoryOfServer(), kMaxMemory);
  grpc::ClientContext another;
  EXPECT_TRUE(List(another).ok());
  for (const auto& context : contexts) context->TryCancel();
  for (std::thread& sender : senders) sender.join();
  for (const auto& stream : streams) stream->Finish();
}

}  // namespace
}  // namespace hookd
