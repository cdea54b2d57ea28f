#include "tests/support/connect_proxy.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/support/loopback_socket.h"

namespace hookd {
namespace {

constexpr int kBacklog = 1024;
constexpr int kMaxServing = 1024;
constexpr size_t kMaxHeadBytes = size_t{16} * 1024;
constexpr size_t kBufferBytes = size_t{16} * 1024;

bool WaitFor(int descriptor, short events) {
  pollfd waited = {descriptor, events, 0};
  while (poll(&waited, 1, -1) < 0 && errno == EINTR) {
  }
  return (waited.revents & (POLLERR | POLLNVAL)) == 0;
}

bool SendAll(int descriptor, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = send(descriptor, bytes, size, MSG_NOSIGNAL);
    if (n < 0 && errno == EAGAIN && WaitFor(descriptor, POLLOUT)) continue;
    if (n < 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool SendAll(int descriptor, const std::string& text) {
  return SendAll(descriptor, text.data(), text.size());
}

// The port of "CONNECT host:port HTTP/1.1"; 0 if it is not of this form.
int PortOfRequest(const std::string& head) {
  const size_t end = head.find(" HTTP/");
  if (head.rfind("CONNECT ", 0) != 0 || end == std::string::npos) return 0;
  const size_t colon = head.rfind(':', end);
  int port = 0;
  return colon != std::string::npos && absl::SimpleAtoi(head.substr(colon + 1, end - colon - 1), &port) ? port
                                                                                                        : 0;
}

}  // namespace

ConnectProxy::ConnectProxy(Behaviour behaviour, int port)
    : behaviour_(behaviour),
      listener_(ListenOn("127.0.0.1", port, kBacklog)),
      port_(PortOf(listener_)),
      accepting_([this] { Accept(); }) {}

ConnectProxy::~ConnectProxy() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    for (const int each : sockets_) shutdown(each, SHUT_RDWR);
  }
  shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  close(listener_);
  absl::MutexLock lock(&mutex_);
  const auto ended = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return serving_ == 0; };
  mutex_.Await(absl::Condition(&ended));
}

void ConnectProxy::Accept() {
  while (true) {
    WaitFor(listener_, POLLIN);
    const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    absl::MutexLock lock(&mutex_);
    if (ending_ || (client >= 0 && serving_ >= kMaxServing)) {
      if (client >= 0) close(client);
      if (ending_) return;
      continue;
    }
    if (client < 0) continue;
    ++serving_;
    sockets_.insert(client);
    // Ends before the destructor does, which waits for serving_.
    std::thread([this, client] { Serve(client); }).detach();
  }
}

void ConnectProxy::Serve(int client) {
  std::string head;
  char buffer[kBufferBytes];
  while (head.find("\r\n\r\n") == std::string::npos && head.size() < kMaxHeadBytes &&
         WaitFor(client, POLLIN)) {
    const ssize_t n = recv(client, buffer, sizeof(buffer), 0);
    if (n <= 0) break;
    head.append(buffer, static_cast<size_t>(n));
  }
  if (head.find("\r\n\r\n") != std::string::npos) {
    ++requests_;
    Answer(client, head);
  }
  absl::MutexLock lock(&mutex_);
  sockets_.erase(client);
  close(client);
  --serving_;
}

void ConnectProxy::Answer(int client, const std::string& head) {
  const auto refuse = [client](const char* status) {
    SendAll(client, absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
  };
  switch (behaviour_) {
    case Behaviour::kRelay:
      break;
    case Behaviour::kSilence: {
      char dropped[1024];
      while (WaitFor(client, POLLIN) && recv(client, dropped, sizeof(dropped), 0) > 0) {
      }
      return;
    }
    case Behaviour::kClose:
      return;
    case Behaviour::kAuthenticationRequired:
      return refuse("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"");
    case Behaviour::kForbidden:
      return refuse("403 Forbidden");
    case Behaviour::kBadGateway:
      return refuse("502 Bad Gateway");
  }
  const int port = PortOfRequest(head);
  if (port == 0) return refuse("400 Bad Request");
  const int endpoint = BeginConnect("127.0.0.1", port);
  {
    absl::MutexLock lock(&mutex_);
    if (ending_) {
      close(endpoint);
      return;
    }
    sockets_.insert(endpoint);
  }
  if (WaitFor(endpoint, POLLOUT) && SendAll(client, "HTTP/1.1 200 Connection established\r\n\r\n")) {
    Relay(client, endpoint);
  } else {
    refuse("502 Bad Gateway");
  }
  absl::MutexLock lock(&mutex_);
  sockets_.erase(endpoint);
  close(endpoint);
}

void ConnectProxy::Relay(int client, int endpoint) {
  char buffer[kBufferBytes];
  while (true) {
    pollfd waited[] = {{client, POLLIN, 0}, {endpoint, POLLIN, 0}};
    if (poll(waited, 2, -1) < 0 && errno != EINTR) return;
    for (int i = 0; i < 2; ++i) {
      if (waited[i].revents == 0) continue;
      const ssize_t n = recv(waited[i].fd, buffer, sizeof(buffer), 0);
      if (n < 0 && errno == EAGAIN) continue;
      if (n <= 0 || !SendAll(waited[1 - i].fd, buffer, static_cast<size_t>(n))) return;
    }
  }
}

}  // namespace hookd
