#include "tests/faults/menagerie/habitat.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd {
namespace {

// For what hookd and an endpoint have to do together, on a busy machine and with a sanitizer.
constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr absl::Duration kLookInterval = absl::Milliseconds(20);

void SetDuration(absl::Duration duration, google::protobuf::Duration& out) {
  out.set_seconds(absl::ToInt64Seconds(duration));
  out.set_nanos(static_cast<int>(absl::ToInt64Nanoseconds(duration % absl::Seconds(1))));
}

v1::RetryPolicy ToPolicy(Retries retries) {
  v1::RetryPolicy policy;
  policy.set_max_attempts(1000);
  if (retries == Retries::kDefault) return policy;
  SetDuration(absl::Milliseconds(100), *policy.mutable_min_backoff());
  SetDuration(absl::Seconds(2), *policy.mutable_max_backoff());
  return policy;
}

std::string Host(const std::string& name) { return absl::StrCat(name, ".menagerie.test"); }

// Threads begun in its lifetime have what others leave of the cores: peers, which would be other machines.
class InBackground {
 public:
  InBackground() { Set(SCHED_IDLE); }
  ~InBackground() { Set(SCHED_OTHER); }
  InBackground(const InBackground&) = delete;
  InBackground& operator=(const InBackground&) = delete;

 private:
  static void Set(int policy) {
    const sched_param no_priority = {};
    EXPECT_EQ(sched_setscheduler(0, policy, &no_priority), 0) << std::strerror(errno);
  }
};

// The first of each kind's webhooks are in one project, the second ones in another, and so on: an event to
// one project is an event to one webhook of each kind.
std::string MisbehavingProject(size_t index) { return absl::StrCat("projects/misbehaving-", index); }

std::string CreateWebhook(const ServerProcess& server, const std::string& project, v1::Webhook webhook) {
  v1::CreateWebhookRequest request;
  request.set_parent(project);
  *request.mutable_webhook() = std::move(webhook);
  v1::Webhook created;
  grpc::ClientContext context;
  const grpc::Status status =
      v1::WebhookService::NewStub(server.channel())->CreateWebhook(&context, request, &created);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return created.name();
}

}  // namespace

Habitat::Habitat(const Options& options)
    : https_(options.https), peers_in_background_(options.peers_in_background) {
  std::vector<std::string> flags = {
      absl::StrCat("--egress_name_servers=", dns_.address()),
      absl::StrCat("--tls_ca=", WriteAuthorityFile(certificates_, folder_.path())), "--egress_allow=::1/128",
      "--drain_timeout=5s", "--metrics_listen=127.0.0.1:0"};
  flags.insert(flags.end(), options.flags.begin(), options.flags.end());
  server_ = ServerProcess::Start(folder_.path() + "/data", std::move(flags), options.environment);
}

std::unique_ptr<Habitat> Habitat::Start(Options options) {
  std::unique_ptr<Habitat> habitat(new Habitat(options));
  if (habitat->server_ == nullptr) return nullptr;
  habitat->CreateHealthy(options);
  return habitat;
}

void Habitat::CreateHealthy(const Options& options) {
  for (int i = 1; i <= kHealthyWebhooks; ++i) {
    const std::string host = Host(absl::StrCat("h", i));
    const std::string path = absl::StrCat("/", i);
    dns_.Set(host, {.a = {"127.0.0.1"}});
    HttpReceiver& receiver = https_ ? healthy_https_ : healthy_;
    receiver.Set(path, {.close_after = options.closing == Closing::kAll || i % 2 == 0});
    v1::Webhook webhook;
    webhook.set_url(absl::StrCat(https_ ? "https" : "http", "://", host, ":", receiver.port(), path));
    webhook.add_event_types(v1::EVENT_TYPE_SENT);
    SetDuration(absl::Seconds(30), *webhook.mutable_timeout());
    CreateWebhook(*server_, kHealthyProject, std::move(webhook));
  }
}

