#include "delivery/attempts/signing.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <memory>
#include <new>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/limits.h"
#include "base/secure_random.h"

namespace hookd {
namespace {

constexpr absl::string_view kHmacPrefix = "whsec_";
constexpr absl::string_view kPrivateKeyPrefix = "whsk_";
constexpr absl::string_view kPublicKeyPrefix = "whpk_";
constexpr size_t kEd25519KeySize = 32;  // of a seed and of a public key (RFC 8032, 5.1)
constexpr size_t kEd25519SignatureSize = 64;

struct KeyCleanup {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct DigestCleanup {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::unique_ptr<EVP_PKEY, KeyCleanup> Ed25519Key(const std::string& seed) {
  return std::unique_ptr<EVP_PKEY, KeyCleanup>(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, Bytes(seed), seed.size()));
}

std::string PublicKey(const std::string& seed) {
  const auto key = Ed25519Key(seed);
  std::string bytes(kEd25519KeySize, '\0');
  size_t size = bytes.size();
  if (key == nullptr || EVP_PKEY_get_raw_public_key(key.get(), Bytes(bytes), &size) != 1)
    throw std::bad_alloc();
  return bytes;
}

std::string HmacSha256(const std::string& key, absl::string_view message) {
  std::string signature(EVP_MAX_MD_SIZE, '\0');
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(),
           Bytes(signature), &size) == nullptr) {
    throw std::bad_alloc();
  }
  signature.resize(size);
  return signature;
}

std::string Ed25519(const std::string& seed, absl::string_view message) {
  const auto key = Ed25519Key(seed);
  const std::unique_ptr<EVP_MD_CTX, DigestCleanup> context(EVP_MD_CTX_new());
  std::string signature(kEd25519SignatureSize, '\0');
  size_t size = signature.size();
  if (key == nullptr || context == nullptr ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), Bytes(signature), &size, Bytes(message), message.size()) != 1) {
    throw std::bad_alloc();
  }
  return signature;
}

// The bytes after the prefix; empty if they are not base64.
std::string Decode(absl::string_view text, absl::string_view prefix) {
  std::string bytes;
  if (!absl::Base64Unescape(absl::StripPrefix(text, prefix), &bytes)) return "";
  return bytes;
}

}  // namespace

SigningSecret NewSigningSecret(SigningAlgorithm algorithm) {
  return {.algorithm = algorithm, .key = SecureRandomBytes(kEd25519KeySize)};
}

absl::StatusOr<SigningSecret> ParseSigningSecret(absl::string_view text) {
  if (absl::StartsWith(text, kHmacPrefix)) {
    std::string key = Decode(text, kHmacPrefix);
    if (key.size() >= limits::kMinSigningKeyBytes && key.size() <= limits::kMaxSigningKeyBytes) {
      return SigningSecret{.algorithm = SigningAlgorithm::kHmacSha256, .key = std::move(key)};
    }
  } else if (absl::StartsWith(text, kPrivateKeyPrefix)) {
    const std::string key = Decode(text, kPrivateKeyPrefix);
    const bool sized = key.size() == kEd25519KeySize || key.size() == 2 * kEd25519KeySize;
    const std::string seed = key.substr(0, kEd25519KeySize);
    if (sized && (key == seed || key.substr(kEd25519KeySize) == PublicKey(seed))) {
      return SigningSecret{.algorithm = SigningAlgorithm::kEd25519, .key = seed};
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat("must be whsec_ and ", limits::kMinSigningKeyBytes, " to ", limits::kMaxSigningKeyBytes,
                   " bytes in base64 (HMAC-SHA256), or whsk_ and an Ed25519 key in base64: its seed of 32 "
                   "bytes, or that and its public key"));
}

std::string SigningSecretText(const SigningSecret& secret) {
  return absl::StrCat(kHmacPrefix, absl::Base64Escape(secret.key));
}

std::string PublicKeyText(const SigningSecret& secret) {
  return absl::StrCat(kPublicKeyPrefix, absl::Base64Escape(PublicKey(secret.key)));
}

std::string SignatureHeader(const std::vector<SigningSecret>& secrets, absl::string_view message_id,
                            absl::Time now, absl::string_view body) {
  std::string header;
  std::string message;
  for (const SigningSecret& secret : secrets) {
    if (secret.expire_time <= now) continue;
    if (message.empty()) message = absl::StrCat(message_id, ".", absl::ToUnixSeconds(now), ".", body);
    const bool hmac = secret.algorithm == SigningAlgorithm::kHmacSha256;
    absl::StrAppend(
        &header, header.empty() ? "" : " ", hmac ? "v1," : "v1a,",
        absl::Base64Escape(hmac ? HmacSha256(secret.key, message) : Ed25519(secret.key, message)));
  }
  return header;
}

absl::Status ReplaceSigningSecret(std::vector<SigningSecret>& secrets, SigningSecret secret,
                                  absl::Duration grace_period, absl::Time now) {
  // Records keep microseconds.
  const absl::Time expire_time = absl::FromUnixMicros(absl::ToUnixMicros(now + grace_period));
  std::vector<SigningSecret> left = {std::move(secret)};
  for (const SigningSecret& earlier : secrets) {
    left.push_back(earlier);
    left.back().expire_time = std::min(earlier.expire_time, expire_time);
    if (left.back().expire_time <= now) left.pop_back();
  }
  if (left.size() > limits::kMaxSigningSecrets) {
    return absl::FailedPreconditionError(
        absl::StrCat(limits::kMaxSigningSecrets,
                     " secrets sign already: wait until one of them has expired, or rotate with a grace "
                     "period of 0, which ends all but the new one"));
  }
  secrets = std::move(left);
  return absl::OkStatus();
}

}  // namespace hookd
