#include "hookctl/credential_flags.h"

#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hookctl/input_file.h"

namespace hookctl {
namespace {

// Whether the flag was given. Null is a flag that the command does not have.
bool Given(const CLI::Option* option) { return option != nullptr && option->count() > 0; }

// The contents of a file that its option has checked.
std::string Contents(const std::string& path) { return ReadFile(path).value_or(""); }

// `text`, or the contents of the file that it names as @FILE.
std::string TextOrFile(const std::string& text) {
  if (!absl::StartsWith(text, "@")) return text;
  const std::string contents = Contents(text.substr(1));
  return std::string(absl::StripTrailingAsciiWhitespace(contents));
}

std::string CheckFileIfNamed(const std::string& text) {
  return absl::StartsWith(text, "@") ? CheckReadable(text.substr(1)) : "";
}

// `NAME: VALUE`, split.
std::pair<std::string, std::string> SplitHeader(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return {text, ""};
  return {text.substr(0, colon), std::string(absl::StripAsciiWhitespace(text.substr(colon + 1)))};
}

std::string CheckHeader(const std::string& text) {
  const std::string file = CheckFileIfNamed(SplitHeader(text).second);
  if (!file.empty()) return file;
  return SplitHeader(text).second.empty() ? "must be NAME: VALUE, or NAME: @FILE" : "";
}

std::string CheckBasicAuth(const std::string& text) {
  const std::string file = CheckFileIfNamed(text);
  if (!file.empty()) return file;
  return absl::StrContains(TextOrFile(text), ":") ? "" : "must be USER:PASSWORD, or @FILE that contains it";
}

}  // namespace

void TakesSecret(CLI::Option* option) { option->type_name("SECRET|@FILE")->check(CheckFileIfNamed); }

void TakesSigningAlgorithm(CLI::Option* option) {
  option->check(CLI::IsMember({"hmac-sha256", "ed25519"}, CLI::ignore_case));
}

std::string SecretOf(const std::string& text) { return TextOrFile(text); }

v1::SigningAlgorithm SigningAlgorithmOf(const std::string& text) {
  return absl::EqualsIgnoreCase(text, "ed25519") ? v1::SIGNING_ALGORITHM_ED25519
                                                 : v1::SIGNING_ALGORITHM_HMAC_SHA256;
}

std::string SigningAlgorithmName(v1::SigningAlgorithm algorithm) {
  switch (algorithm) {
    case v1::SIGNING_ALGORITHM_HMAC_SHA256:
      return "hmac-sha256";
    case v1::SIGNING_ALGORITHM_ED25519:
      return "ed25519";
    default:
      return "";
  }
}

void CredentialFlags::Add(CLI::App& command, bool is_new, bool is_stored) {
  headers_ =
      command
          .add_option("--header", header_texts_, "Custom header to send with every request; can be repeated")
          ->type_name("'NAME: VALUE'|'NAME: @FILE'")
          ->check(CheckHeader);
  basic_auth_ =
      command.add_option("--basic-auth", basic_auth_text_, "Credentials to send as Authorization: Basic")
          ->type_name("USER:PASSWORD|@FILE")
          ->check(CheckBasicAuth);
  certificate_ = command
                     .add_option("--client-certificate", certificate_file_,
                                 "PEM file of the client certificate chain for its endpoint")
                     ->check(CLI::ExistingFile);
  CLI::Option* key =
      command.add_option("--client-key", key_file_, "PEM file of the private key for --client-certificate")
          ->check(CLI::ExistingFile)
          ->needs(certificate_);
  certificate_->needs(key);
  tls_ca_ = command
                .add_option("--tls-ca", tls_ca_file_,
                            "PEM file of the certificates to trust in its endpoint, instead of hookd's")
                ->check(CLI::ExistingFile);
  if (is_new) {
    TakesSecret(command.add_option("--signing-secret", signing_secret_text_,
                                   "Secret that signs its requests; default: hookd generates one"));
    TakesSigningAlgorithm(command.add_option("--signing-algorithm", signing_algorithm_text_,
                                             "hmac-sha256 or ed25519 [hmac-sha256]"));
  }
  if (!is_stored) return;
  removed_headers_ =
      command.add_option("--remove-header", removed_header_names_, "Remove a custom header; can be repeated")
          ->type_name("NAME");
  no_basic_auth_ =
      command.add_flag("--no-basic-auth")->description("Remove the credentials")->excludes(basic_auth_);
  no_certificate_ = command.add_flag("--no-client-certificate")
                        ->description("Remove the client certificate")
                        ->excludes(certificate_);
  no_tls_ca_ = command.add_flag("--no-tls-ca")
                   ->description("Trust the certificates that hookd trusts")
                   ->excludes(tls_ca_);
}

bool CredentialFlags::changes_headers() const { return headers_->count() > 0 || Given(removed_headers_); }

void CredentialFlags::Fill(v1::Webhook* webhook, std::vector<std::string>* paths) const {
  if (changes_headers()) {
    paths->emplace_back("headers");
    const auto remove = [webhook](const std::string& name) {
      auto* headers = webhook->mutable_headers();
      for (auto header = headers->begin(); header != headers->end();) {
        header = absl::EqualsIgnoreCase(header->first, name) ? headers->erase(header) : std::next(header);
      }
    };
    for (const std::string& name : removed_header_names_) remove(name);
    for (const std::string& text : header_texts_) {
      const auto [name, value] = SplitHeader(text);
      remove(name);
      (*webhook->mutable_headers())[name] = TextOrFile(value);
    }
  }
  if (basic_auth_->count() > 0 || Given(no_basic_auth_)) paths->emplace_back("basic_auth");
  if (basic_auth_->count() > 0) {
    const std::string credentials = TextOrFile(basic_auth_text_);
    const size_t colon = credentials.find(':');
    webhook->mutable_basic_auth()->set_username(credentials.substr(0, colon));
    webhook->mutable_basic_auth()->set_password(credentials.substr(colon + 1));
  }
  if (certificate_->count() > 0 || Given(no_certificate_)) paths->emplace_back("client_certificate");
  if (certificate_->count() > 0) {
    webhook->mutable_client_certificate()->set_certificate_chain(Contents(certificate_file_));
    webhook->mutable_client_certificate()->set_private_key(Contents(key_file_));
  }
  if (tls_ca_->count() > 0 || Given(no_tls_ca_)) paths->emplace_back("tls_ca");
  if (tls_ca_->count() > 0) webhook->set_tls_ca(Contents(tls_ca_file_));
  if (!signing_secret_text_.empty()) webhook->set_signing_secret(SecretOf(signing_secret_text_));
  if (!signing_algorithm_text_.empty()) {
    webhook->set_signing_algorithm(SigningAlgorithmOf(signing_algorithm_text_));
  }
}

}  // namespace hookctl
