// Two real hookd processes on one real PostgreSQL.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/admin_service.grpc.pb.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "tests/support/http_receiver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

constexpr absl::Duration kPatience = absl::Seconds(60);

class ClusterTest : public ::testing::Test {
 protected:
  ClusterTest() : url_(PostgresServer::Shared().NewDatabase()), first_(Start()), second_(Start()) {}

  std::unique_ptr<ServerProcess> Start() { return ServerProcess::Start(data_.path(), {"--store=" + url_}); }

  // Waits until it is so; false if that takes too long.
  template <typename Condition>
  static bool Eventually(Condition condition) {
    for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
      if (condition()) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  static v1::ListNodesResponse Nodes(ServerProcess& of) {
    v1::ListNodesResponse nodes;
    grpc::ClientContext context;
    EXPECT_TRUE(
        v1::AdminService::NewStub(of.channel())->ListNodes(&context, v1::ListNodesRequest(), &nodes).ok());
    return nodes;
  }
  // Each of so many processes holds its share.
  bool SharesAreEven(int processes) {
    const v1::ListNodesResponse nodes = Nodes(*first_);
    int held = 0;
    for (const v1::Node& node : nodes.nodes()) {
      if (node.shard_count() < 128 / processes) return false;
      held += node.shard_count();
    }
    return nodes.nodes_size() == processes && held == 128;
  }

  void Create(const std::string& id) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.set_webhook_id(id);
    request.mutable_webhook()->set_url(receiver_.Url("/" + id));
    request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
    v1::Webhook webhook;
    grpc::ClientContext context;
    ASSERT_TRUE(
        v1::WebhookService::NewStub(first_->channel())->CreateWebhook(&context, request, &webhook).ok());
  }
  static void SetDisabled(ServerProcess& at, const std::string& id, bool disabled) {
    const auto stub = v1::WebhookService::NewStub(at.channel());
    const std::string name = "projects/p/webhooks/" + id;
    v1::Webhook webhook;
    grpc::ClientContext context;
    if (disabled) {
      v1::DisableWebhookRequest request;
      request.set_name(name);
      EXPECT_TRUE(stub->DisableWebhook(&context, request, &webhook).ok());
    } else {
      v1::EnableWebhookRequest request;
      request.set_name(name);
      EXPECT_TRUE(stub->EnableWebhook(&context, request, &webhook).ok());
    }
  }
  static int Emit(ServerProcess& to) {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
    v1::EmitEventResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(v1::EventService::NewStub(to.channel())->EmitEvent(&context, request, &response).ok());
    return response.webhook_count();
  }

  HttpReceiver receiver_;
  TempDir data_;
  const std::string url_;
  std::unique_ptr<ServerProcess> first_, second_;
};

TEST_F(ClusterTest, ShardsSpreadEvenlyAsProcessesComeAndGo) {
  ASSERT_NE(second_, nullptr);
  EXPECT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  const ProgramResult nodes = RunHookctl({"--server", first_->address(), "admin", "nodes"});
  EXPECT_THAT(nodes.output, HasSubstr(first_->address()));
  EXPECT_THAT(nodes.output, HasSubstr(second_->address()));
  // One that is told to stop hands over at once, long before its lease ends.
  EXPECT_EQ(second_->Stop().exit_code, 0);
  EXPECT_TRUE(Eventually([&] { return SharesAreEven(1); }));
}

