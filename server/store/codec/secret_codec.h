// The secrets of a webhook as bytes, to be sealed (secret_box.h) and stored. Thread-safe; no state.
#ifndef HOOKD_STORE_CODEC_SECRET_CODEC_H_
#define HOOKD_STORE_CODEC_SECRET_CODEC_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "store/records.h"

namespace hookd {

// signing_secrets, headers, basic_auth, client_certificate and tls_ca.
std::string EncodeSecrets(const Webhook& webhook);

// Sets in `webhook` what EncodeSecrets encoded. Returns false for bytes that EncodeSecrets did not write.
// Empty bytes mean a webhook without secrets.
bool DecodeSecrets(absl::string_view bytes, Webhook& webhook);

// The context in which a webhook's secrets are sealed: they cannot be opened for another webhook.
std::string SecretsContext(int64_t webhook_key);

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_SECRET_CODEC_H_
