// Verifies the signatures of requests from hookd, as a receiver does, and signs requests, by Standard
// Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec). Thread-safe; no state.
#ifndef HOOKCTL_SIGNATURE_H_
#define HOOKCTL_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookctl {

// The signed parts of a request and its signatures: the values of the headers, and the exact body.
struct SignedRequest {
  std::string id;         // Webhook-Id
  std::string timestamp;  // Webhook-Timestamp
  std::string signature;  // Webhook-Signature
  absl::string_view body;
};

// Returns an empty string if `secret` is valid: `whsec_` and base64 (HMAC-SHA256) or `whpk_` and base64 (an
// Ed25519 public key). Otherwise returns what it must be.
std::string CheckVerificationSecret(const std::string& secret);

// Returns a new secret: `whsec_` and 32 random bytes in base64.
std::string NewSigningSecret();

// Returns the value of Webhook-Signature. Requires: CheckVerificationSecret accepts `secret`, which begins
// with `whsec_`.
std::string Sign(const std::string& secret, absl::string_view id, absl::string_view timestamp,
                 absl::string_view body);

// Returns an empty string if one of the signatures is valid and the timestamp is within five minutes of
// `now`. Otherwise returns the reason, as a sentence without a capital letter and a full stop.
std::string VerifySignature(const std::string& secret, const SignedRequest& request, absl::Time now);

}  // namespace hookctl

#endif  // HOOKCTL_SIGNATURE_H_
