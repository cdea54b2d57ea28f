#include "api/validation/webhook_credentials.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/validation/field_path.h"
#include "base/limits.h"
#include "base/status.h"
#include "delivery/attempts/signing.h"
#include "http/header_rules.h"
#include "http/tls_credentials.h"

namespace hookd {
namespace {

std::string HeaderPath(absl::string_view name) { return FieldPath("webhook.headers").Key(name).ToString(); }

// The error for an empty value, which keeps the current value, if there is no current value.
constexpr char kNoValue[] = "must have a value: the webhook has no current value to keep";

const std::string* FindHeader(const HttpHeaders& headers, absl::string_view name) {
  const auto found = std::find_if(headers.begin(), headers.end(), [&](const auto& header) {
    return absl::EqualsIgnoreCase(header.first, name);
  });
  return found == headers.end() ? nullptr : &found->second;
}

// A request has at most one Authorization header (RFC 9110, 11.6.2).
constexpr char kTwoAuthorizations[] = "sets the Authorization header, which webhook.headers also sets";

bool HasTwoAuthorizations(const Webhook& webhook) {
  return webhook.basic_auth.has_value() && FindHeader(webhook.headers, "Authorization") != nullptr;
}

// Whether hookd sets the header itself. CheckHeaderName refuses the headers that HTTP reserves.
bool IsReservedByHookd(absl::string_view name) {
  return absl::StartsWithIgnoreCase(name, "webhook-") || absl::EqualsIgnoreCase(name, "traceparent") ||
         absl::EqualsIgnoreCase(name, "tracestate");
}

// Adds a violation and returns false if the text is longer than `most` bytes.
bool CheckSize(const std::string& text, size_t most, absl::string_view path, FieldViolations& violations) {
  if (text.size() <= most) return true;
  violations.Add(path, absl::StrCat("must be at most ", most, " bytes, not ", text.size()));
  return false;
}

// Adds a violation and returns false if the status is not OK.
bool CheckStatus(const absl::Status& status, absl::string_view path, FieldViolations& violations) {
  if (!status.ok()) violations.Add(path, status.message());
  return status.ok();
}

}  // namespace

void CredentialsToProto(const Webhook& webhook, v1::Webhook& proto) {
  for (const auto& [name, value] : webhook.headers) (*proto.mutable_headers())[name] = "";
  if (webhook.basic_auth.has_value()) {
    proto.mutable_basic_auth()->set_username(webhook.basic_auth->username);
  }
  if (webhook.client_certificate.has_value()) {
    proto.mutable_client_certificate()->set_certificate_chain(webhook.client_certificate->certificate_chain);
  }
  proto.set_tls_ca(webhook.tls_ca);
  if (webhook.signing_secrets.empty()) return;
  const SigningSecret& newest = webhook.signing_secrets.front();
  proto.set_signing_algorithm(static_cast<v1::SigningAlgorithm>(newest.algorithm));
  if (newest.algorithm == SigningAlgorithm::kEd25519) proto.set_signing_public_key(PublicKeyText(newest));
  absl::Time last = absl::InfinitePast();
  for (size_t i = 1; i < webhook.signing_secrets.size(); ++i) {
    last = std::max(last, webhook.signing_secrets[i].expire_time);
  }
  if (last != absl::InfinitePast()) ToProto(last, *proto.mutable_previous_secrets_expire_time());
}

void ShowSigningSecret(const Webhook& webhook, v1::Webhook& proto) {
  if (webhook.signing_secrets.empty()) return;
  const SigningSecret& newest = webhook.signing_secrets.front();
  if (newest.algorithm == SigningAlgorithm::kHmacSha256) proto.set_signing_secret(SigningSecretText(newest));
}

// --- Headers ---

void ReadHeaders(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.headers.clear();
  if (proto.headers_size() > limits::kMaxHeaders) {
    violations.Add("webhook.headers", absl::StrCat("must be at most ", limits::kMaxHeaders, " headers, not ",
                                                   proto.headers_size()));
    return;
  }
  size_t bytes = 0;
  for (const auto& [name, value] : proto.headers()) {
    webhook.headers.emplace_back(name, value);
    bytes += name.size() + value.size();
  }
  if (bytes > limits::kMaxHeaderBytes) {
    violations.Add("webhook.headers",
                   absl::StrCat("must be at most ", limits::kMaxHeaderBytes, " bytes in all, not ", bytes));
  }
  // A map has no order, but every attempt sends the headers in the same order.
  std::sort(webhook.headers.begin(), webhook.headers.end());
  for (const auto& [name, value] : webhook.headers) {
    const std::string path = HeaderPath(name);
    if (!CheckStatus(CheckHeaderName(name), path, violations)) continue;
    CheckStatus(CheckHeaderValue(value), path, violations);
    if (IsReservedByHookd(name)) violations.Add(path, "is a header that hookd itself sets");
    if (FindHeader(webhook.headers, name) != &value) {
      violations.Add(path, "is a duplicate: header names are not case-sensitive");
    }
  }
}

absl::Status CopyHeaders(const Webhook& from, Webhook& to) {
  HttpHeaders headers = from.headers;
  for (auto& [name, value] : headers) {
    if (!value.empty()) continue;
    const std::string* kept = FindHeader(to.headers, name);
    if (kept == nullptr) return FieldError(HeaderPath(name), kNoValue);
    value = *kept;
  }
  to.headers = std::move(headers);
  return absl::OkStatus();
}

// --- Basic authentication ---

void ReadBasicAuth(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.basic_auth.reset();
  if (!proto.has_basic_auth()) return;
  const v1::BasicAuth& given = proto.basic_auth();
  const std::string path = "webhook.basic_auth.username";
  const auto visible = [](const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  };
  if (given.username().empty()) violations.Add(path, "is required");
  CheckSize(given.username(), limits::kMaxBasicAuthBytes, path, violations);
  CheckSize(given.password(), limits::kMaxBasicAuthBytes, "webhook.basic_auth.password", violations);
  if (!visible(given.username()) || absl::StrContains(given.username(), ":")) {
    violations.Add(path, "must be visible ASCII and spaces, without a colon");
  }
  if (!visible(given.password())) {
    violations.Add("webhook.basic_auth.password", "must be visible ASCII and spaces");
  }
  webhook.basic_auth = BasicAuth{.username = given.username(), .password = given.password()};
}

absl::Status CopyBasicAuth(const Webhook& from, Webhook& to) {
  const bool keeps_password = from.basic_auth.has_value() && from.basic_auth->password.empty() &&
                              to.basic_auth.has_value() &&
                              to.basic_auth->username == from.basic_auth->username;
  if (!keeps_password) to.basic_auth = from.basic_auth;
  return absl::OkStatus();
}

// --- Certificates ---

void ReadClientCertificate(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.client_certificate.reset();
  if (!proto.has_client_certificate()) return;
  const ClientCertificate given = {.certificate_chain = proto.client_certificate().certificate_chain(),
                                   .private_key = proto.client_certificate().private_key()};
  const std::string chain_path = "webhook.client_certificate.certificate_chain";
  const std::string key_path = "webhook.client_certificate.private_key";
  const bool chain_is_good =
      CheckSize(given.certificate_chain, limits::kMaxCertificateChainBytes, chain_path, violations) &&
      CheckStatus(CheckCertificates(given.certificate_chain), chain_path, violations);
  if (CheckSize(given.private_key, limits::kMaxPrivateKeyBytes, key_path, violations) && chain_is_good &&
      !given.private_key.empty()) {
    CheckStatus(CheckPrivateKey(given.private_key, given.certificate_chain), key_path, violations);
  }
  webhook.client_certificate = given;
}

absl::Status CopyClientCertificate(const Webhook& from, Webhook& to) {
  if (from.client_certificate.has_value() && from.client_certificate->private_key.empty()) {
    const bool same = to.client_certificate.has_value() &&
                      to.client_certificate->certificate_chain == from.client_certificate->certificate_chain;
    return same ? absl::OkStatus() : FieldError("webhook.client_certificate.private_key", kNoValue);
  }
  to.client_certificate = from.client_certificate;
  return absl::OkStatus();
}

void ReadTlsCa(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations) {
  webhook.tls_ca = proto.tls_ca();
  if (proto.tls_ca().empty()) return;
  if (CheckSize(proto.tls_ca(), limits::kMaxTlsCaBytes, "webhook.tls_ca", violations)) {
    CheckStatus(CheckCertificates(proto.tls_ca()), "webhook.tls_ca", violations);
  }
}

absl::Status CheckOneAuthorization(const Webhook& webhook) {
  return HasTwoAuthorizations(webhook) ? FieldError("webhook.basic_auth", kTwoAuthorizations)
                                       : absl::OkStatus();
}

void RequireCredentials(const Webhook& webhook, FieldViolations& violations) {
  for (const auto& [name, value] : webhook.headers) {
    if (value.empty()) violations.Add(HeaderPath(name), "must have a value");
  }
  if (HasTwoAuthorizations(webhook)) violations.Add("webhook.basic_auth", kTwoAuthorizations);
  if (webhook.client_certificate.has_value() && webhook.client_certificate->private_key.empty()) {
    violations.Add("webhook.client_certificate.private_key", "is required");
  }
}

// --- Signing ---

SigningSecret SigningChoice::Secret() const { return secret.value_or(NewSigningSecret(algorithm)); }

SigningChoice ReadSigningChoice(const std::string& secret, v1::SigningAlgorithm algorithm,
                                SigningAlgorithm otherwise, const std::string& path_prefix,
                                FieldViolations& violations) {
  SigningChoice choice{.algorithm = otherwise, .secret = std::nullopt};
  const std::string algorithm_path = absl::StrCat(path_prefix, "signing_algorithm");
  if (!v1::SigningAlgorithm_IsValid(algorithm)) {
    violations.Add(
        algorithm_path,
        absl::StrCat(int{algorithm}, " is not a signing algorithm: see hookd.v1.SigningAlgorithm"));
    return choice;
  }
  const bool given = algorithm != v1::SIGNING_ALGORITHM_UNSPECIFIED;
  if (given) choice.algorithm = static_cast<SigningAlgorithm>(algorithm);
  if (secret.empty()) return choice;
  auto parsed = ParseSigningSecret(secret);
  if (!CheckStatus(parsed.status(), absl::StrCat(path_prefix, "signing_secret"), violations)) return choice;
  if (given && parsed->algorithm != choice.algorithm) {
    violations.Add(algorithm_path, "is not the algorithm of the signing secret");
  }
  choice.algorithm = parsed->algorithm;
  choice.secret = *std::move(parsed);
  return choice;
}

void CheckSigningIsKept(const v1::Webhook& proto, const Webhook& webhook, FieldViolations& violations) {
  constexpr char kRotate[] = "cannot be updated: RotateSigningSecret changes it";
  const SigningSecret* newest = webhook.signing_secrets.empty() ? nullptr : &webhook.signing_secrets.front();
  if (proto.signing_algorithm() != v1::SIGNING_ALGORITHM_UNSPECIFIED &&
      (newest == nullptr || proto.signing_algorithm() != static_cast<int>(newest->algorithm))) {
    violations.Add("webhook.signing_algorithm", kRotate);
  }
  if (!proto.signing_secret().empty() &&
      (newest == nullptr || proto.signing_secret() != SigningSecretText(*newest))) {
    violations.Add("webhook.signing_secret", kRotate);
  }
}

}  // namespace hookd
