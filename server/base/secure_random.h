// Bytes that nobody can guess, from the system's generator (getrandom(2)). Thread-safe.
#ifndef HOOKD_BASE_SECURE_RANDOM_H_
#define HOOKD_BASE_SECURE_RANDOM_H_

#include <cstddef>
#include <string>

namespace hookd {

// For keys and secrets. Ends the process if the system gives none: nothing safe could go on.
std::string SecureRandomBytes(size_t count);

}  // namespace hookd

#endif  // HOOKD_BASE_SECURE_RANDOM_H_
