// The fields of a webhook as flags.
#ifndef HOOKCTL_WEBHOOK_FLAGS_H_
#define HOOKCTL_WEBHOOK_FLAGS_H_

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <vector>

#include "hookctl/credential_flags.h"
#include "hookd/v1/webhook.pb.h"

namespace hookctl {

namespace v1 = hookd::v1;

// The flags of one command, and which of them were given. A plain value; the command outlives it.
class WebhookFlags {
 public:
  // `create`: some are required, and there is nothing yet to be taken away.
  void Add(CLI::App& command, bool create);

  // Whether a part of the retry policy, or some headers, were given: the API takes each as a whole.
  bool changes_retry_policy() const;
  bool changes_headers() const { return credentials_.changes_headers(); }

  // Fills in what was given, and gives its paths. A retry policy that is there already keeps the rest of its
  // fields, and headers that are there stay.
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

}  // namespace hookctl

#endif  // HOOKCTL_WEBHOOK_FLAGS_H_
