// Signatures after Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec): what a
// request's `webhook-signature` says, and the secrets behind it in their textual forms.
//
// Thread-safe; no state.
#ifndef HOOKD_DELIVERY_SIGNING_H_
#define HOOKD_DELIVERY_SIGNING_H_

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
// public key) for Ed25519. INVALID_ARGUMENT, with a sentence that does not repeat the secret, for all else.
absl::StatusOr<SigningSecret> ParseSigningSecret(absl::string_view text);

// The textual form of an HMAC secret: `whsec_...`.
std::string SigningSecretText(const SigningSecret& secret);

// The public key of an Ed25519 secret: `whpk_` and 32 bytes in base64.
std::string PublicKeyText(const SigningSecret& secret);

// The value of `webhook-signature`: a signature of "id.timestamp.body" by each secret that has not expired at
// `now`, which is the timestamp; `v1,` and base64 for HMAC-SHA256, `v1a,` and base64 for Ed25519, with spaces
// between. Empty if there is none.
std::string SignatureHeader(const std::vector<SigningSecret>& secrets, absl::string_view message_id,
                            absl::Time now, absl::string_view body);

// Puts `secret` in the place of the newest, which goes on signing for `grace_period`; those that were
// replaced before expire then at the latest, and expired ones are dropped. FAILED_PRECONDITION if more than
// limits::kMaxSigningSecrets would be left; then they are as they were.
absl::Status ReplaceSigningSecret(std::vector<SigningSecret>& secrets, SigningSecret secret,
                                  absl::Duration grace_period, absl::Time now);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_SIGNING_H_
