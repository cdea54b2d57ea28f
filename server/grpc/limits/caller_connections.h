// The connections of callers: limits their number and the resources that each can use before its caller is
// authenticated, and closes connections that exceed the limits.
//
// hookd keeps a duplicate of each descriptor that it gives to gRPC, so that it can end a connection safely at
// any time. Input is accounted for before gRPC parses it (FrameAccount, TransportMeter). A connection is
// closed immediately if it
// - resets calls or sends empty frames faster than the limits allow, alone or together with the other
//   connections of its address (rapid reset, CVE-2023-44487);
// - sends endless metadata (CVE-2023-33953);
// - takes too long to send a message while all connections together hold half of the incomplete messages
//   allowed, or holds the most incomplete messages or calls for the longest time while all together hold more
//   than allowed.
// Remove the first two with transport_hooks.h.
//
// An address is blocked for some seconds after several of its connections were closed for these reasons.
//
// Thread-safe. Must outlive the gRPC server that serves the connections.
#ifndef HOOKD_GRPC_LIMITS_CALLER_CONNECTIONS_H_
#define HOOKD_GRPC_LIMITS_CALLER_CONNECTIONS_H_

#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/node_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/caller_descriptors.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/rate_limiter.h"
#include "base/tuning.h"

namespace hookd {

class CallerConnections {
 public:
  struct Figures {
    int64_t open = 0;
    int64_t accepted = 0;
    int64_t refused = 0;  // refused, or closed before their first call for lack of room
    int64_t cut = 0;      // closed because of their input
    int64_t incomplete_bytes = 0;
  };

  // Identifies a connection until Remove.
  using Id = uint64_t;

  // Allows at most `max_connections` at a time. Does not own the clock.
  explicit CallerConnections(Clock* clock, int max_connections = DivideCallerDescriptors().grpc_connections);
  ~CallerConnections();
  CallerConnections(const CallerConnections&) = delete;
  CallerConnections& operator=(const CallerConnections&) = delete;

  struct Admitted {
    Id id;
    int copy;  // hookd's duplicate descriptor, open until Remove; reports EPOLLHUP when the connection ends
  };
  // Admits a connection that was accepted from `peer`, before it is given to gRPC. Returns nothing if the
  // connection is refused; the caller of this function closes it. If there are too many connections, this may
  // close another one that has made no call yet.
  std::optional<Admitted> Admit(int descriptor, const sockaddr_storage& peer) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes a connection that has ended.
  void Remove(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes connections whose messages take too long, and forgets old addresses. Call it about once per
  // second.
  void Sweep() ABSL_LOCKS_EXCLUDED(mutex_);

  // Accounts for input of a connection, as its transport's meter does. Returns false if it must be closed.
  bool Receive(Id id, absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  Figures figures() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Connection;
  using Handle = std::shared_ptr<Connection>;

  // The state that the connections of one address share.
  struct Address {
    int connections = 0;
    absl::Time left = absl::InfinitePast();  // when the last connection ended
    RateLimiter resets;
    RateLimiter empty_frames;
    int cuts = 0;  // connections closed within limits::kAddressRefused of the first
    absl::Time first_cut = absl::InfinitePast();
    absl::Time refused_until = absl::InfinitePast();
  };

  bool Receive(Connection& connection, absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  bool MayTake(Connection& connection, int resets, int empty_frames, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Closes connections until all together hold no more incomplete messages and calls than allowed.
  void Relieve(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  // Closes a connection because of its input, and blocks its address after several such connections.
  void Cut(Connection& connection, absl::string_view reason, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Closes a connection that has made no call: of the address with the most such connections, the oldest. If
  // `address` is not empty, considers only that address. Other addresses keep their connections. Returns
  // false if there is no such connection.
  bool EndIdle(absl::string_view address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Returns whether there is room for one more connection of the address, after making room if necessary.
  bool HasRoom(const std::string& address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Clock* const clock_;
  const int max_connections_;
  const int max_per_address_;
  std::atomic<int64_t> incomplete_bytes_ = 0;
  std::atomic<int64_t> incomplete_calls_ = 0;
  LineLimiter cut_lines_{tuning::kConnectionLinesPerSecond};
  LineLimiter refused_lines_{tuning::kRefusedConnectionLinesPerSecond};

  mutable absl::Mutex mutex_;
  Id last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<Id, Handle> connections_ ABSL_GUARDED_BY(mutex_);
  absl::node_hash_map<std::string, Address> addresses_ ABSL_GUARDED_BY(mutex_);
  Figures figures_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_GRPC_LIMITS_CALLER_CONNECTIONS_H_
