// A signing secret that is taken signs, and is written as it can be read again; a refusal does not repeat it.
#include "absl/strings/match.h"
#include "delivery/attempts/signing.h"
#include "tests/fuzz/fuzzing.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  const auto secret = hookd::ParseSigningSecret(text);
  if (!secret.ok()) {
    HOOKD_PROMISE(secret.status() == hookd::ParseSigningSecret("").status());
    return 0;
  }
  HOOKD_PROMISE(!hookd::SignatureHeader({*secret}, "id", absl::UnixEpoch(), "{}").empty());
  if (secret->algorithm == hookd::SigningAlgorithm::kHmacSha256) {
    const auto again = hookd::ParseSigningSecret(hookd::SigningSecretText(*secret));
    HOOKD_PROMISE(again.ok() && *again == *secret);
  } else {
    HOOKD_PROMISE(absl::StartsWith(hookd::PublicKeyText(*secret), "whpk_"));
  }
  return 0;
}
