#include "http/connector.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "absl/time/time.h"
#include "base/limits.h"

namespace hookd {

bool Connector::IsOurs(int os_error) {
  switch (os_error) {
    case EMFILE:  // no descriptor
    case ENFILE:
    case ENOBUFS:  // no memory
    case ENOMEM:
    case EADDRNOTAVAIL:  // no port
    case EAGAIN:
    case ENETUNREACH:  // no route
    case ENETDOWN:
    case EACCES:  // a firewall of this machine
    case EPERM:
    case EAFNOSUPPORT:
      return true;
    default:
      return false;
  }
}

Connector::~Connector() {
  while (!races_.empty()) Cancel(races_.begin()->first);
}

Connector::Race* Connector::Connect(const std::vector<IpAddress>& addresses, int port,
                                    std::chrono::nanoseconds time, Done done) {
  auto owned = std::make_unique<Race>();
  Race* const race = owned.get();
  races_.emplace(race, std::move(owned));
  for (const IpAddress& address : addresses) {
    if (guard_ == nullptr || guard_->Allows(address.WithPort(port).get())) race->addresses.push_back(address);
  }
  race->port = port;
  race->done = std::move(done);
  race->failure.not_allowed = race->addresses.empty();
  // Even if the time is short, the last address is tried within the first half of it.
  race->delay = std::min<std::chrono::nanoseconds>(absl::ToChronoNanoseconds(limits::kConnectDelay),
                                                   time / (2 * std::max<int64_t>(1, addresses.size())));
  WakeAt(*race, Instant::min());
  return race;
}

void Connector::Cancel(Race* race) {
  WakeAt(*race, Instant::max());
  for (const auto& [socket, address] : std::exchange(race->sockets, {})) Close(socket);
  races_.erase(race);
}

void Connector::Close(int socket) {
  by_socket_.erase(socket);
  watch_(socket, false);
  reserve_->Close(socket);
}

void Connector::WakeAt(Race& race, Instant time) {
  if (race.wake != Instant::max()) wakes_.erase({race.wake, &race});
  if (time != Instant::max()) wakes_.insert({time, &race});
  race.wake = time;
}

Connector::Instant Connector::next() const { return wakes_.empty() ? Instant::max() : wakes_.begin()->first; }

void Connector::OnTime(Instant now) {
  while (!wakes_.empty() && wakes_.begin()->first <= now) {
    Race& race = *wakes_.begin()->second;
    WakeAt(race, Instant::max());
    TryNext(race, now);
  }
}

void Connector::TryNext(Race& race, Instant now) {
  while (race.tried < race.addresses.size()) {
    const size_t which = race.tried++;
    const IpAddress::Socket address = race.addresses[which].WithPort(race.port);
    const int opened = reserve_->Open(address.storage.ss_family, SOCK_STREAM, IPPROTO_TCP);
    if (opened < 0) {
      Fail(race, errno, /*at_once=*/true);
      continue;
    }
    // Limits what the system buffers from a peer, so that little is left to read when the connection is
    // closed.
    constexpr int kReceiveBuffer = limits::kMaxDroppedResponseBodyBytes;
    setsockopt(opened, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof(kReceiveBuffer));
    if (connect(opened, address.get(), address.size) != 0 && errno != EINPROGRESS) {
      Fail(race, errno, /*at_once=*/true);
      reserve_->Close(opened);
      continue;
    }
    if (!watch_(opened, true)) {
      Fail(race, ENOMEM, /*at_once=*/true);
      reserve_->Close(opened);
      continue;
    }
    if (race.sockets.size() >= limits::kMaxConnecting) {
      Close(race.sockets.front().first);
      race.sockets.erase(race.sockets.begin());
    }
    race.sockets.emplace_back(opened, which);
    by_socket_[opened] = &race;
    if (race.tried < race.addresses.size()) WakeAt(race, now + race.delay);
    return;
  }
  // With no address left to try, the sockets that are connecting decide.
  if (race.sockets.empty()) End(race, race.failure);
}

void Connector::Fail(Race& race, int os_error, bool at_once) {
  const bool ours = at_once && IsOurs(os_error);
  // A refusal is more informative than a missing route.
  if (race.failure.os_error != 0 && (ours || !race.failure.ours)) return;
  race.failure.os_error = os_error;
  race.failure.ours = ours;
}

void Connector::OnReady(int socket) {
  const auto found = by_socket_.find(socket);
  if (found == by_socket_.end()) return;
  Race& race = *found->second;
  int os_error = 0;
  socklen_t size = sizeof(os_error);
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &os_error, &size) != 0) os_error = errno;
  sockaddr_storage peer;
  size = sizeof(peer);
  // An event for a socket that was closed in the meantime may reach a new socket with the same number.
  if (os_error == 0 && getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &size) != 0) return;
  const auto connecting = std::find_if(race.sockets.begin(), race.sockets.end(),
                                       [socket](const auto& each) { return each.first == socket; });
  const size_t which = connecting->second;
  race.sockets.erase(connecting);
  if (os_error == 0) {
    by_socket_.erase(socket);
    watch_(socket, false);
    return End(race, {.socket = socket, .address = race.addresses[which]});
  }
  Close(socket);
  Fail(race, os_error, /*at_once=*/false);
  WakeAt(race, Instant::max());
  TryNext(race, std::chrono::steady_clock::now());
}

void Connector::End(Race& race, Result result) {
  const Done done = std::move(race.done);
  Cancel(&race);
  done(result);
}

}  // namespace hookd
