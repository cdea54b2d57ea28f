#include "hookctl/webhook_flags.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "hookctl/commands.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

// Whether the flag was given. Null is a flag that the command does not have.
bool Given(const CLI::Option* option) { return option != nullptr && option->count() > 0; }

}  // namespace

void WebhookFlags::Add(CLI::App& command, Use use) {
  const bool create = use == Use::kCreate;
  url_ =
      command.add_option("--url", url_text_, "http or https URL that events are POSTed to")->required(create);
  events_ = command
                .add_option("--event-types", event_types_,
                            "Event types to deliver, or all: also those of later versions")
                ->required(create);
  TakesEventTypes(events_);
  disabled_ =
      command.add_flag("--disabled,!--enabled", disabled_value_, "Whether events are delivered to it");
  display_name_ = command.add_option("--display-name", display_name_text_, "Name for people");
  timeout_ = command.add_option("--attempt-timeout", timeout_text_,
                                "Timeout of an attempt, 100ms to 30s, or default: 5s");
  TakesDuration(timeout_, "default");
  ordered_ = command.add_flag("--ordered,!--no-ordered", ordered_value_,
                              "Deliver in the order of acceptance, one at a time");
  max_concurrency_ = command.add_option("--max-concurrency", max_concurrency_text_,
                                        "Maximum concurrent attempts, 1 to 256, or default: 16");
  TakesCount(max_concurrency_, "default");
  rate_limit_ =
      command.add_option("--rate-limit", rate_limit_text_, "Maximum attempts per second, and the burst");
  TakesRateLimit(rate_limit_);
  max_attempts_ = command.add_option("--retry-max-attempts", max_attempts_value_,
                                     "Turn retries on: maximum attempts, 1 to 1000");
  min_backoff_ = command.add_option("--retry-min-backoff", min_backoff_text_,
                                    "Maximum backoff before the second attempt, 100ms to 24h [5s]");
  TakesDuration(min_backoff_);
  max_backoff_ = command.add_option("--retry-max-backoff", max_backoff_text_,
                                    "Maximum backoff before any attempt, up to 24h [1h]");
  TakesDuration(max_backoff_);
  multiplier_ = command.add_option("--retry-multiplier", multiplier_value_,
                                   "Factor by which the backoff grows with each attempt, 1 to 10 [2]");
  credentials_.Add(command, /*is_new=*/use != Use::kUpdate, /*is_stored=*/!create);
  if (create) return;
  no_rate_limit_ =
      command.add_flag("--no-rate-limit")->description("Remove the rate limit")->excludes(rate_limit_);
  no_retries_ = command.add_flag("--no-retries")->description("Turn retries off");
  for (CLI::Option* option : RetryOptions()) no_retries_->excludes(option);
}

bool WebhookFlags::changes_retry_policy() const {
  const auto options = RetryOptions();
  return std::any_of(options.begin(), options.end(),
                     [](const CLI::Option* option) { return option->count() > 0; });
}

std::vector<std::string> WebhookFlags::Fill(v1::Webhook* webhook) const {
  std::vector<std::string> paths;
  if (url_->count() > 0) {
    paths.emplace_back("url");
    webhook->set_url(url_text_);
  }
  if (events_->count() > 0) {
    const bool all = std::count(event_types_.begin(), event_types_.end(), "all") > 0;
    paths.emplace_back(all ? "all_event_types" : "event_types");
    webhook->set_all_event_types(all);
    if (!all) {
      for (const v1::EventType type : ExpandEventTypes(event_types_)) webhook->add_event_types(type);
    }
  }
  if (disabled_->count() > 0) {
    paths.emplace_back("disabled");
    webhook->set_disabled(disabled_value_);
  }
  if (display_name_->count() > 0) {
    paths.emplace_back("display_name");
    webhook->set_display_name(display_name_text_);
  }
  if (timeout_->count() > 0) {
    paths.emplace_back("timeout");
    if (timeout_text_ != "default") *webhook->mutable_timeout() = ToProto(*ParseDuration(timeout_text_));
  }
  if (ordered_->count() > 0) {
    paths.emplace_back("ordered");
    webhook->set_ordered(ordered_value_);
  }
  if (max_concurrency_->count() > 0) {
    paths.emplace_back("max_concurrency");
    int count = 0;
    if (absl::SimpleAtoi(max_concurrency_text_, &count)) webhook->set_max_concurrency(count);
  }
  if (rate_limit_->count() > 0 || Given(no_rate_limit_)) paths.emplace_back("rate_limit");
  if (rate_limit_->count() > 0) *webhook->mutable_rate_limit() = *ParseRateLimit(rate_limit_text_);
  if (changes_retry_policy() || Given(no_retries_)) paths.emplace_back("retry_policy");
  if (changes_retry_policy()) FillRetryPolicy(webhook->mutable_retry_policy());
  credentials_.Fill(webhook, &paths);
  return paths;
}

grpc::Status FillUpdate(Session& session, const std::string& name, const WebhookFlags& flags,
                        v1::Webhook* webhook, google::protobuf::FieldMask* mask) {
  if (flags.changes_retry_policy() || flags.changes_headers()) {
    v1::GetWebhookRequest get;
    get.set_name(name);
    v1::Webhook current;
    grpc::Status status = session.Call([&](grpc::ClientContext* context) {
      return session.client().webhooks().GetWebhook(context, get, &current);
    });
    if (!status.ok()) return status;
    if (current.has_retry_policy()) *webhook->mutable_retry_policy() = current.retry_policy();
    *webhook->mutable_headers() = current.headers();
    webhook->set_etag(current.etag());
  }
  for (std::string& path : flags.Fill(webhook)) mask->add_paths(std::move(path));
  webhook->set_name(name);
  return grpc::Status::OK;
}

std::array<CLI::Option*, 4> WebhookFlags::RetryOptions() const {
  return {max_attempts_, min_backoff_, max_backoff_, multiplier_};
}

void WebhookFlags::FillRetryPolicy(v1::RetryPolicy* policy) const {
  if (max_attempts_->count() > 0) policy->set_max_attempts(max_attempts_value_);
  if (min_backoff_->count() > 0) *policy->mutable_min_backoff() = ToProto(*ParseDuration(min_backoff_text_));
  if (max_backoff_->count() > 0) *policy->mutable_max_backoff() = ToProto(*ParseDuration(max_backoff_text_));
  if (multiplier_->count() > 0) policy->set_multiplier(multiplier_value_);
}

}  // namespace hookctl
