#include "base/secure_random.h"

#include <sys/random.h>

#include <cerrno>
#include <cstdlib>

namespace hookd {

std::string SecureRandomBytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t filled = 0; filled < count;) {
    const ssize_t got = getrandom(&bytes[filled], count - filled, 0);
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) filled += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace hookd
