#include "tests/faults/ledger.h"

#include <algorithm>
#include <iomanip>
#include <iostream>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd {
namespace {

std::vector<v1::Delivery> List(const std::shared_ptr<grpc::Channel>& channel, const std::string& filter) {
  const auto stub = v1::DeliveryService::NewStub(channel);
  v1::ListDeliveriesRequest request;
  request.set_parent(kProject);
  request.set_page_size(1000);
  request.set_filter(filter);
  std::vector<v1::Delivery> deliveries;
  bool more = true;
  // What was just back may be away for a moment more.
  for (const absl::Time deadline = absl::Now() + kPatience; more;) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::ListDeliveriesResponse response;
    const grpc::Status status = stub->ListDeliveries(&context, request, &response);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && absl::Now() < deadline) continue;
    EXPECT_TRUE(status.ok()) << status.error_message();
    if (!status.ok()) break;
    deliveries.insert(deliveries.end(), response.deliveries().begin(), response.deliveries().end());
    request.set_page_token(response.next_page_token());
    more = !request.page_token().empty();
  }
  return deliveries;
}

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

v1::EmitEventRequest AnEvent() {
  v1::EmitEventRequest request;
  request.set_parent(kProject);
  request.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
  return request;
}

// Waits until hookd takes an event and nothing is pending any more. False if that takes too long.
bool WaitUntilSound(const std::shared_ptr<grpc::Channel>& channel, Ledger& ledger) {
  const auto stub = v1::EventService::NewStub(channel);
  const absl::Time deadline = absl::Now() + kPatience;
  bool taken = false;
  while (absl::Now() < deadline) {
    if (!taken) {
      grpc::ClientContext context;
      v1::EmitEventResponse response;
      taken = stub->EmitEvent(&context, AnEvent(), &response).ok();
      if (taken && response.webhook_count() > 0) ledger.Acknowledge(response.event());
    } else if (List(channel, "state = PENDING").empty()) {
      return true;
    }
    absl::SleepFor(absl::Milliseconds(10));
  }
  return false;
}

// It came so many times more than was recorded, because an attempt could not be recorded that the fault met.
void ExpectTriedAgain(const std::shared_ptr<grpc::Channel>& channel, const v1::Delivery& listed, int more,
                      absl::Time begun) {
  EXPECT_EQ(more, 1) << listed.name();
  v1::GetDeliveryRequest request;
  request.set_name(listed.name());
  v1::Delivery delivery;
  grpc::ClientContext context;
  const grpc::Status status =
      v1::DeliveryService::NewStub(channel)->GetDelivery(&context, request, &delivery);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_GT(delivery.attempts_size(), 0);
  const auto& start = delivery.attempts().rbegin()->start_time();
  EXPECT_GT(absl::FromUnixSeconds(start.seconds()) + absl::Nanoseconds(start.nanos()), begun)
      << delivery.ShortDebugString();
}

void PrintRow(const std::string& fault, const std::string& events, const std::string& lost,
              const std::string& duplicated, const std::string& recovered) {
  std::cout << std::left << std::setw(44) << fault << std::right << std::setw(9) << events << std::setw(7)
            << lost << std::setw(12) << duplicated << std::setw(14) << recovered << "\n";
}

}  // namespace

void Ledger::Acknowledge(const std::string& event) {
  absl::MutexLock lock(&mutex_);
  acknowledged_.insert(event);
}

size_t Ledger::size() const {
  absl::MutexLock lock(&mutex_);
  return acknowledged_.size();
}

