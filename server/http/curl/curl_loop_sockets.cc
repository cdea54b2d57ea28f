// The sockets and the timer of a CurlLoop.
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/limits.h"
#include "base/tuning.h"
#include "http/curl/curl_job.h"
#include "http/curl/curl_loop.h"
#include "http/socket_calls.h"

namespace hookd {
namespace {

// Connections that libcurl closes at a time; the others wait for the next turn.
constexpr size_t kMaxClosing = 16;

}  // namespace

bool CurlLoop::Watch(int socket, SocketOwner owner, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = uint64_t{owner} << 32 | static_cast<uint32_t>(socket);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) == 0) return true;
  return errno == EEXIST && epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket, &event) == 0;
}

int CurlLoop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  // An error concerns one socket only, but returning it would break the multi handle.
  auto* loop = static_cast<CurlLoop*>(self);
  uint32_t events = 0;
  if (what != CURL_POLL_REMOVE) {
    if ((what & CURL_POLL_IN) != 0) events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) events |= EPOLLOUT;
  }
  const auto found = loop->sockets_.find(socket);
  if (found == loop->sockets_.end()) {
    // A socket that the loop did not open. No known version of libcurl has any.
    if (events == 0) {
      epoll_ctl(loop->epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    } else {
      loop->Watch(socket, kLibcurl, events);
    }
    return 0;
  }
  Socket& known = found->second;
  known.idle = events == 0;  // the next request mostly wants the same events
  if (known.idle || known.events == events) return 0;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = static_cast<uint32_t>(socket);
  const int how = known.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(loop->epoll_.get(), how, socket, &event) != 0 && !loop->Watch(socket, kLibcurl, events)) {
    events = 0;  // its requests end at their deadlines
  }
  known.events = events;
  return 0;
}

bool CurlLoop::LeaveIfIdle(int number) {
  const auto found = sockets_.find(number);
  if (found == sockets_.end() || !found->second.idle) return false;
  Socket& socket = found->second;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, number, nullptr);
  socket.events = 0;
  // Data or an end on an idle connection means that the peer closed it, or sent bytes that would be taken for
  // the next response. With HTTP/2 a peer may send data at any time.
  char byte;
  if (socket.connection != nullptr && socket.connection->requests == 0 &&
      !(socket.connection->multiplexed && recv(number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)) {
    pool_.Retire(socket.connection);
  }
  return true;
}

void CurlLoop::CheckOverhead(int number, std::chrono::nanoseconds took) {
  const auto found = sockets_.find(number);
  if (found == sockets_.end()) return;
  Socket& socket = found->second;
  if (--socket.events_to_check > 0 && took < absl::ToChronoNanoseconds(tuning::kUncheckedCall)) return;
  socket.events_to_check = tuning::kUncheckedEvents;
  ConnectionPool::Connection* const connection = socket.connection;
  if (connection == nullptr) return;
  const int64_t read = ReadBytes(number);
  if (read > connection->allowance) {
    pulse_.Cut(number);
    return;
  }
  // Unused allowance of earlier requests is not carried over beyond that of a new connection.
  connection->allowance =
      std::min(connection->allowance,
               read + limits::kMaxOverheadBytes + connection->requests * limits::kMaxRequestOverheadBytes);
}

void CurlLoop::CloseEnded(Instant now) {
  if (!pool_.any_ended()) return;
  if (!close_.has_value()) close_ = now + absl::ToChronoNanoseconds(tuning::kEndedConnection);
  if (*close_ <= now) {
    pool_.AgeEnded();
    close_ = now + absl::ToChronoNanoseconds(tuning::kEndedConnection);
  }
  while (closing_.size() < kMaxClosing) {
    auto label = pool_.TakeEnded();
    if (label == nullptr) break;
    CurlHandle handle;
    if (spare_closing_.empty()) {
      handle = MakeClosingHandle();
    } else {
      handle = std::move(spare_closing_.back());
      spare_closing_.pop_back();
    }
    if (handle == nullptr) return pool_.GiveBack(std::move(label));  // libcurl will find it later
    CURL* const curl = handle.get();
    SetClosing(curl, label->connect_to.get(), label->endpoint->target.port);
    if (curl_multi_add_handle(multi_.get(), curl) != CURLM_OK) return pool_.GiveBack(std::move(label));
    closing_[curl] = {.label = std::move(label), .handle = std::move(handle)};
  }
  if (!pool_.any_ended()) close_.reset();
}

int CurlLoop::Close(int socket) {
  const auto found = sockets_.find(socket);
  if (found != sockets_.end()) {
    ConnectionPool::Connection* const connection = found->second.connection;
    sockets_.erase(found);
    connections_ = static_cast<int64_t>(sockets_.size());
    const bool cut = pulse_.Close(socket, *options_.reserve);
    if (connection != nullptr) connection->cut |= cut;
    if (connection != nullptr) pool_.Closed(connection);
  } else {
    pulse_.Close(socket, *options_.reserve);
  }
  return 0;
}

int CurlLoop::OnClose(void* self, curl_socket_t socket) {
  return static_cast<CurlLoop*>(self)->Close(socket);
}

int CurlLoop::OnTimer(CURLM*, long milliseconds, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (milliseconds < 0) {
    loop->timer_.reset();
  } else {
    loop->timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace hookd
