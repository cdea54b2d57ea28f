// The trace context in the metadata of each method that causes attempts reaches the endpoint.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/grpc/grpc_api_test.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;

constexpr char kParent[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

class CallerTraceTest : public GrpcApiTest {
 protected:
  // Emits an event with this metadata, and returns the headers of its attempt.
  HttpHeaders HeadersWith(const std::vector<std::pair<std::string, std::string>>& metadata) {
    grpc::ClientContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    v1::EmitEventResponse response;
    EXPECT_TRUE(event_stub_->EmitEvent(&context, GoodEmit(), &response).ok());
    const HttpHeaders headers = http_->waiting().back().headers;
    http_->AnswerNext({.status = 200});
    return headers;
  }
};

TEST_F(CallerTraceTest, GoesOnToTheEndpoint) {
  MustCreate();
  const HttpHeaders headers = HeadersWith({{"traceparent", kParent}, {"tracestate", "a=1"}});
  EXPECT_THAT(headers, Contains(Pair("traceparent", kParent)));
  EXPECT_THAT(headers, Contains(Pair("tracestate", "a=1")));
}

TEST_F(CallerTraceTest, SeveralStatesAreOneInTheirOrder) {
  MustCreate();
  EXPECT_THAT(HeadersWith({{"traceparent", kParent}, {"tracestate", "b=2"}, {"tracestate", "a=1"}}),
              Contains(Pair("tracestate", "b=2,a=1")));
}

TEST_F(CallerTraceTest, WhatIsNoneOrSeveralIsIgnored) {
  MustCreate();
  EXPECT_THAT(HeadersWith({}), Not(Contains(Key("traceparent"))));
  EXPECT_THAT(HeadersWith({{"traceparent", "00-nonsense"}, {"tracestate", "a=1"}}),
              Not(Contains(Key("tracestate"))));
  EXPECT_THAT(HeadersWith({{"traceparent", kParent}, {"traceparent", kParent}}),
              Not(Contains(Key("traceparent"))));
  EXPECT_THAT(HeadersWith({{"traceparent", kParent}, {"tracestate", "="}}), Contains(Key("traceparent")));
}

TEST_F(CallerTraceTest, GoesWithEveryEventOfABatch) {
  MustCreate();
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  for (int i = 0; i < 2; ++i) *request.add_requests()->mutable_event() = GoodEmit().event();
  grpc::ClientContext context;
  context.AddMetadata("traceparent", kParent);
  v1::BatchEmitEventsResponse response;
  ASSERT_TRUE(event_stub_->BatchEmitEvents(&context, request, &response).ok());
  ASSERT_EQ(http_->waiting().size(), 2u);
  for (const HttpRequest& sent : http_->waiting()) {
    EXPECT_THAT(sent.headers, Contains(Pair("traceparent", kParent)));
  }
}

TEST_F(CallerTraceTest, GoesWithEveryEventOfAStream) {
  MustCreate();
  grpc::ClientContext context;
  context.AddMetadata("traceparent", kParent);
  const auto stream = event_stub_->StreamEvents(&context);
  for (int i = 0; i < 2; ++i) {
    v1::StreamEventsRequest request;
    request.set_parent("projects/p");
    *request.mutable_event() = GoodEmit().event();
    ASSERT_TRUE(stream->Write(request));
  }
  stream->WritesDone();
  v1::StreamEventsResponse response;
  while (stream->Read(&response)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(http_->waiting().size(), 2u);
  for (const HttpRequest& sent : http_->waiting()) {
    EXPECT_THAT(sent.headers, Contains(Pair("traceparent", kParent)));
  }
}

TEST_F(CallerTraceTest, GoesWithATest) {
  const v1::Webhook webhook = MustCreate();
  v1::TestWebhookRequest request;
  request.set_name(webhook.name());
  grpc::ClientContext context;
  context.AddMetadata("traceparent", kParent);
  std::thread answering([this] {
    while (!http_->AnswerNext({.status = 200})) std::this_thread::yield();
  });
  v1::TestWebhookResponse response;
  EXPECT_TRUE(webhook_stub_->TestWebhook(&context, request, &response).ok());
  answering.join();
  EXPECT_EQ(response.request().headers().at("traceparent"), kParent);
}

}  // namespace
}  // namespace hookd
