// Opens TCP connections: to the first of several addresses that takes one (RFC 8305, "happy eyeballs").
//
// The addresses are tried in their order, the next one limits::kConnectDelay after the one before, or as soon
// as that fails; the last limits::kMaxConnecting that were begun stay in the race. Where the egress guard
// does not allow is not tried.
//
// Not thread-safe: belongs to one loop, which watches the sockets (Poller) and calls it in time.
#ifndef HOOKD_HTTP_CONNECTOR_H_
#define HOOKD_HTTP_CONNECTOR_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "http/descriptor_reserve.h"
#include "http/egress_guard.h"
#include "http/ip_address.h"

namespace hookd {

class Connector {
 public:
  using Instant = std::chrono::steady_clock::time_point;

  // How a race ended. One that is canceled does not end.
  struct Result {
    int socket = -1;                   // connected, and the receiver's to close by the reserve; or -1:
    std::optional<IpAddress> address;  // of the socket
    int os_error = 0;                  // an errno: of an address that refused, if any did
    bool not_allowed = false;          // none of the addresses may be connected to
    bool ours = false;                 // the fault is this machine's: no way, no descriptor, no port
  };
  using Done = std::function<void(Result)>;
  // A race that is not over.
  struct Race {
    std::vector<IpAddress> addresses;  // those that are allowed
    int port = 0;
    Done done;
    std::chrono::nanoseconds delay = {};
    size_t tried = 0;                             // of them
    std::vector<std::pair<int, size_t>> sockets;  // that are connecting, and to which address
    Result failure;                               // what the addresses that failed say
    Instant wake = Instant::max();                // of its place in wakes_
  };

  // `watch(socket, true)` has the loop call OnReady once the socket is writable or broken;
  // `watch(socket, false)` ends that. Both must outlive it; a guard that is null allows everything.
  Connector(DescriptorReserve* reserve, const EgressGuard* guard, std::function<bool(int, bool)> watch)
      : reserve_(reserve), guard_(guard), watch_(std::move(watch)) {}
  ~Connector();

  // Begins to connect to one of the addresses, in about `time`, and calls `done` once: not before it returns.
  // There must be an address.
  Race* Connect(const std::vector<IpAddress>& addresses, int port, std::chrono::nanoseconds time, Done done);

  // Ends a race that is not over: its `done` is not called.
  void Cancel(Race* race);

  // The socket is ready.
  void OnReady(int socket);

  // When OnTime is to be called; the greatest Instant for never.
  Instant next() const;
  void OnTime(Instant now);

  // Sockets in a race.
  size_t sockets() const { return by_socket_.size(); }

  // Whether such an error of connect(2) or socket(2) is this machine's.
  static bool IsOurs(int os_error);

 private:
  void TryNext(Race& race, Instant now);
  // What it says is this machine's word if it said so at once; a router's or the peer's if it came later.
  void Fail(Race& race, int os_error, bool at_once);
  void Close(int socket);
  void WakeAt(Race& race, Instant time);
  void End(Race& race, Result result);

  DescriptorReserve* const reserve_;
  const EgressGuard* const guard_;
  const std::function<bool(int, bool)> watch_;
  absl::flat_hash_map<Race*, std::unique_ptr<Race>> races_;
  absl::flat_hash_map<int, Race*> by_socket_;
  std::set<std::pair<Instant, Race*>> wakes_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CONNECTOR_H_
