#include "metrics/metrics_endpoint.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/clock.h"
#include "base/host_and_port.h"
#include "base/listening_socket.h"
#include "base/tuning.h"
#include "prometheus/text_serializer.h"

namespace hookd {
namespace {

// The head of a scrape request has some 300 bytes.
constexpr size_t kMaxRequestBytes = size_t{8} * 1024;
constexpr int kBacklog = 128;

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

std::string AnswerWith(absl::string_view status, absl::string_view type, absl::string_view body,
                       bool head_only) {
  return absl::StrCat("HTTP/1.1 ", status, "\r\nContent-Type: ", type, "\r\nContent-Length: ", body.size(),
                      "\r\nConnection: close\r\n\r\n", head_only ? "" : body);
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Create(const std::string& listen,
                                                                         std::shared_ptr<Metrics> metrics,
                                                                         absl::Duration timeout) {
  const auto wanted = ParseHostAndPort(listen);
  if (!wanted.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot serve metrics on ", listen, ": give host:port, such as 127.0.0.1:9464"));
  }
  std::vector<int> listeners = ListenOnHost(wanted->host, wanted->port, kBacklog);
  if (listeners.empty()) {
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", listen,
                     ": the port is in use, or the address does not belong to this machine"));
  }
  const int stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (stop < 0) {
    for (const int listener : listeners) close(listener);
    return absl::UnavailableError(
        absl::StrCat("cannot serve metrics on ", listen, ": no file descriptors left"));
  }
  return std::unique_ptr<MetricsEndpoint>(
      new MetricsEndpoint(std::move(metrics), timeout, std::move(listeners), stop));
}

MetricsEndpoint::MetricsEndpoint(std::shared_ptr<Metrics> metrics, absl::Duration timeout,
                                 std::vector<int> listeners, int stop)
    : metrics_(std::move(metrics)),
      timeout_(timeout),
      listeners_(std::move(listeners)),
      stop_(stop),
      port_(ListeningPort(listeners_.front())) {
  thread_ = std::thread([this] { Serve(); });
}

MetricsEndpoint::~MetricsEndpoint() {
  const uint64_t one = 1;
  while (write(stop_, &one, sizeof(one)) < 0 && errno == EINTR) {
  }
  thread_.join();
  for (const Connection& connection : connections_) close(connection.socket);
  for (const int listener : listeners_) close(listener);
  close(stop_);
}

void MetricsEndpoint::Serve() {
  std::vector<pollfd> waits;
  while (true) {
    const absl::Time now = Clock::Real()->Steady();
    const bool accepts = now >= accept_at_;
    absl::Time until = accepts ? absl::InfiniteFuture() : accept_at_;
    waits = {{stop_, POLLIN, 0}};
    for (const int listener : listeners_) waits.push_back({accepts ? listener : -1, POLLIN, 0});
    for (const Connection& connection : connections_) {
      const bool writes = connection.answered && !connection.ended;
      waits.push_back({connection.socket, static_cast<short>(writes ? POLLOUT : POLLIN), 0});
      until = std::min(until, connection.deadline);
    }
    // Rounded up, so that it does not wake up too early.
    const int milliseconds =
        until == absl::InfiniteFuture()
            ? -1
            : static_cast<int>(absl::ToInt64Milliseconds(std::max(until - now, absl::ZeroDuration()))) + 1;
    if (poll(waits.data(), waits.size(), milliseconds) < 0 && errno != EINTR) {
      accept_at_ = now + tuning::kAcceptPause;
      continue;
    }
    if (waits[0].revents != 0) return;
    const absl::Time woken = Clock::Real()->Steady();
    size_t i = 1 + listeners_.size();
    for (auto it = connections_.begin(); it != connections_.end(); ++i) {
      const bool goes_on = (waits[i].revents == 0 || Go(*it)) && woken < it->deadline;
      if (!goes_on) close(it->socket);
      it = goes_on ? std::next(it) : connections_.erase(it);
    }
    for (size_t each = 0; each < listeners_.size(); ++each) {
      if (waits[1 + each].revents != 0) Accept(listeners_[each]);
    }
  }
}

void MetricsEndpoint::Accept(int listener) {
  // Bounded, so that clients that keep connecting do not starve the others.
  for (size_t i = 0; i < limits::kMaxMetricsConnections; ++i) {
    const int socket = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0) {
      if (!WouldBlock() && errno != ECONNABORTED) accept_at_ = Clock::Real()->Steady() + tuning::kAcceptPause;
      return;
    }
    if (connections_.size() >= limits::kMaxMetricsConnections) DropOldest();
    connections_.push_back({.socket = socket, .deadline = Clock::Real()->Steady() + timeout_});
    // The request has usually arrived already.
    if (!Go(connections_.back())) {
      close(socket);
      connections_.pop_back();
    }
  }
}

void MetricsEndpoint::DropOldest() {
  // Prefer connections that are not being answered.
  auto oldest = std::find_if(connections_.begin(), connections_.end(),
                             [](const Connection& each) { return !each.answered || each.ended; });
  if (oldest == connections_.end()) oldest = connections_.begin();
  close(oldest->socket);
  connections_.erase(oldest);
}

bool MetricsEndpoint::Go(Connection& connection) {
  if (connection.answered && !connection.ended) return Write(connection);
  return Read(connection);
}

bool MetricsEndpoint::Read(Connection& connection) {
  char bytes[4096];
  const ssize_t size = recv(connection.socket, bytes, sizeof(bytes), 0);
  if (size <= 0) return size < 0 && WouldBlock();
  if (connection.ended) return true;
  connection.request.append(bytes, static_cast<size_t>(size));
  const bool whole = absl::StrContains(connection.request, "\r\n\r\n");
  if (!whole && connection.request.size() <= kMaxRequestBytes) return true;
  connection.answer = whole ? Answer(connection.request)
                            : AnswerWith("431 Request Header Fields Too Large", "text/plain", "too long\n",
                                         /*head_only=*/false);
  connection.answered = true;
  return Write(connection);
}

bool MetricsEndpoint::Write(Connection& connection) {
  while (!connection.answer.empty()) {
    const ssize_t size =
        send(connection.socket, connection.answer.data(), connection.answer.size(), MSG_NOSIGNAL);
    if (size < 0) return WouldBlock();
    connection.answer.erase(0, static_cast<size_t>(size));
  }
  // Closing now, with unread bytes from the peer, would reset the connection, and the peer might lose the
  // response.
  connection.ended = true;
  return shutdown(connection.socket, SHUT_WR) == 0;
}

std::string MetricsEndpoint::Answer(absl::string_view request) const {
  const std::vector<absl::string_view> line = absl::StrSplit(request.substr(0, request.find("\r\n")), ' ');
  if (line.size() != 3 || !absl::StartsWith(line[2], "HTTP/1.")) {
    return AnswerWith("400 Bad Request", "text/plain", "not HTTP/1.1\n", /*head_only=*/false);
  }
  const bool head_only = line[0] == "HEAD";
  if (line[0] != "GET" && !head_only) {
    return AnswerWith("405 Method Not Allowed", "text/plain", "GET only\n", /*head_only=*/false);
  }
  if (line[1].substr(0, line[1].find('?')) != "/metrics") {
    return AnswerWith("404 Not Found", "text/plain", "see /metrics\n", head_only);
  }
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, metrics_->Collect());
  return AnswerWith("200 OK", "text/plain; version=0.0.4; charset=utf-8", text.str(), head_only);
}

}  // namespace hookd
