#include "tests/support/http2_connection.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"

namespace hookd::http2 {
namespace {

// Until the server is taken for dead.
constexpr int kPatienceSeconds = 30;

int Connect(int port) {
  const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval patience = {.tv_sec = kPatienceSeconds, .tv_usec = 0};
  setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return connection;
}

}  // namespace

ClientConnection::ClientConnection(int port) : socket_(Connect(port)) {
  Write(absl::StrCat(kPreface, Greeting()));
}

ClientConnection::~ClientConnection() { close(socket_); }

bool ClientConnection::Write(absl::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t written = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

bool ClientConnection::ReadBytes(size_t size, std::string& bytes) const {
  bytes.resize(size);
  return size == 0 || recv(socket_, bytes.data(), size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

std::optional<ClientConnection::Received> ClientConnection::Read() const {
  std::string head;
  if (!ReadBytes(kFrameHeadBytes, head)) return std::nullopt;
  Received frame = {.type = static_cast<FrameType>(head[3]),
                    .flags = static_cast<uint8_t>(head[4]),
                    .stream = ToNumber(absl::string_view(head).substr(5)),
                    .payload = ""};
  if (!ReadBytes(ToNumber(absl::string_view(head).substr(0, 3)), frame.payload)) return std::nullopt;
  const bool asks = (frame.flags & kAck) == 0;
  if (frame.type == FrameType::kSettings && asks) Write(Frame(frame.type, kAck, 0, ""));
  if (frame.type == FrameType::kPing && asks) Write(Frame(frame.type, kAck, 0, frame.payload));
  return frame;
}

}  // namespace hookd::http2
