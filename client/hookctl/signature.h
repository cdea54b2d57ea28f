// Verifying what hookd sends, as a receiver does: signatures after Standard Webhooks
// (https://github.com/standard-webhooks/standard-webhooks, spec). Thread-safe; no state.
#ifndef HOOKCTL_SIGNATURE_H_
#define HOOKCTL_SIGNATURE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookctl {

// What was signed, and the signatures: values of the headers, and the body as it came.
struct SignedRequest {
  std::string id;         // Webhook-Id
  std::string timestamp;  // Webhook-Timestamp
  std::string signature;  // Webhook-Signature
  absl::string_view body;
};

// Empty if `secret` is one: `whsec_` and base64 (HMAC-SHA256) or `whpk_` and base64 (an Ed25519 public key).
// Otherwise what it must be.
std::string CheckVerificationSecret(const std::string& secret);

// Empty if one of the signatures is good and the timestamp within five minutes of `now`; otherwise why not,
// in a sentence without a capital and a full stop.
std::string VerifySignature(const std::string& secret, const SignedRequest& request, absl::Time now);

}  // namespace hookctl

#endif  // HOOKCTL_SIGNATURE_H_
