// Cryptographically secure random bytes, from getrandom(2). Thread-safe.
#ifndef HOOKD_BASE_SECURE_RANDOM_H_
#define HOOKD_BASE_SECURE_RANDOM_H_

#include <cstddef>
#include <string>

namespace hookd {

// Returns bytes for keys and secrets. Aborts the process if the system has none, because it could not
// continue safely.
std::string SecureRandomBytes(size_t count);

}  // namespace hookd

#endif  // HOOKD_BASE_SECURE_RANDOM_H_
