#include "hookctl/signature.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hookctl {
namespace {

constexpr absl::string_view kHmacPrefix = "whsec_";
constexpr absl::string_view kPublicKeyPrefix = "whpk_";
constexpr size_t kPublicKeySize = 32;
// The tolerance that the specification recommends against replay attacks.
constexpr absl::Duration kTolerance = absl::Minutes(5);

const unsigned char* Bytes(absl::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

// The key after the prefix; empty if it is not base64.
std::string KeyOf(const std::string& secret, absl::string_view prefix) {
  std::string key;
  if (!absl::Base64Unescape(secret.substr(prefix.size()), &key)) return "";
  return key;
}

std::string HmacOf(const std::string& key, absl::string_view message) {
  unsigned char hmac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Bytes(message), message.size(), hmac, &size);
  return {reinterpret_cast<const char*>(hmac), size};
}

bool IsHmacOf(const std::string& key, absl::string_view message, const std::string& signature) {
  const std::string expected = HmacOf(key, message);
  return signature.size() == expected.size() &&
         CRYPTO_memcmp(signature.data(), expected.data(), expected.size()) == 0;
}

bool IsEd25519Of(const std::string& public_key, absl::string_view message, const std::string& signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(public_key), public_key.size()),
      &EVP_PKEY_free);
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  return key != nullptr && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), Bytes(signature), signature.size(), Bytes(message),
                          message.size()) == 1;
}

}  // namespace

std::string CheckVerificationSecret(const std::string& secret) {
  const bool good = absl::StartsWith(secret, kPublicKeyPrefix)
                        ? KeyOf(secret, kPublicKeyPrefix).size() == kPublicKeySize
                        : absl::StartsWith(secret, kHmacPrefix) && !KeyOf(secret, kHmacPrefix).empty();
  return good ? "" : "must be whsec_ and base64, or whpk_ and a public key in base64";
}

std::string NewSigningSecret() {
  unsigned char bytes[32];
  // It cannot fail: OpenSSL ends the process if the system has no randomness.
  RAND_bytes(bytes, sizeof(bytes));
  return absl::StrCat(kHmacPrefix, absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(bytes),
                                                                        sizeof(bytes))));
}

std::string Sign(const std::string& secret, absl::string_view id, absl::string_view timestamp,
                 absl::string_view body) {
  const std::string message = absl::StrCat(id, ".", timestamp, ".", body);
  return absl::StrCat("v1,", absl::Base64Escape(HmacOf(KeyOf(secret, kHmacPrefix), message)));
}

std::string VerifySignature(const std::string& secret, const SignedRequest& request, absl::Time now) {
  if (request.id.empty() || request.timestamp.empty() || request.signature.empty()) {
    return "it is not signed: Webhook-Id, Webhook-Timestamp or Webhook-Signature is missing";
  }
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(request.timestamp, &seconds)) return "its Webhook-Timestamp is not a number";
  const absl::Duration age = now - absl::FromUnixSeconds(seconds);
  if (absl::AbsDuration(age) > kTolerance) {
    return absl::StrCat("its Webhook-Timestamp is ", absl::FormatDuration(absl::AbsDuration(age)),
                        age > absl::ZeroDuration() ? " old" : " ahead");
  }
  const bool asymmetric = absl::StartsWith(secret, kPublicKeyPrefix);
  const std::string key = KeyOf(secret, asymmetric ? kPublicKeyPrefix : kHmacPrefix);
  const absl::string_view version = asymmetric ? "v1a" : "v1";
  const std::string message = absl::StrCat(request.id, ".", request.timestamp, ".", request.body);
  bool found = false;
  for (absl::string_view each : absl::StrSplit(request.signature, ' ')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(each, absl::MaxSplits(',', 1));
    if (parts.first != version) continue;
    found = true;
    std::string signature;
    if (!absl::Base64Unescape(parts.second, &signature)) continue;
    if ((asymmetric ? IsEd25519Of : IsHmacOf)(key, message, signature)) return "";
  }
  return found ? "no signature matches: it was signed with another secret, or it was changed"
               : absl::StrCat("it has no ", version, " signature");
}

}  // namespace hookctl
