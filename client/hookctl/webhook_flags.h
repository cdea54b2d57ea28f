// Flags for the fields of a webhook.
#ifndef HOOKCTL_WEBHOOK_FLAGS_H_
#define HOOKCTL_WEBHOOK_FLAGS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <vector>

#include "google/protobuf/field_mask.pb.h"
#include "hookctl/credential_flags.h"
#include "hookctl/session.h"
#include "hookd/v1/webhook.pb.h"

namespace hookctl {

namespace v1 = hookd::v1;

// The flags of one command, and which of them were given. The command must outlive it.
class WebhookFlags {
 public:
  // What the command does with the webhook: creates it, so that some flags are required and none removes a
  // field; updates it; or tests it, stored or not.
  enum class Use { kCreate, kUpdate, kTest };
  void Add(CLI::App& command, Use use);

  // Whether the URL was given, the event types, and the timeout of attempts.
  bool has_url() const { return url_->count() > 0; }
  bool has_event_types() const { return events_->count() > 0; }
  bool has_timeout() const { return timeout_->count() > 0; }

  // Whether parts of the retry policy, or headers, were given. The API replaces each as a whole.
  bool changes_retry_policy() const;
  bool changes_headers() const { return credentials_.changes_headers(); }

  // Sets the fields that were given, and returns their paths. Other fields of the retry policy, and other
  // headers, keep the values they have in `webhook`.
  std::vector<std::string> Fill(v1::Webhook* webhook) const;

 private:
  std::array<CLI::Option*, 4> RetryOptions() const;
  void FillRetryPolicy(v1::RetryPolicy* policy) const;

  CLI::Option* url_ = nullptr;
  CLI::Option* events_ = nullptr;
  CLI::Option* disabled_ = nullptr;
  CLI::Option* display_name_ = nullptr;
  CLI::Option* timeout_ = nullptr;
  CLI::Option* ordered_ = nullptr;
  CLI::Option* max_concurrency_ = nullptr;
  CLI::Option* rate_limit_ = nullptr;
  CLI::Option* no_rate_limit_ = nullptr;
  CLI::Option* max_attempts_ = nullptr;
  CLI::Option* min_backoff_ = nullptr;
  CLI::Option* max_backoff_ = nullptr;
  CLI::Option* multiplier_ = nullptr;
  CLI::Option* no_retries_ = nullptr;
  CredentialFlags credentials_;
  std::string url_text_;
  std::vector<std::string> event_types_;
  bool disabled_value_ = false;
  std::string display_name_text_;
  std::string timeout_text_;
  bool ordered_value_ = false;
  std::string max_concurrency_text_;
  std::string rate_limit_text_;
  int max_attempts_value_ = 0;
  std::string min_backoff_text_;
  std::string max_backoff_text_;
  double multiplier_value_ = 0;
};

// Sets the fields of `webhook` that the flags of an update give, and returns their paths. Reads the webhook
// of that name first if the flags change a part of what the API replaces as a whole; `webhook` then has its
// etag, which protects changes that someone else makes in the meantime.
grpc::Status FillUpdate(Session& session, const std::string& name, const WebhookFlags& flags,
                        v1::Webhook* webhook, google::protobuf::FieldMask* mask);

// The arguments that commands for one webhook share.
struct WebhookArguments {
  std::string webhook;
  std::string etag;
  bool validate_only = false;

  void Add(CLI::App& command) {
    command.add_option("WEBHOOK", webhook, "Id or full name of the webhook")->required()->type_name("");
  }
  void AddEtag(CLI::App& command) {
    command.add_option("--etag", etag, "Only if the webhook still has this etag");
  }
  void AddValidateOnly(CLI::App& command) {
    command.add_flag("--validate-only,--dry-run", validate_only, "Validate, but change nothing");
  }
};

}  // namespace hookctl

#endif  // HOOKCTL_WEBHOOK_FLAGS_H_
