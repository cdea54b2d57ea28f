// Reads whole inputs, files and stdin, into memory. Thread-safe; no state.
#ifndef HOOKCTL_INPUT_FILE_H_
#define HOOKCTL_INPUT_FILE_H_

#include <cstddef>
#include <istream>
#include <string>

#include "absl/status/statusor.h"

namespace hookctl {

// The maximum size of a secret, a certificate or a cursor: a thousand times what they need. It ends the
// reading of a file such as /dev/zero.
inline constexpr size_t kMaxSmallFileBytes = size_t{1} << 20U;
// The maximum size of what is parsed as a whole: its events take several times that in memory.
inline constexpr size_t kMaxInputBytes = size_t{1} << 30U;

// Reads a file of at most `max_bytes`. The message of an error is the reason alone, such as `Is a directory`.
// Returns NOT_FOUND if the file does not exist, OUT_OF_RANGE if it is larger, otherwise UNAVAILABLE.
absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes = kMaxSmallFileBytes);

// Likewise what is left of a stream. Does not return NOT_FOUND.
absl::StatusOr<std::string> ReadStream(std::istream& in, size_t max_bytes);

// Returns an empty string if this user can read the file, otherwise a sentence that says why not. The file is
// not read, because it can be a pipe.
std::string CheckReadable(const std::string& path);

}  // namespace hookctl

#endif  // HOOKCTL_INPUT_FILE_H_
