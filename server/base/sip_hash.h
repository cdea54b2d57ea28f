// SipHash-2-4 (Aumasson and Bernstein, 2012): a fast 64-bit hash with a secret key, without which nobody can
// make two texts collide.
//
// Thread-safe; no state. The values are stored: they must never change.
#ifndef HOOKD_BASE_SIP_HASH_H_
#define HOOKD_BASE_SIP_HASH_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace hookd {

struct SipKey {
  uint64_t first = 0, second = 0;
};

// The number of bytes that a key is read from.
inline constexpr size_t kSipKeyBytes = 16;

// Reads a key from its bytes. Requires: there are kSipKeyBytes.
SipKey ReadSipKey(absl::string_view bytes);

// The hash of `prefix`, as 8 bytes with the lowest first, followed by `text`.
uint64_t SipHash(const SipKey& key, uint64_t prefix, absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_BASE_SIP_HASH_H_
