#include "tests/support/scripted_peer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "tests/support/loopback_socket.h"
#include "tests/support/peer_connection.h"

namespace hookd {
namespace {

using Clock = PeerConnection::Clock;

constexpr int kBacklog = 4096;
constexpr size_t kMaxConnections = 4096;
constexpr int kEventsAtOnce = 256;

void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "scripted_peer: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

}  // namespace

// The thread and its sockets. All but the constructor, the destructor and port() belongs to the thread.
class ScriptedPeer::Loop {
 public:
  Loop(ScriptedPeer* peer, Options options)
      : peer_(peer),
        options_(std::move(options)),
        tls_(options_.tls.has_value() ? MakePeerTlsContext(*options_.tls, options_.http2)
                                      : TlsContext(nullptr, &SSL_CTX_free)),
        listener_(ListenOn(options_.address, options_.port, kBacklog)),
        port_(PortOf(listener_)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    Check(epoll_ >= 0 && stop_ >= 0, "making descriptors");
    Watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
    Watch(EPOLL_CTL_ADD, stop_, EPOLLIN);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    Check(eventfd_write(stop_, 1) == 0, "stopping");
    thread_.join();
    entries_.clear();
    for (int descriptor : {listener_, epoll_, stop_}) close(descriptor);
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  int port() const { return port_; }

 private:
  struct Entry {
    std::unique_ptr<PeerConnection> connection;
    uint32_t watched = 0;
    std::optional<Clock::time_point> timer;  // as it stands in timers_
  };

  void Run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    epoll_event events[kEventsAtOnce];
    while (true) {
      const int count = epoll_wait(epoll_, events, kEventsAtOnce, Timeout());
      Check(count >= 0 || errno == EINTR, "waiting for events");
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[i].data.fd;
        if (descriptor == stop_) return;
        if (descriptor == listener_) {
          Accept();
        } else {
          Advance(descriptor, (events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
        }
      }
      const Clock::time_point now = Clock::now();
      while (!timers_.empty() && timers_.begin()->first <= now) Advance(timers_.begin()->second, false);
    }
  }

  // Milliseconds to the next timer, rounded up, or -1 for ever.
  int Timeout() const {
    if (timers_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60000));
  }

  void Watch(int operation, int descriptor, uint32_t events) const {
    epoll_event event = {};
    event.events = events;
    event.data.fd = descriptor;
    Check(epoll_ctl(epoll_, operation, descriptor, &event) == 0, "watching a socket");
  }

  // One connection a turn, so that a flood of them does not delay the open ones.
  void Accept() {
    const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return;
    if (entries_.size() >= kMaxConnections) {
      close(accepted);
      return;
    }
    // A drip is to leave byte by byte.
    const int on = 1;
    setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    ++peer_->connections_;
    ++peer_->open_connections_;
    Entry& entry = entries_[accepted];
    entry.watched = EPOLLRDHUP;
    Watch(EPOLL_CTL_ADD, accepted, entry.watched);
    entry.connection = std::make_unique<PeerConnection>(accepted, options_.script, tls_.get(), options_.http2,
                                                        [this] { ++peer_->requests_; });
    Advance(accepted, false);
  }

  void Advance(int descriptor, bool hung_up) {
    const auto found = entries_.find(descriptor);
    if (found == entries_.end()) return;  // it ended by an earlier event of this round
    Entry& entry = found->second;
    if (entry.timer.has_value()) timers_.erase({*entry.timer, descriptor});
    if (!entry.connection->Advance(hung_up)) {
      entries_.erase(found);
      --peer_->open_connections_;
      return;
    }
    entry.timer = entry.connection->wake_time();
    if (entry.timer.has_value()) timers_.insert({*entry.timer, descriptor});
    const uint32_t wanted = EPOLLRDHUP | (entry.connection->wants_read() ? EPOLLIN : 0U) |
                            (entry.connection->wants_write() ? EPOLLOUT : 0U);
    if (entry.watched == wanted) return;
    entry.watched = wanted;
    Watch(EPOLL_CTL_MOD, descriptor, wanted);
  }

  ScriptedPeer* const peer_;
  const Options options_;
  const TlsContext tls_;
  const int listener_;
  const int port_;
  const int epoll_;
  const int stop_;
  std::unordered_map<int, Entry> entries_;  // by socket
  std::set<std::pair<Clock::time_point, int>> timers_;
  std::thread thread_;
};

ScriptedPeer::ScriptedPeer(Options options) : loop_(std::make_unique<Loop>(this, std::move(options))) {}

ScriptedPeer::~ScriptedPeer() = default;

int ScriptedPeer::port() const { return loop_->port(); }

}  // namespace hookd