void Habitat::Add(const Kind& kind, int webhooks) {
  Resident resident{.kind = kind, .endpoint = {}, .hosts = {}, .webhooks = {}};
  {
    std::optional<InBackground> in_background;
    if (peers_in_background_) in_background.emplace();
    resident.endpoint = kind.make(certificates_);
  }
  for (int i = 1; i <= webhooks; ++i) {
    const std::string host = Host(absl::StrCat(absl::StrReplaceAll(kind.name, {{"_", "-"}}), "-", i));
    dns_.Set(host, resident.endpoint.name);
    v1::Webhook webhook;
    webhook.set_url(absl::StrCat(resident.endpoint.scheme, "://", host, ":", resident.endpoint.port, "/"));
    webhook.add_event_types(v1::EVENT_TYPE_DELIVERED);
    SetDuration(kind.timeout, *webhook.mutable_timeout());
    if (kind.retries != Retries::kNone) *webhook.mutable_retry_policy() = ToPolicy(kind.retries);
    resident.hosts.push_back(host);
    resident.webhooks.push_back(
        CreateWebhook(*server_, MisbehavingProject(static_cast<size_t>(i)), std::move(webhook)));
  }
  misbehaving_projects_ = std::max(misbehaving_projects_, resident.webhooks.size());
  residents_.push_back(std::move(resident));
}

void Habitat::DoMidway() {
  for (auto& [kind, endpoint, hosts, webhooks] : residents_) {
    if (endpoint.midway) endpoint.midway(endpoint);
    if (!endpoint.moves_to.has_value()) continue;
    for (const std::string& host : hosts) dns_.Set(host, *endpoint.moves_to);
  }
}

bool Habitat::IsSettled() const {
  return std::all_of(residents_.begin(), residents_.end(), [](const Resident& resident) {
    return !resident.endpoint.is_settled || resident.endpoint.is_settled();
  });
}

std::string Habitat::EmitOne(const std::string& project, v1::Event event) {
  v1::EmitEventRequest request;
  request.set_parent(project);
  *request.mutable_event() = std::move(event);
  v1::EmitEventResponse response;
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + kPatience));
  const grpc::Status status =
      v1::EventService::NewStub(server_->channel())->EmitEvent(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.event();
}

void Habitat::EmitToHealthy() {
  const absl::Time begun = absl::Now();
  v1::Event event;
  event.mutable_sent()->mutable_user()->set_email("m");
  const std::string name = EmitOne(kHealthyProject, std::move(event));
  emitted_[name.substr(name.rfind('/') + 1)] = begun;
}

void Habitat::EmitToMisbehaving() {
  next_project_ = next_project_ % misbehaving_projects_ + 1;
  v1::Event event;
  event.mutable_delivered()->mutable_user()->set_email("m");
  EmitOne(MisbehavingProject(next_project_), std::move(event));
}

void Habitat::Emit(absl::Duration duration, double per_second, double misbehaving_per_second) {
  const double projects_per_second = misbehaving_per_second * static_cast<double>(misbehaving_projects_);
  const absl::Time begin = absl::Now(), end = begin + duration;
  absl::Time next = begin;
  absl::Time next_misbehaving = projects_per_second > 0 ? begin : absl::InfiniteFuture();
  while (std::min(next, next_misbehaving) < end && !::testing::Test::HasFailure()) {
    // The pace is the load itself, and nothing is waited for.
    absl::SleepFor(std::min(next, next_misbehaving) - absl::Now());
    if (next <= next_misbehaving) {
      EmitToHealthy();
      next += absl::Seconds(1) / per_second;
    } else {
      EmitToMisbehaving();
      next_misbehaving += absl::Seconds(1) / projects_per_second;
    }
  }
}

size_t Habitat::arrivals() const {
  std::set<std::pair<std::string, std::string>> arrived;
  for (const ReceivedRequest& request : (https_ ? healthy_https_ : healthy_).requests()) {
    const std::string event = request.header("Webhook-Id");
    if (emitted_.count(event) > 0) arrived.emplace(event, request.path);
  }
  return arrived.size();
}

bool Habitat::WaitForAll(absl::Duration patience) const {
  const HttpReceiver& receiver = https_ ? healthy_https_ : healthy_;
  const absl::Time deadline = absl::Now() + patience;
  size_t wanted = expected_arrivals();
  while (receiver.WaitForRequests(wanted, deadline - absl::Now())) {
    // Some may have come twice.
    wanted = receiver.request_count() + 1;
    if (arrivals() == expected_arrivals()) return true;
  }
  return false;
}

