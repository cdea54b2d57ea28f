// Flags for the secrets and certificates of a webhook. A secret can be given as @FILE, which keeps it out of
// the list of processes.
#ifndef HOOKCTL_CREDENTIAL_FLAGS_H_
#define HOOKCTL_CREDENTIAL_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hookd/v1/webhook.pb.h"

namespace hookctl {

namespace v1 = hookd::v1;

// The flags of one command, and which of them were given. The command must outlive it.
class CredentialFlags {
 public:
  // `is_new`: the command can take a webhook that does not exist yet, so it has --signing-secret.
  // `is_stored`: it can change one that exists, so it has flags that remove something.
  void Add(CLI::App& command, bool is_new, bool is_stored);

  // Whether headers were given. The API replaces all headers at once.
  bool changes_headers() const;

  // Sets the fields that were given, and appends their paths. Headers in `webhook` stay unless they are
  // removed.
  void Fill(v1::Webhook* webhook, std::vector<std::string>* paths) const;

 private:
  CLI::Option* headers_ = nullptr;
  CLI::Option* removed_headers_ = nullptr;
  CLI::Option* basic_auth_ = nullptr;
  CLI::Option* no_basic_auth_ = nullptr;
  CLI::Option* certificate_ = nullptr;
  CLI::Option* no_certificate_ = nullptr;
  CLI::Option* tls_ca_ = nullptr;
  CLI::Option* no_tls_ca_ = nullptr;
  std::vector<std::string> header_texts_;
  std::vector<std::string> removed_header_names_;
  std::string basic_auth_text_;
  std::string certificate_file_;
  std::string key_file_;
  std::string tls_ca_file_;
  std::string signing_secret_text_;
  std::string signing_algorithm_text_;
};

// Kinds of option values: a signing secret, as text or as @FILE; and hmac-sha256 or ed25519.
void TakesSecret(CLI::Option* option);
void TakesSigningAlgorithm(CLI::Option* option);

// The value of a checked option: the text itself, or the contents of @FILE.
std::string SecretOf(const std::string& text);
v1::SigningAlgorithm SigningAlgorithmOf(const std::string& text);

// Such as `hmac-sha256`; empty if unspecified.
std::string SigningAlgorithmName(v1::SigningAlgorithm algorithm);

}  // namespace hookctl

#endif  // HOOKCTL_CREDENTIAL_FLAGS_H_
