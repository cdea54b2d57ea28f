#include "base/fingerprint.h"

#include <openssl/sha.h>

namespace hookd {

std::string Fingerprint(absl::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), 16);
}

}  // namespace hookd
