// The parts of a webhook that are, or are about, secrets: signing secret, headers, credentials, certificates.
//
// Secrets are taken in and never given back: in an update, one that is left empty stays as it is, so that
// what was read can be sent back. Thread-safe; no state.
#ifndef HOOKD_API_WEBHOOK_CREDENTIALS_H_
#define HOOKD_API_WEBHOOK_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "api/field_violations.h"
#include "hookd/v1/webhook.pb.h"
#include "store/records.h"

namespace hookd {

// What of them may be shown.
void CredentialsToProto(const Webhook& webhook, v1::Webhook& proto);

// In the form of WebhookField (webhook_conversion.h). The copies fill in what was left empty from `to`;
// FieldError if it has nothing there.
void ReadHeaders(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyHeaders(const Webhook& from, Webhook& to);
void ReadBasicAuth(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyBasicAuth(const Webhook& from, Webhook& to);
void ReadClientCertificate(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyClientCertificate(const Webhook& from, Webhook& to);
void ReadTlsCa(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);

// FieldError if a webhook has both Basic credentials and an Authorization header of its own.
absl::Status CheckOneAuthorization(const Webhook& webhook);

// A new webhook has nothing that empty values could stand for, and one Authorization header at most.
void RequireCredentials(const Webhook& webhook, FieldViolations& violations);

// How a webhook is to be signed, as a request says it: with `secret` if it has one, otherwise with a new one.
struct SigningChoice {
  SigningAlgorithm algorithm = SigningAlgorithm::kHmacSha256;
  std::optional<SigningSecret> secret;

  SigningSecret Secret() const;
};

// Reads the fields `signing_secret` and `signing_algorithm`; `path_prefix` is what stands before their names
// in a path, such as "webhook.". Without both, the algorithm is `otherwise`.
SigningChoice ReadSigningChoice(const std::string& secret, v1::SigningAlgorithm algorithm,
                                SigningAlgorithm otherwise, const std::string& path_prefix,
                                FieldViolations& violations);

// How requests are signed is no field of an update. Adds a violation for what asks for another than the
// webhook has: whoever sends it would believe it changed (AIP-203).
void CheckSigningIsKept(const v1::Webhook& proto, const Webhook& webhook, FieldViolations& violations);

// Adds the newest secret, where it may be shown: to the answers of CreateWebhook and RotateSigningSecret.
void ShowSigningSecret(const Webhook& webhook, v1::Webhook& proto);

}  // namespace hookd

#endif  // HOOKD_API_WEBHOOK_CREDENTIALS_H_
