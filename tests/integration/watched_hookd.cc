#include "tests/integration/watched_hookd.h"

#include <regex>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "httplib.h"

namespace hookd {

void WatchedHookd::Start(std::vector<std::string> flags, const std::string& data_dir) {
  server_.reset();
  flags.push_back("--metrics_listen=127.0.0.1:0");
  server_ = ServerProcess::Start(data_dir.empty() ? data_.path() : data_dir, std::move(flags));
  ASSERT_NE(server_, nullptr);
  webhooks_ = v1::WebhookService::NewStub(server_->channel());
  events_ = v1::EventService::NewStub(server_->channel());
  deliveries_ = v1::DeliveryService::NewStub(server_->channel());
}

std::string WatchedHookd::Scrape() {
  const auto answer = httplib::Client("127.0.0.1", server_->metrics_port()).Get("/metrics");
  EXPECT_TRUE(answer && answer->status == 200);
  return answer ? answer->body : "";
}

std::vector<Sample> WatchedHookd::Samples() {
  static const std::regex kSample(R"re(([a-z0-9_]+)(?:\{(.*)\})? (\S+))re");
  static const std::regex kLabel(R"re(([a-z_]+)="([^"]*)")re");
  std::vector<Sample> samples;
  const std::string scrape = Scrape();
  for (const absl::string_view line : absl::StrSplit(scrape, '\n')) {
    const std::string text(line);
    std::smatch match;
    if (text.empty() || text[0] == '#') continue;
    if (!std::regex_match(text, match, kSample)) {
      ADD_FAILURE() << "no sample: " << text;
      continue;
    }
    Sample sample{.name = match[1], .labels = {}};
    EXPECT_TRUE(absl::SimpleAtod(match[3].str(), &sample.value) || match[3] == "Nan") << text;
    const std::string labels = match[2];
    for (std::sregex_iterator it(labels.begin(), labels.end(), kLabel), end; it != end; ++it) {
      sample.labels[(*it)[1]] = (*it)[2];
    }
    samples.push_back(std::move(sample));
  }
  return samples;
}

double WatchedHookd::Value(const std::string& name, const std::string& label, const std::string& value) {
  double sum = 0;
  for (const Sample& sample : Samples()) {
    if (sample.name != name) continue;
    const auto found = sample.labels.find(label);
    if (label.empty() || (found != sample.labels.end() && found->second == value)) sum += sample.value;
  }
  return sum;
}

void WatchedHookd::WaitForValue(const std::string& name, double least, const std::string& label,
                                const std::string& value) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (Value(name, label, value) < least) {
    ASSERT_LT(absl::Now(), deadline) << name << " is " << Value(name, label, value);
    absl::SleepFor(absl::Milliseconds(5));
  }
}

v1::Webhook WatchedHookd::CreateWebhook(const std::string& id, const std::string& url, int max_attempts) {
  v1::CreateWebhookRequest request;
  request.set_parent("projects/p");
  request.set_webhook_id(id);
  request.mutable_webhook()->set_url(url);
  request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
  if (max_attempts > 1) {
    auto& policy = *request.mutable_webhook()->mutable_retry_policy();
    policy.set_max_attempts(max_attempts);
    policy.mutable_min_backoff()->set_nanos(100'000'000);
    policy.mutable_max_backoff()->set_nanos(100'000'000);
  }
  v1::Webhook webhook;
  grpc::ClientContext context;
  const grpc::Status status = webhooks_->CreateWebhook(&context, request, &webhook);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return webhook;
}

std::string WatchedHookd::Emit(const std::string& email, const Metadata& metadata) {
  v1::EmitEventRequest request;
  request.set_parent("projects/p");
  v1::Sent& sent = *request.mutable_event()->mutable_sent();
  sent.set_sent_at(1'435'016'238);
  sent.mutable_user()->mutable_id()->set_number(1);
  sent.mutable_user()->set_email(email);
  v1::EmitEventResponse response;
  grpc::ClientContext context;
  for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
  const grpc::Status status = events_->EmitEvent(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.event();
}

std::vector<v1::Delivery> WatchedHookd::Deliveries(const std::string& event) {
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_filter(absl::StrCat("event = \"", event, "\""));
  v1::ListDeliveriesResponse page;
  grpc::ClientContext listing;
  EXPECT_TRUE(deliveries_->ListDeliveries(&listing, request, &page).ok());
  std::vector<v1::Delivery> deliveries;
  for (const v1::Delivery& each : page.deliveries()) {
    v1::GetDeliveryRequest get;
    get.set_name(each.name());
    grpc::ClientContext getting;
    EXPECT_TRUE(deliveries_->GetDelivery(&getting, get, &deliveries.emplace_back()).ok());
  }
  return deliveries;
}

std::string WatchedHookd::Health(const std::string& service) { return HealthOf(server_->channel(), service); }

}  // namespace hookd