std::string Habitat::DescribeMissing() const {
  std::string text = absl::StrCat(arrivals(), " of ", expected_arrivals(), " arrived");
  for (const char* state : {"PENDING", "FAILED", "CANCELED"}) {
    const std::vector<v1::Delivery> deliveries = List(absl::StrCat("event_type = SENT AND state = ", state));
    absl::StrAppend(&text, "\n", deliveries.size(), " are ", state,
                    deliveries.empty() ? "" : ", such as " + deliveries[0].ShortDebugString());
  }
  return text;
}

std::vector<absl::Duration> Habitat::TakeLatencies() {
  std::vector<absl::Duration> latencies;
  const std::vector<ReceivedRequest> requests = (https_ ? healthy_https_ : healthy_).requests();
  for (; measured_ < requests.size(); ++measured_) {
    const auto found = emitted_.find(requests[measured_].header("Webhook-Id"));
    if (found != emitted_.end()) latencies.push_back(requests[measured_].time - found->second);
  }
  return latencies;
}

void Habitat::CheckOutcomes(bool http2, bool wait) {
  for (const Resident& resident : residents_) {
    SCOPED_TRACE(resident.kind.name);
    if (resident.kind.outcome != Outcome::kUndefined && (http2 || !resident.kind.http2))
      CheckOutcome(resident, wait);
  }
}

void Habitat::CheckOutcome(const Resident& resident, bool wait) {
  for (const std::string& webhook : resident.webhooks) {
    const std::string project = webhook.substr(0, webhook.find("/webhooks/"));
    const std::string of_webhook = absl::StrCat("webhook = \"", webhook, "\" AND state = ");
    const absl::Time deadline = wait ? absl::Now() + kPatience : absl::InfinitePast();
    if (resident.kind.outcome == Outcome::kGone) {
      while (!Get(webhook).disabled() && absl::Now() < deadline) absl::SleepFor(kLookInterval);
      // Its attempt may still wait for its turn.
      if (wait) EXPECT_EQ(Get(webhook).disable_reason(), v1::DISABLE_REASON_GONE);
      continue;
    }
    while (!List(of_webhook + "PENDING", project).empty() && absl::Now() < deadline)
      absl::SleepFor(kLookInterval);
    if (wait) EXPECT_TRUE(List(of_webhook + "PENDING", project).empty()) << "deliveries are pending";
    const std::vector<v1::Delivery> failed = List(of_webhook + "FAILED", project);
    EXPECT_TRUE(failed.empty()) << failed.size()
                                << " deliveries were accepted and are called failed, such as "
                                << failed[0].ShortDebugString();
    EXPECT_FALSE(Get(webhook).disabled());
  }
}

void Habitat::RemoveKinds() {
  const auto stub = v1::WebhookService::NewStub(server_->channel());
  for (const Resident& resident : residents_) {
    for (const std::string& webhook : resident.webhooks) {
      v1::DisableWebhookRequest request;
      request.set_name(webhook);
      v1::Webhook disabled;
      grpc::ClientContext context;
      const grpc::Status status = stub->DisableWebhook(&context, request, &disabled);
      EXPECT_TRUE(status.ok()) << status.error_message();
    }
  }
  residents_.clear();
  misbehaving_projects_ = 0;
}

absl::Duration Habitat::Stop() {
  const absl::Time begun = absl::Now();
  const ProgramResult result = server_->StopWithin(kStopLimit);
  const absl::Duration took = absl::Now() - begun;
  EXPECT_EQ(result.exit_code, 0) << "hookd did not stop by itself; it said: "
                                 << result.output.substr(result.output.size() -
                                                         std::min<size_t>(result.output.size(), 2000));
  return took;
}

std::vector<v1::Delivery> Habitat::List(const std::string& filter, const std::string& project) const {
  v1::ListDeliveriesRequest request;
  request.set_parent(project);
  request.set_page_size(1000);
  request.set_filter(filter);
  v1::ListDeliveriesResponse response;
  grpc::ClientContext context;
  const grpc::Status status =
      v1::DeliveryService::NewStub(server_->channel())->ListDeliveries(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return {response.deliveries().begin(), response.deliveries().end()};
}

v1::Webhook Habitat::Get(const std::string& webhook) const {
  v1::GetWebhookRequest request;
  request.set_name(webhook);
  v1::Webhook got;
  grpc::ClientContext context;
  const grpc::Status status =
      v1::WebhookService::NewStub(server_->channel())->GetWebhook(&context, request, &got);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return got;
}

}  // namespace hookd
