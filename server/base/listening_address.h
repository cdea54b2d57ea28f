// Opens the sockets of an address that callers connect to. Thread-safe; no state.
#ifndef HOOKD_BASE_LISTENING_ADDRESS_H_
#define HOOKD_BASE_LISTENING_ADDRESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace hookd {

struct Listening {
  std::vector<int> sockets;  // non-blocking; the caller owns them
  int port = 0;              // 0 for a socket file
  std::string file;          // the path of the socket file, and which file it is
  ino_t inode = 0;
};

// Listens on `address`, host:port or unix:path. Port 0 picks a free port. An existing socket file is
// replaced. Returns INVALID_ARGUMENT or UNAVAILABLE with the reason.
absl::StatusOr<Listening> ListenOnAddress(const std::string& address);

// Closes the sockets and removes the file, unless another process has replaced it.
void StopListening(Listening& listening);

}  // namespace hookd

#endif  // HOOKD_BASE_LISTENING_ADDRESS_H_
