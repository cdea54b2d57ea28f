// A short hash of a text, such as a request or a query, to compare it with another text later.
#ifndef HOOKD_BASE_FINGERPRINT_H_
#define HOOKD_BASE_FINGERPRINT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// Returns the first 16 bytes of the text's SHA-256 (FIPS 180-4). It is the same on every machine and in every
// version.
std::string Fingerprint(absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_BASE_FINGERPRINT_H_
