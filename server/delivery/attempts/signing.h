// Signs requests as Standard Webhooks specifies (https://github.com/standard-webhooks/standard-webhooks,
// spec), and converts signing secrets from and to their textual forms.
//
// Thread-safe; no state.
#ifndef HOOKD_DELIVERY_ATTEMPTS_SIGNING_H_
#define HOOKD_DELIVERY_ATTEMPTS_SIGNING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "store/records.h"

namespace hookd {

// A new secret: 32 bytes from the system's generator.
SigningSecret NewSigningSecret(SigningAlgorithm algorithm);

// `whsec_` and 24 to 64 bytes in base64 for HMAC-SHA256; `whsk_` and 32 bytes (the seed) or 64 (seed and
// public key) for Ed25519. Otherwise INVALID_ARGUMENT, with a message that does not repeat the secret.
absl::StatusOr<SigningSecret> ParseSigningSecret(absl::string_view text);

// The textual form of an HMAC secret: `whsec_...`.
std::string SigningSecretText(const SigningSecret& secret);

// The public key of an Ed25519 secret: `whpk_` and 32 bytes in base64.
std::string PublicKeyText(const SigningSecret& secret);

// The value of `webhook-signature`: a signature of "id.timestamp.body" by each secret that has not expired at
// `now`, which is the timestamp: `v1,` and base64 for HMAC-SHA256, `v1a,` and base64 for Ed25519, separated
// by spaces. Empty if there is no such secret.
std::string SignatureHeader(const std::vector<SigningSecret>& secrets, absl::string_view message_id,
                            absl::Time now, absl::string_view body);

// Makes `secret` the newest secret. The one before it goes on signing for `grace_period`; older ones expire
// then at the latest, and expired ones are removed. FAILED_PRECONDITION if more than
// limits::kMaxSigningSecrets would remain; then nothing changes.
absl::Status ReplaceSigningSecret(std::vector<SigningSecret>& secrets, SigningSecret secret,
                                  absl::Duration grace_period, absl::Time now);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_ATTEMPTS_SIGNING_H_
