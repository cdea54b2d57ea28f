#include "hookd/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "tests/unit/client/fake_hookd.h"

namespace hookd::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class EventStreamTest : public testing::Test {
 protected:
  std::unique_ptr<EventStream> Open(int max_unanswered = EventStream::kMaxUnanswered) {
    return std::make_unique<EventStream>(
        client_, "projects/shop", [this](const EventResult& result) { results_.push_back(result); },
        max_unanswered);
  }

  static v1::Event Sent(int64_t time) {
    v1::Event event;
    event.mutable_sent()->set_sent_at(time);
    return event;
  }

  FakeHookd hookd_;
  Client client_{{.target = hookd_.target()}};
  std::vector<EventResult> results_;  // read after Finish alone
};

TEST_F(EventStreamTest, HandsBackEachResultByItsSequenceNumber) {
  std::vector<v1::StreamEventsRequest> requests;
  hookd_.events.stream = [&](grpc::ServerContext*, FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      requests.push_back(request);
      calls->Write(FakeEventService::Accept(request));
    }
    return grpc::Status::OK;
  };
  const auto stream = Open();
  EXPECT_TRUE(stream->Send(7, Sent(1), "r7"));
  EXPECT_TRUE(stream->Send(9, Sent(2)));
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_THAT(results_, SizeIs(2));
  EXPECT_EQ(results_[0].sequence_number, 7);
  EXPECT_EQ(results_[1].sequence_number, 9);
  EXPECT_EQ(results_[1].response.webhook_count(), 2);
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].parent(), "projects/shop");
  EXPECT_EQ(requests[0].request_id(), "r7");
  EXPECT_EQ(requests[1].parent(), "");
  EXPECT_EQ(requests[1].event().sent().sent_at(), 2);
}

TEST_F(EventStreamTest, ARefusedEventHasItsViolationsAndDoesNotEndTheStream) {
  hookd_.events.stream = [](grpc::ServerContext*, FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      v1::StreamEventsResponse answer = FakeEventService::Accept(request);
      if (request.sequence_number() == 1) {
        const grpc::Status error = InvalidArgument({{"event.sent.sent_at", "is negative"}});
        answer.mutable_error()->ParseFromString(error.error_details());
      }
      calls->Write(answer);
    }
    return grpc::Status::OK;
  };
  const auto stream = Open();
  stream->Send(1, Sent(-1));
  stream->Send(2, Sent(1));
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_THAT(results_, SizeIs(2));
  EXPECT_EQ(results_[0].status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ASSERT_THAT(FieldViolations(results_[0].status), SizeIs(1));
  EXPECT_EQ(FieldViolations(results_[0].status)[0].field, "event.sent.sent_at");
  EXPECT_TRUE(results_[1].status.ok());
}

TEST_F(EventStreamTest, SendWaitsWhileAsManyAsAllowedAreUnanswered) {
  absl::Notification may_answer;
  std::atomic<int> read = 0;
  hookd_.events.stream = [&](grpc::ServerContext*, FakeEventService::Stream* calls) {
    std::vector<v1::StreamEventsRequest> unanswered;
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
      unanswered.push_back(request);
      ++read;
      if (read == 2) may_answer.WaitForNotification();
      if (may_answer.HasBeenNotified()) {
        for (const auto& each : unanswered) calls->Write(FakeEventService::Accept(each));
        unanswered.clear();
      }
    }
    return grpc::Status::OK;
  };
  const auto stream = Open(2);
  stream->Send(1, Sent(1));
  stream->Send(2, Sent(2));
  std::atomic<bool> third_sent = false;
  std::thread sender([&] {
    stream->Send(3, Sent(3));
    third_sent = true;
  });
  while (read < 2) std::this_thread::yield();
  EXPECT_FALSE(third_sent);
  may_answer.Notify();
  sender.join();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_THAT(results_, SizeIs(3));
}

TEST_F(EventStreamTest, AStreamThatBreaksEndsSendingAndSaysWhy) {
  hookd_.events.stream = [](grpc::ServerContext*, FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    calls->Read(&request);
    calls->Write(FakeEventService::Accept(request));
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "stopping");
  };
  const auto stream = Open(1);
  int64_t number = 1;
  while (stream->Send(number, Sent(1))) ++number;
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(status.error_message(), "stopping");
  EXPECT_THAT(results_, SizeIs(1));
}

TEST_F(EventStreamTest, AnswersThatAreMissingAtTheEndAreAnError) {
  hookd_.events.stream = [](grpc::ServerContext*, FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
    }
    return grpc::Status::OK;
  };
  const auto stream = Open();
  stream->Send(1, Sent(1));
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(results_, IsEmpty());
}

TEST_F(EventStreamTest, OneThatIsNotFinishedIsCanceled) {
  absl::Notification ended;
  hookd_.events.stream = [&](grpc::ServerContext* context, FakeEventService::Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) {
    }
    while (!context->IsCancelled()) std::this_thread::yield();
    ended.Notify();
    return grpc::Status::CANCELLED;
  };
  Open()->Send(1, Sent(1));
  EXPECT_TRUE(ended.WaitForNotificationWithTimeout(absl::Seconds(30)));
}

}  // namespace
}  // namespace hookd::client