TEST_F(ClusterTest, EveryProcessShowsTheHealthOfEveryWebhook) {
  ASSERT_NE(second_, nullptr);
  ASSERT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  // Of some of them one process delivers, of some the other.
  constexpr int kWebhooks = 8;
  for (int i = 0; i < kWebhooks; ++i) Create("w" + std::to_string(i));
  Emit(*first_);
  const auto healthy = [](ServerProcess& at) {
    v1::ListWebhooksRequest request;
    request.set_parent("projects/p");
    request.set_filter("health = HEALTHY");
    request.set_order_by("pending_deliveries");
    v1::ListWebhooksResponse response;
    grpc::ClientContext context;
    EXPECT_TRUE(v1::WebhookService::NewStub(at.channel())->ListWebhooks(&context, request, &response).ok());
    int without_pending = 0;
    for (const v1::Webhook& webhook : response.webhooks()) {
      if (webhook.health().pending_deliveries() == 0) ++without_pending;
    }
    return without_pending;
  };
  EXPECT_TRUE(Eventually([&] { return healthy(*first_) == kWebhooks && healthy(*second_) == kWebhooks; }));
  // What a process that stops knew is known to those that continue, at once.
  Emit(*first_);
  const absl::Time emitted = absl::Now();
  EXPECT_TRUE(Eventually([&] { return receiver_.request_count() == 2 * kWebhooks; }));
  EXPECT_EQ(second_->Stop().exit_code, 0);
  EXPECT_TRUE(Eventually([&] { return SharesAreEven(1) && healthy(*first_) == kWebhooks; }));
  for (int i = 0; i < kWebhooks; ++i) {
    v1::GetWebhookRequest request;
    request.set_name("projects/p/webhooks/w" + std::to_string(i));
    v1::Webhook webhook;
    grpc::ClientContext context;
    ASSERT_TRUE(v1::WebhookService::NewStub(first_->channel())->GetWebhook(&context, request, &webhook).ok());
    EXPECT_GE(webhook.health().last_success_time().seconds(), absl::ToUnixSeconds(emitted));
  }
}

