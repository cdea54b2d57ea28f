// Opens TCP connections to the first of several addresses that accepts one (RFC 8305, "happy eyeballs").
//
// The addresses are tried in order, each limits::kConnectDelay after the previous one or as soon as that
// fails. At most limits::kMaxConnecting attempts, the latest ones, run at a time. Addresses that the egress
// guard does not allow are skipped.
//
// Not thread-safe: belongs to one loop, which watches the sockets and calls OnReady and OnTime.
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

  // The result of a race. A canceled race has none.
  struct Result {
    int socket = -1;                   // connected, for the receiver to close with the reserve; or -1
    std::optional<IpAddress> address;  // that the socket is connected to
    int os_error = 0;                  // an errno, preferably of an address that refused
    bool not_allowed = false;          // the guard allows none of the addresses
    bool ours = false;                 // this machine's fault: no route, no descriptor, no port
  };
  using Done = std::function<void(Result)>;
  // A race in progress.
  struct Race {
    std::vector<IpAddress> addresses;  // the allowed ones
    int port = 0;
    Done done;
    std::chrono::nanoseconds delay = {};
    size_t tried = 0;                             // number of addresses tried
    std::vector<std::pair<int, size_t>> sockets;  // connecting, with the index of the address
    Result failure;                               // from the addresses that failed
    Instant wake = Instant::max();                // its key in wakes_
  };

  // `watch(socket, true)` makes the loop call OnReady once the socket is writable or broken, and
  // `watch(socket, false)` ends that. The reserve and the guard must outlive the connector; a null guard
  // allows every address.
  Connector(DescriptorReserve* reserve, const EgressGuard* guard, std::function<bool(int, bool)> watch)
      : reserve_(reserve), guard_(guard), watch_(std::move(watch)) {}
  ~Connector();

  // Starts to connect to one of the addresses, within about `time`, and later calls `done` once, never before
  // it returns. Requires: there is at least one address.
  Race* Connect(const std::vector<IpAddress>& addresses, int port, std::chrono::nanoseconds time, Done done);

  // Ends a race without calling its `done`.
  void Cancel(Race* race);

  // Reports that the socket is writable or broken.
  void OnReady(int socket);

  // When to call OnTime next; Instant::max() for never.
  Instant next() const;
  void OnTime(Instant now);

  // The number of sockets that are connecting.
  size_t sockets() const { return by_socket_.size(); }

  // Whether this error of connect(2) or socket(2) is a fault of this machine.
  static bool IsOurs(int os_error);

 private:
  void TryNext(Race& race, Instant now);
  // Records an error. An immediate error comes from this machine, a later one from a router or the peer.
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
