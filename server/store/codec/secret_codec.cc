#include "store/codec/secret_codec.h"

#include <limits>
#include <utility>

#include "store/codec/field_codec.h"

namespace hookd {
namespace {

constexpr absl::string_view kSecrets = "secrets 1";
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

void PutSigningSecrets(const std::vector<SigningSecret>& secrets, std::string& bytes) {
  PutField(static_cast<int64_t>(secrets.size()), bytes);
  for (const SigningSecret& secret : secrets) {
    PutField(static_cast<int64_t>(secret.algorithm), bytes);
    PutField(secret.key, bytes);
    PutField(secret.expire_time == absl::InfiniteFuture() ? kNever : absl::ToUnixMicros(secret.expire_time),
             bytes);
  }
}

bool GetSigningSecrets(Fields& fields, std::vector<SigningSecret>& secrets) {
  int64_t count = 0;
  if (!fields.Get(count)) return false;
  for (; count > 0; --count) {
    SigningSecret secret;
    int64_t algorithm = 0, expire_time = 0;
    if (!fields.Get(algorithm) || !fields.Get(secret.key) || !fields.Get(expire_time)) return false;
    secret.algorithm = static_cast<SigningAlgorithm>(algorithm);
    if (expire_time != kNever) secret.expire_time = absl::FromUnixMicros(expire_time);
    secrets.push_back(std::move(secret));
  }
  return true;
}

bool GetHeaders(Fields& fields, HttpHeaders& headers) {
  int64_t count = 0;
  if (!fields.Get(count)) return false;
  for (; count > 0; --count) {
    std::string name, value;
    if (!fields.Get(name) || !fields.Get(value)) return false;
    headers.emplace_back(std::move(name), std::move(value));
  }
  return true;
}

}  // namespace

std::string EncodeSecrets(const Webhook& webhook) {
  std::string bytes;
  PutField(kSecrets, bytes);
  PutSigningSecrets(webhook.signing_secrets, bytes);
  PutField(static_cast<int64_t>(webhook.headers.size()), bytes);
  for (const auto& [name, value] : webhook.headers) {
    PutField(name, bytes);
    PutField(value, bytes);
  }
  const BasicAuth basic_auth = webhook.basic_auth.value_or(BasicAuth());
  PutField(int64_t{webhook.basic_auth.has_value()}, bytes);
  PutField(basic_auth.username, bytes);
  PutField(basic_auth.password, bytes);
  const ClientCertificate certificate = webhook.client_certificate.value_or(ClientCertificate());
  PutField(int64_t{webhook.client_certificate.has_value()}, bytes);
  PutField(certificate.certificate_chain, bytes);
  PutField(certificate.private_key, bytes);
  PutField(webhook.tls_ca, bytes);
  return bytes;
}

bool DecodeSecrets(absl::string_view bytes, Webhook& webhook) {
  if (bytes.empty()) return true;
  Fields fields(bytes);
  int64_t has_basic_auth = 0, has_certificate = 0;
  BasicAuth basic_auth;
  ClientCertificate certificate;
  if (!fields.Is(kSecrets) || !GetSigningSecrets(fields, webhook.signing_secrets) ||
      !GetHeaders(fields, webhook.headers) || !fields.Get(has_basic_auth) ||
      !fields.Get(basic_auth.username) || !fields.Get(basic_auth.password) || !fields.Get(has_certificate) ||
      !fields.Get(certificate.certificate_chain) || !fields.Get(certificate.private_key) ||
      !fields.Get(webhook.tls_ca) || !fields.AtEnd()) {
    return false;
  }
  if (has_basic_auth != 0) webhook.basic_auth = std::move(basic_auth);
  if (has_certificate != 0) webhook.client_certificate = std::move(certificate);
  return true;
}

std::string SecretsContext(int64_t webhook_key) { return absl::StrCat("webhook ", webhook_key); }

}  // namespace hookd