TEST_F(ClusterTest, WhatAFilterSelectsIsRetriedAtEitherForTheWebhooksOfBoth) {
  ASSERT_NE(second_, nullptr);
  ASSERT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  constexpr int kWebhooks = 8;
  for (int i = 0; i < kWebhooks; ++i) Create("w" + std::to_string(i));
  receiver_.SetDefault({.status = 503});
  ASSERT_EQ(Emit(*first_), kWebhooks);
  SetDisabled(*second_, "w0", true);
  v1::RetryDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_filter("user.email = \"m\"");  // failed or, if its webhook was disabled before, canceled
  const auto retry = [&](ServerProcess& at) {
    v1::RetryDeliveriesResponse response;
    grpc::ClientContext context;
    const grpc::Status status =
        v1::DeliveryService::NewStub(at.channel())->RetryDeliveries(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  };
  request.set_validate_only(true);
  EXPECT_TRUE(Eventually([&] {
    const v1::RetryDeliveriesResponse counted = retry(*first_);
    return counted.delivery_count() == kWebhooks - 1 && counted.skipped_count() == 1;
  }));
  receiver_.SetDefault({.status = 200});
  request.set_validate_only(false);
  EXPECT_EQ(retry(*second_).delivery_count(), kWebhooks - 1);
  v1::ListDeliveriesRequest list;
  list.set_parent("projects/p");
  list.set_filter("state = DELIVERED");
  EXPECT_TRUE(Eventually([&] {
    v1::ListDeliveriesResponse delivered;
    grpc::ClientContext context;
    EXPECT_TRUE(
        v1::DeliveryService::NewStub(first_->channel())->ListDeliveries(&context, list, &delivered).ok());
    return delivered.deliveries_size() == kWebhooks - 1;
  }));
}

TEST_F(ClusterTest, AProcessShowsItselfAndTheSizeOfTheDatabase) {
  ASSERT_NE(second_, nullptr);
  for (ServerProcess* process : {first_.get(), second_.get()}) {
    v1::Server server;
    EXPECT_TRUE(Eventually([&] {
      grpc::ClientContext context;
      EXPECT_TRUE(v1::AdminService::NewStub(process->channel())
                      ->GetServer(&context, v1::GetServerRequest(), &server)
                      .ok());
      return server.store().bytes() > 0;
    }));
    EXPECT_EQ(server.store().engine(), v1::STORE_ENGINE_POSTGRESQL);
    EXPECT_FALSE(server.store().has_free_bytes());
    EXPECT_TRUE(server.store().has_room());
    const v1::ListNodesResponse nodes = Nodes(*first_);
    EXPECT_TRUE(std::any_of(nodes.nodes().begin(), nodes.nodes().end(),
                            [&](const v1::Node& node) { return node.name() == server.node(); }));
    for (const v1::Setting& setting : server.settings()) {
      EXPECT_THAT(setting.value(), ::testing::Not(HasSubstr("://"))) << "the URL of the store";
    }
  }
}

TEST_F(ClusterTest, AWebhookThatIsCreatedEnabledOrDisabledAtOneIsSoAtTheOtherOnceThatIsAnswered) {
  ASSERT_NE(second_, nullptr);
  ASSERT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  for (int i = 0; i < 50; ++i) {
    Create("w" + std::to_string(i));
    ASSERT_EQ(Emit(*second_), i + 1);
  }
  for (int i = 0; i < 20; ++i) {
    SetDisabled(*second_, "w7", true);
    ASSERT_EQ(Emit(*first_), 49);
    SetDisabled(*second_, "w7", false);
    ASSERT_EQ(Emit(*first_), 50);
  }
}

TEST_F(ClusterTest, WhatOneAcceptsIsDeliveredOnceByWhoeverHoldsTheWebhook) {
  ASSERT_NE(second_, nullptr);
  ASSERT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  constexpr int kWebhooks = 16;  // all of one process's by a chance of 1 in 32,768
  constexpr int kEvents = 50;
  for (int i = 0; i < kWebhooks; ++i) Create("w" + std::to_string(i));
  for (int i = 0; i < kEvents; ++i) EXPECT_EQ(Emit(i % 2 == 0 ? *first_ : *second_), kWebhooks);
  EXPECT_TRUE(Eventually([&] { return receiver_.requests().size() >= kEvents * kWebhooks; }));
  EXPECT_TRUE(Eventually([&] {
    int64_t waiting = 0;
    const v1::ListNodesResponse nodes = Nodes(*first_);
    for (const v1::Node& node : nodes.nodes()) waiting += node.waiting_delivery_count();
    return waiting == 0;
  }));
  EXPECT_EQ(receiver_.requests().size(), static_cast<size_t>(kEvents * kWebhooks));
}

TEST_F(ClusterTest, AWatchAtEitherTellsTheOutcomesOfBoth) {
  ASSERT_NE(second_, nullptr);
  ASSERT_TRUE(Eventually([&] { return SharesAreEven(2); }));
  constexpr int kWebhooks = 16;
  for (int i = 0; i < kWebhooks; ++i) Create("w" + std::to_string(i));
  for (ServerProcess* process : {first_.get(), second_.get()}) {
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    v1::WatchDeliveriesRequest request;
    request.set_parent("projects/p");
    const auto watch = v1::DeliveryService::NewStub(process->channel())->WatchDeliveries(&context, request);
    watch->WaitForInitialMetadata();
    EXPECT_EQ(Emit(*first_), kWebhooks);
    std::set<std::string> webhooks;
    v1::WatchDeliveriesResponse outcome;
    for (int i = 0; i < kWebhooks && watch->Read(&outcome); ++i)
      webhooks.insert(outcome.delivery().webhook());
    EXPECT_EQ(webhooks.size(), static_cast<size_t>(kWebhooks));
    context.TryCancel();
    watch->Finish();
  }
}

TEST_F(ClusterTest, AWatchOfEventsAtEitherSendsWhatBothAcceptInOneOrder) {
  ASSERT_NE(second_, nullptr);
  constexpr int kEach = 200;
  // What a watch sends from the beginning of the store on: the names of 2 * kEach events.
  const auto watch = [](ServerProcess& at, std::vector<std::string>* names) {
    v1::WatchEventsRequest request;
    request.set_parent("projects/p");
    request.mutable_start_time()->set_seconds(1);
    grpc::ClientContext context;
    context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
    const auto stream = v1::EventService::NewStub(at.channel())->WatchEvents(&context, request);
    v1::WatchEventsResponse response;
    while (names->size() < 2 * kEach && stream->Read(&response)) {
      if (response.has_event()) names->push_back(response.event().name());
    }
    context.TryCancel();
  };
  std::vector<std::string> at_first, at_second;
  std::thread watch_first([&] { watch(*first_, &at_first); });
  std::thread watch_second([&] { watch(*second_, &at_second); });
  std::thread emit_first([&] {
    for (int i = 0; i < kEach; ++i) Emit(*first_);
  });
  for (int i = 0; i < kEach; ++i) Emit(*second_);
  emit_first.join();
  watch_first.join();
  watch_second.join();
  EXPECT_EQ(at_first.size(), size_t{2 * kEach});
  EXPECT_TRUE(std::is_sorted(at_first.begin(), at_first.end()));
  EXPECT_EQ(std::set<std::string>(at_first.begin(), at_first.end()).size(), size_t{2 * kEach});
  EXPECT_EQ(at_first, at_second);
}

}  // namespace
}  // namespace hookd
