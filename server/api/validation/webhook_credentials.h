// Reads and converts the fields of a webhook that are secrets or related to secrets: signing secret, headers,
// credentials, certificates.
//
// Secrets are write-only. An update keeps a secret that is left empty, so that a webhook that was read can be
// sent back. Thread-safe; no state.
#ifndef HOOKD_API_VALIDATION_WEBHOOK_CREDENTIALS_H_
#define HOOKD_API_VALIDATION_WEBHOOK_CREDENTIALS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "api/validation/field_violations.h"
#include "hookd/v1/webhook.pb.h"
#include "store/records.h"

namespace hookd {

// Converts the fields that may be shown.
void CredentialsToProto(const Webhook& webhook, v1::Webhook& proto);

// The functions of WebhookField (webhook_conversion.h). The copy functions keep the value of `to` where that
// of `from` is empty, and return a FieldError if `to` has none.
void ReadHeaders(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyHeaders(const Webhook& from, Webhook& to);
void ReadBasicAuth(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyBasicAuth(const Webhook& from, Webhook& to);
void ReadClientCertificate(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);
absl::Status CopyClientCertificate(const Webhook& from, Webhook& to);
void ReadTlsCa(const v1::Webhook& proto, Webhook& webhook, FieldViolations& violations);

// Returns a FieldError if a webhook has both Basic credentials and an Authorization header.
absl::Status CheckOneAuthorization(const Webhook& webhook);

// Adds a violation for each empty secret of a new webhook, which has no current value to keep, and one if it
// has two Authorization headers.
void RequireCredentials(const Webhook& webhook, FieldViolations& violations);

// The signing that a request selects: with `secret`, or with a new secret if it has none.
struct SigningChoice {
  SigningAlgorithm algorithm = SigningAlgorithm::kHmacSha256;
  std::optional<SigningSecret> secret;

  // Returns `secret` or, if there is none, a new one.
  SigningSecret Secret() const;
};

// Reads the fields `signing_secret` and `signing_algorithm`. `path_prefix` precedes their names in their
// paths, such as "webhook.". If both are empty, the algorithm is `otherwise`.
SigningChoice ReadSigningChoice(const std::string& secret, v1::SigningAlgorithm algorithm,
                                SigningAlgorithm otherwise, const std::string& path_prefix,
                                FieldViolations& violations);

// Adds a violation for each signing field that differs from the webhook's. An update cannot change these
// fields, and without an error the caller would believe that it did (AIP-203).
void CheckSigningIsKept(const v1::Webhook& proto, const Webhook& webhook, FieldViolations& violations);

// Adds the newest secret to `proto`, for the responses of CreateWebhook and RotateSigningSecret, which may
// show it.
void ShowSigningSecret(const Webhook& webhook, v1::Webhook& proto);

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_WEBHOOK_CREDENTIALS_H_
