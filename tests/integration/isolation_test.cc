// No endpoint can hurt another, on the real server: endpoints that hang or are slow, a backlog of a million,
// and the memory they take.
#include <fstream>
#include <iostream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(120);

// What hookd may take of memory, whatever waits: the bound that the README states.
constexpr int64_t kMaxMemory = int64_t{128} << 20;

class IsolationTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(server_, nullptr); }

  std::string CreateWebhook(const std::string& url, v1::EventType type) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.mutable_webhook()->set_url(url);
    request.mutable_webhook()->add_event_types(type);
    request.mutable_webhook()->mutable_timeout()->set_seconds(30);
    v1::Webhook webhook;
    grpc::ClientContext context;
    EXPECT_TRUE(
        v1::WebhookService::NewStub(server_->channel())->CreateWebhook(&context, request, &webhook).ok());
    return webhook.name();
  }

  // Events of type sent or delivered, a thousand a call.
  void Emit(v1::EventType type, int count) {
    const auto stub = v1::EventService::NewStub(server_->channel());
    for (int left = count; left > 0; left -= 1000) {
      v1::BatchEmitEventsRequest batch;
      batch.set_parent("projects/p");
      for (int i = 0; i < std::min(left, 1000); ++i) {
        v1::Event& event = *batch.add_requests()->mutable_event();
        if (type == v1::EVENT_TYPE_SENT) {
          event.mutable_sent()->mutable_user()->set_email("m");
        } else {
          event.mutable_delivered()->mutable_user()->set_email("m");
        }
      }
      v1::BatchEmitEventsResponse response;
      grpc::ClientContext context;
      const grpc::Status status = stub->BatchEmitEvents(&context, batch, &response);
      ASSERT_TRUE(status.ok()) << status.error_message();
    }
  }

  // Whether hookd has any delivery that the filter is true of.
  bool Any(const std::string& filter) {
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    request.set_page_size(1);
    v1::ListDeliveriesResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(
        v1::DeliveryService::NewStub(server_->channel())->ListDeliveries(&context, request, &response).ok());
    return response.deliveries_size() > 0;
  }

  int64_t Memory() const {
    std::ifstream status(absl::StrCat("/proc/", server_->pid(), "/status"));
    for (std::string word; status >> word;) {
      int64_t kilobytes = 0;
      if (word == "VmRSS:" && status >> kilobytes) return kilobytes * 1024;
    }
    return -1;
  }

  TempDir data_;
  HttpReceiver healthy_, unhealthy_;
  std::unique_ptr<ServerProcess> server_ = ServerProcess::Start(data_.path());
};

TEST_F(IsolationTest, AHealthyEndpointIsServedBesideTwoHundredThatHang) {
  unhealthy_.SetDefault({.hang = true});
  CreateWebhook(healthy_.Url("/"), v1::EVENT_TYPE_DELIVERED);
  for (int i = 0; i < 200; ++i) {
    CreateWebhook(unhealthy_.Url(absl::StrCat("/", i)), v1::EVENT_TYPE_SENT);
  }
  Emit(v1::EVENT_TYPE_SENT, 100);
  // Every one of them has something under way before the healthy one gets its first.
  ASSERT_TRUE(unhealthy_.WaitForRequests(200, kPatience));
  Emit(v1::EVENT_TYPE_DELIVERED, 10'000);
  ASSERT_TRUE(healthy_.WaitForRequests(10'000, kPatience));
  // All that while nothing of the others had come to an end.
  EXPECT_FALSE(Any("event_type = SENT AND state = FAILED"));
  const int64_t memory = Memory();
  EXPECT_GT(memory, 0);
  EXPECT_LT(memory, kMaxMemory);
  std::cout << "200 that hang beside a healthy one: " << (memory >> 20) << " MiB\n";
}

TEST_F(IsolationTest, AHealthyEndpointIsServedBesideSlowOnesThatAskForMoreThanThereIs) {
  unhealthy_.SetDefault({.delay = absl::Milliseconds(1500)});
  CreateWebhook(healthy_.Url("/"), v1::EVENT_TYPE_DELIVERED);
  for (int i = 0; i < 200; ++i) {
    CreateWebhook(unhealthy_.Url(absl::StrCat("/", i)), v1::EVENT_TYPE_SENT);
  }
  Emit(v1::EVENT_TYPE_SENT, 100);
  // They have shown that they answer, and are trusted with all there is for it.
  ASSERT_TRUE(unhealthy_.WaitForRequests(6000, kPatience));
  Emit(v1::EVENT_TYPE_DELIVERED, 1000);
  ASSERT_TRUE(healthy_.WaitForRequests(1000, kPatience));
  const size_t begun = unhealthy_.request_count();
  std::cout << "when the healthy one had its 1,000, the slow ones had " << begun << " of 20,000\n";
  EXPECT_LT(begun, 15'000u);
}

TEST_F(IsolationTest, ATrickleIsServedBesideABacklogOfAMillion) {
  unhealthy_.SetDefault({.delay = absl::Milliseconds(100)});
  CreateWebhook(healthy_.Url("/"), v1::EVENT_TYPE_DELIVERED);
  CreateWebhook(unhealthy_.Url("/"), v1::EVENT_TYPE_SENT);
  Emit(v1::EVENT_TYPE_SENT, 1'000'000);
  for (int i = 1; i <= 100; ++i) {
    Emit(v1::EVENT_TYPE_DELIVERED, 1);
    ASSERT_TRUE(healthy_.WaitForRequests(static_cast<size_t>(i), kPatience));
  }
  // Most of the backlog is still there.
  EXPECT_LT(unhealthy_.request_count(), 500'000u);
  const int64_t memory = Memory();
  EXPECT_GT(memory, 0);
  EXPECT_LT(memory, kMaxMemory);
  std::cout << "a trickle beside a backlog of a million: " << (memory >> 20) << " MiB\n";
}

}  // namespace
}  // namespace hookd
