// What of a webhook is, or is about, secrets, as flags. A secret can be given as @FILE, so that it shows in
// no list of processes.
#ifndef HOOKCTL_CREDENTIAL_FLAGS_H_
#define HOOKCTL_CREDENTIAL_FLAGS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "hookd/v1/webhook.pb.h"

namespace hookctl {

namespace v1 = hookd::v1;

// The flags of one command, and which of them were given. A plain value; the command outlives it.
class CredentialFlags {
 public:
  // `create`: there is nothing yet to be taken away, and the signing secret is chosen here.
  void Add(CLI::App& command, bool create);

  // Whether some headers were given: the API takes them as a whole.
  bool changes_headers() const;

  // Fills in what was given, and adds its paths. Headers that are there already stay, unless they are taken
  // away.
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

// Kinds of option values: a signing secret, as itself or as @FILE, and hmac-sha256 or ed25519.
void TakesSecret(CLI::Option* option);
void TakesSigningAlgorithm(CLI::Option* option);

// What was given, which has passed its check: the text itself, or the first line of @FILE.
std::string SecretOf(const std::string& text);
v1::SigningAlgorithm SigningAlgorithmOf(const std::string& text);

// `hmac-sha256`; empty for none.
std::string SigningAlgorithmName(v1::SigningAlgorithm algorithm);

}  // namespace hookctl

#endif  // HOOKCTL_CREDENTIAL_FLAGS_H_
