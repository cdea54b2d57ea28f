#include "base/listening_address.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/host_and_port.h"
#include "base/listening_socket.h"
#include "base/tuning.h"

namespace hookd {
namespace {

// The inode of a socket file; 0 if the path is not one.
ino_t InodeOfSocket(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode) ? status.st_ino : 0;
}

absl::StatusOr<Listening> ListenOnFile(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) {
    return absl::UnavailableError("the path of the socket's file is empty or too long");
  }
  std::copy(path.begin(), path.end(), address.sun_path);
  if (InodeOfSocket(path) != 0) unlink(path.c_str());
  const int listener =
      OpenListener(reinterpret_cast<const sockaddr*>(&address), sizeof(address), tuning::kListenBacklog);
  if (listener < 0) return absl::UnavailableError(strerror(errno));
  return Listening{.sockets = {listener}, .file = path, .inode = InodeOfSocket(path)};
}

absl::StatusOr<Listening> ListenOnPort(const HostAndPort& address) {
  // Both wildcard addresses mean all addresses of both families, if the system has IPv6.
  const bool all = address.host == "0.0.0.0" || address.host == "::";
  Listening listening;
  listening.sockets = ListenOnHost(all ? "::" : address.host, address.port, tuning::kListenBacklog);
  if (listening.sockets.empty() && all) {
    listening.sockets = ListenOnHost("0.0.0.0", address.port, tuning::kListenBacklog);
  }
  if (listening.sockets.empty()) return absl::UnavailableError(strerror(errno));
  listening.port = ListeningPort(listening.sockets.front());
  return listening;
}

}  // namespace

absl::StatusOr<Listening> ListenOnAddress(const std::string& address) {
  absl::string_view path = address;
  if (absl::ConsumePrefix(&path, "unix:")) {
    absl::ConsumePrefix(&path, "//");  // a URI's empty authority
    return ListenOnFile(std::string(path));
  }
  const auto parsed = ParseHostAndPort(address);
  if (!parsed.has_value()) return absl::InvalidArgumentError("must be host:port or unix:path");
  return ListenOnPort(*parsed);
}

void StopListening(Listening& listening) {
  const bool has_file = !listening.sockets.empty() && listening.inode != 0;
  // While the sockets are open, no other file has the inode.
  if (has_file && InodeOfSocket(listening.file) == listening.inode) unlink(listening.file.c_str());
  for (const int socket : listening.sockets) close(socket);
  listening.sockets.clear();
}

}  // namespace hookd
