// A client of the HTTP server that writes and reads bytes by hand, in plaintext or over TLS, so that it can
// misbehave. Blocks, for 10 seconds at most; for one thread.
#ifndef HOOKD_TESTS_UNIT_WEB_CONNECTION_HTTP_PEER_H_
#define HOOKD_TESTS_UNIT_WEB_CONNECTION_HTTP_PEER_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace hookd {

class HttpPeer {
 public:
  struct Response {
    int status = 0;  // 0: the connection ended without a response
    std::string head;
    std::string body;

    bool Has(absl::string_view header) const { return absl::StrContains(head, absl::StrCat("\r\n", header)); }
  };

  explicit HttpPeer(int port) : socket_(socket(AF_INET, SOCK_STREAM, 0)) {
    std::signal(SIGPIPE, SIG_IGN);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<in_port_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    SetTimeout();
  }
  explicit HttpPeer(const std::string& path) : socket_(socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::copy(path.begin(), path.end(), address.sun_path);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    SetTimeout();
  }
  ~HttpPeer() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    if (socket_ >= 0) close(socket_);
  }
  HttpPeer(HttpPeer&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        ssl_(std::exchange(other.ssl_, nullptr)),
        connected_(other.connected_),
        received_(std::move(other.received_)) {}
  HttpPeer& operator=(HttpPeer&&) = delete;

  bool connected() const { return connected_; }
  int descriptor() const { return socket_; }
  SSL* ssl() { return ssl_; }

  // Completes a TLS handshake; `session` is resumed if it is not null.
  bool StartTls(SSL_CTX* context, SSL_SESSION* session = nullptr) {
    ssl_ = SSL_new(context);
    SSL_set_fd(ssl_, socket_);
    if (session != nullptr) SSL_set_session(ssl_, session);
    return SSL_connect(ssl_) == 1;
  }

  bool Send(absl::string_view bytes) {
    while (!bytes.empty()) {
      const auto size = static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20));
      const ssize_t sent = ssl_ != nullptr ? SSL_write(ssl_, bytes.data(), size)
                                           : send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Reads more; false at the end of the connection.
  bool ReadMore() {
    char buffer[16384];
    const ssize_t got =
        ssl_ != nullptr ? SSL_read(ssl_, buffer, sizeof(buffer)) : recv(socket_, buffer, sizeof(buffer), 0);
    if (got > 0) received_.append(buffer, static_cast<size_t>(got));
    reset_ = got < 0 && ssl_ == nullptr && errno == ECONNRESET;
    timed_out_ = got < 0 && ssl_ == nullptr && errno == EAGAIN;
    return got > 0;
  }
  bool ReadUntil(absl::string_view text) {
    while (!absl::StrContains(received_, text)) {
      if (!ReadMore()) return false;
    }
    return true;
  }
  // Reads to the end and returns what arrived.
  std::string ReadAll() {
    while (ReadMore()) {
    }
    return std::exchange(received_, "");
  }
  // Whether the server has closed the connection, with or without a last response.
  bool AtEnd() {
    while (ReadMore()) {
    }
    return !timed_out_;
  }
  bool was_reset() const { return reset_; }

  // Reads a response, whose body has a Content-Length unless `no_body`.
  Response Read(bool no_body = false) {
    Response response;
    if (!ReadUntil("\r\n\r\n")) return response;
    const size_t end = received_.find("\r\n\r\n") + 4;
    response.head = received_.substr(0, end);
    received_.erase(0, end);
    if (!absl::SimpleAtoi(response.head.substr(9, 3), &response.status)) return response;
    size_t length = 0;
    const size_t at = response.head.find("Content-Length: ");
    if (at != std::string::npos && !no_body) {
      const size_t from = at + 16;
      if (!absl::SimpleAtoi(response.head.substr(from, response.head.find('\r', from) - from), &length)) {
        return response;
      }
    }
    while (received_.size() < length && ReadMore()) {
    }
    response.body = received_.substr(0, length);
    received_.erase(0, length);
    return response;
  }
  Response Call(absl::string_view request, bool no_body = false) {
    Send(request);
    return Read(no_body);
  }

  std::string& received() { return received_; }

 private:
  void SetTimeout() const {
    const timeval timeout = {.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout));
  }

  int socket_;
  SSL* ssl_ = nullptr;
  bool connected_ = false;
  bool reset_ = false;
  bool timed_out_ = false;
  std::string received_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_WEB_CONNECTION_HTTP_PEER_H_
