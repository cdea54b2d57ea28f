// A short stand-in for a text, to tell later whether another text was the same: of a request, of a query.
#ifndef HOOKD_BASE_FINGERPRINT_H_
#define HOOKD_BASE_FINGERPRINT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

// The first 16 bytes of the text's SHA-256 (FIPS 180-4). The same on every machine and in every version.
std::string Fingerprint(absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_BASE_FINGERPRINT_H_