void Ledger::Audit(const std::string& fault, const std::shared_ptr<grpc::Channel>& channel,
                   const HttpReceiver& receiver, absl::Time since, std::optional<absl::Time> begun) {
  ASSERT_TRUE(WaitUntilSound(channel, *this)) << "hookd did not recover";
  const absl::Duration recovered = absl::Now() - since;

  std::map<std::string, int> arrivals;
  std::map<std::pair<std::string, std::string>, int> arrivals_of;  // by event and path
  for (const ReceivedRequest& request : receiver.requests()) {
    const std::string id = request.header("Webhook-Id");
    ++arrivals[id];
    ++arrivals_of[{id, request.path}];
  }
  std::map<std::string, int> attempts;
  std::set<std::pair<std::string, std::string>> seen;
  int lost = 0;
  for (const v1::Delivery& delivery : List(channel, "")) {
    const std::string id = LastPart(delivery.event());
    if (begun.has_value()) {
      const int more = arrivals_of[{id, "/" + LastPart(delivery.webhook())}] - delivery.attempt_count();
      if (more > 0) ExpectTriedAgain(channel, delivery, more, *begun);
    }
    attempts[id] += delivery.attempt_count();
    EXPECT_TRUE(seen.emplace(id, delivery.webhook()).second) << "two deliveries of " << delivery.event();
    // It is where it says it is, or stands as not delivered with its reason.
    if (delivery.state() == v1::DELIVERY_STATE_DELIVERED) {
      lost += arrivals.count(id) == 0 ? 1 : 0;
    } else {
      EXPECT_NE(delivery.error(), "") << delivery.ShortDebugString();
    }
  }
  absl::MutexLock lock(&mutex_);
  for (const std::string& event : acknowledged_) lost += attempts.count(LastPart(event)) == 0 ? 1 : 0;
  int duplicated = 0;
  for (const auto& [id, times] : arrivals) duplicated += std::max(0, times - attempts[id]);
  EXPECT_EQ(lost, 0);
  EXPECT_GT(acknowledged_.size(), 0u);
  static const bool titled = [] {
    PrintRow("fault", "events", "lost", "duplicated", "recovered in");
    return true;
  }();
  EXPECT_TRUE(titled);
  PrintRow(fault, absl::StrCat(acknowledged_.size()), absl::StrCat(lost), absl::StrCat(duplicated),
           absl::FormatDuration(absl::Trunc(recovered, absl::Milliseconds(1))));
}

Caller::Caller(std::shared_ptr<grpc::Channel> channel, Ledger* ledger, How how, bool persistent)
    : channel_(std::move(channel)), ledger_(ledger), thread_([this, how, persistent] {
        how == How::kUnary ? EmitOneByOne(persistent) : EmitOverAStream();
      }) {}

void Caller::Stop() {
  stopped_ = true;
  if (thread_.joinable()) thread_.join();
}

void Caller::EmitOneByOne(bool persistent) {
  const auto stub = v1::EventService::NewStub(channel_);
  while (!stopped_) {
    grpc::ClientContext context;
    v1::EmitEventResponse response;
    if (stub->EmitEvent(&context, AnEvent(), &response).ok()) {
      if (response.webhook_count() > 0) ledger_->Acknowledge(response.event());
      continue;
    }
    ++refused_;
    if (!persistent) return;
  }
}

void Caller::EmitOverAStream() {
  const auto stub = v1::EventService::NewStub(channel_);
  grpc::ClientContext context;
  const auto stream = stub->StreamEvents(&context);
  std::thread reader([&] {
    v1::StreamEventsResponse answer;
    while (stream->Read(&answer)) {
      if (!answer.has_accepted()) {
        ++refused_;
      } else if (answer.accepted().webhook_count() > 0) {
        ledger_->Acknowledge(answer.accepted().event());
      }
    }
  });
  v1::StreamEventsRequest message;
  message.set_parent(kProject);
  message.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
  for (int64_t i = 1; !stopped_; ++i) {
    message.set_sequence_number(i);
    if (!stream->Write(message)) break;
  }
  stream->WritesDone();
  reader.join();
  stream->Finish();
}

std::string CreateWebhook(const std::shared_ptr<grpc::Channel>& channel, const std::string& id,
                          const std::string& url, const v1::RetryPolicy* retries, bool ordered) {
  v1::CreateWebhookRequest request;
  request.set_parent(kProject);
  request.set_webhook_id(id);
  request.mutable_webhook()->set_url(url);
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
  request.mutable_webhook()->mutable_timeout()->set_nanos(500'000'000);
  request.mutable_webhook()->set_ordered(ordered);
  if (retries != nullptr) *request.mutable_webhook()->mutable_retry_policy() = *retries;
  v1::Webhook webhook;
  grpc::ClientContext context;
  const grpc::Status status =
      v1::WebhookService::NewStub(channel)->CreateWebhook(&context, request, &webhook);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return webhook.name();
}

v1::RetryPolicy Retries(int max_attempts) {
  v1::RetryPolicy policy;
  policy.set_max_attempts(max_attempts);
  policy.mutable_min_backoff()->set_nanos(100'000'000);
  policy.mutable_max_backoff()->set_nanos(200'000'000);
  policy.set_multiplier(1);
  return policy;
}

}  // namespace hookd
