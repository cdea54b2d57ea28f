#include "grpc/grpc_listener.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/thread_name.h"

namespace hookd {
namespace {

constexpr absl::Duration kSweep = absl::Seconds(1);
constexpr int kConnectionsAtOnce = 16;  // accepted before other events are handled
// The data of an epoll event is kWakeEvent, a connection's id, or kListenerEvents plus the index of a
// listener.
constexpr uint64_t kWakeEvent = 0;
constexpr uint64_t kListenerEvents = uint64_t{1} << 63;

void Set(int descriptor, int level, int option, int value) {
  setsockopt(descriptor, level, option, &value, sizeof(value));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcListener>> GrpcListener::Create(const std::string& address, Clock* clock) {
  HOOKD_ASSIGN_OR_RETURN(Listening listening, ListenOnAddress(address));
  return absl::WrapUnique(new GrpcListener(std::move(listening), clock));
}

GrpcListener::GrpcListener(Listening listening, Clock* clock)
    : clock_(clock),
      listening_(std::move(listening)),
      events_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

GrpcListener::~GrpcListener() {
  if (thread_.joinable()) {
    ending_ = true;
    Wake();
    thread_.join();
  }
  hookd::StopListening(listening_);
  close(events_);
  close(wake_);
}

void GrpcListener::Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor,
                         CallerConnections* connections) {
  acceptor_ = std::move(acceptor);
  connections_ = connections;
  epoll_event event{.events = EPOLLIN, .data = {.u64 = kWakeEvent}};
  epoll_ctl(events_, EPOLL_CTL_ADD, wake_, &event);
  for (size_t i = 0; i < listening_.sockets.size(); ++i) {
    event = {.events = EPOLLIN, .data = {.u64 = kListenerEvents + i}};
    epoll_ctl(events_, EPOLL_CTL_ADD, listening_.sockets[i], &event);
  }
  thread_ = std::thread([this] { Run(); });
}

void GrpcListener::StopListening() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  Wake();
  stopped_.WaitForNotification();
}

void GrpcListener::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void GrpcListener::Run() {
  NameThread("hookd-callers");
  absl::Time sweep = clock_->Steady() + kSweep;
  std::array<epoll_event, 64> events;
  while (!ending_) {
    const absl::Duration wait = std::min(sweep, resume_) - clock_->Steady();
    const auto milliseconds = std::max<int64_t>(0, absl::ToInt64Milliseconds(wait)) + 1;
    const int count = epoll_wait(events_, events.data(), events.size(), static_cast<int>(milliseconds));
    for (int i = 0; i < count; ++i) {
      const uint64_t source = events[static_cast<size_t>(i)].data.u64;
      if (source == kWakeEvent) {
        uint64_t times;
        [[maybe_unused]] const ssize_t read_bytes = read(wake_, &times, sizeof(times));
      } else if (source < kListenerEvents) {
        Forget(source);
      } else if (source - kListenerEvents < listening_.sockets.size()) {
        Accept(listening_.sockets[source - kListenerEvents]);
      }
    }
    if (stopping_ && !stopped_.HasBeenNotified()) {
      hookd::StopListening(listening_);
      stopped_.Notify();
    }
    const absl::Time now = clock_->Steady();
    if (now >= resume_) WatchListeners(true);
    if (now < sweep) continue;
    sweep = now + kSweep;
    connections_->Sweep();
  }
}

void GrpcListener::WatchListeners(bool on) {
  resume_ = on ? absl::InfiniteFuture() : clock_->Steady() + tuning::kAcceptPause;
  for (size_t i = 0; i < listening_.sockets.size(); ++i) {
    epoll_event event{.events = on ? uint32_t{EPOLLIN} : 0, .data = {.u64 = kListenerEvents + i}};
    epoll_ctl(events_, EPOLL_CTL_MOD, listening_.sockets[i], &event);
  }
}

void GrpcListener::Accept(int listener) {
  for (int i = 0; i < kConnectionsAtOnce; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof(peer);
    const int descriptor =
        accept4(listener, reinterpret_cast<sockaddr*>(&peer), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      PassToGrpc(descriptor, peer, listener);
      continue;
    }
    if (errno == EAGAIN) return;
    if (errno == ECONNABORTED || errno == EINTR) continue;
    // EMFILE, ENFILE, ENOBUFS, ENOMEM, or another error that a pause may outlast.
    const int error = errno;
    WatchListeners(false);
    if (const auto left_out = lines_.Take(clock_->Steady())) {
      LogWarning("connection not accepted", {{"error", strerror(error)}, {"left_out", *left_out}});
    }
    return;
  }
}

void GrpcListener::PassToGrpc(int descriptor, const sockaddr_storage& peer, int listener) {
  const auto admitted = connections_->Admit(descriptor, peer);
  if (!admitted.has_value()) {
    close(descriptor);
    return;
  }
  Set(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
  // Without events, epoll reports only the end of the connection.
  epoll_event event{.events = 0, .data = {.u64 = admitted->id}};
  if (epoll_ctl(events_, EPOLL_CTL_ADD, admitted->copy, &event) != 0) {
    // The system has no memory for it, so the end of the connection would not be noticed.
    close(descriptor);
    return connections_->Remove(admitted->id);
  }
  copies_[admitted->id] = admitted->copy;
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.listener_fd = listener;
  connection.fd = descriptor;
  acceptor_->HandleNewConnection(&connection);
}

void GrpcListener::Forget(CallerConnections::Id id) {
  const auto copy = copies_.find(id);
  if (copy == copies_.end()) return;
  epoll_ctl(events_, EPOLL_CTL_DEL, copy->second, nullptr);
  copies_.erase(copy);
  connections_->Remove(id);
}

}  // namespace hookd
