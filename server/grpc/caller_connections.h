// The connections of callers: how many there may be, what each may cost before it is known who calls, and the
// end of those that take more.
//
// hookd keeps a copy (dup) of each descriptor that it gives gRPC, so that it can end a connection safely at
// any time. What callers send is accounted for before gRPC parses it (FrameAccount, TransportMeter). A
// connection is closed at once when it
// - resets calls, or sends frames that carry nothing, faster than limits allow, alone or with the others of
//   its address: rapid reset, CVE-2023-44487;
// - sends a call's metadata without end: CVE-2023-33953;
// - takes too long for a message, while all hold half of the incomplete messages that they may; or holds the
//   most incomplete messages or calls for the longest, while all hold more than they may.
// An address of which several connections were closed for that is refused for some seconds.
//
// Thread-safe. Must outlive the gRPC server that has its connections.
#ifndef HOOKD_GRPC_CALLER_CONNECTIONS_H_
#define HOOKD_GRPC_CALLER_CONNECTIONS_H_

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
    int64_t refused = 0;  // at once, or before their first call, as there were too many
    int64_t cut = 0;      // for what they sent
    int64_t incomplete_bytes = 0;
  };

  // Names a connection until Remove.
  using Id = uint64_t;

  // `clock` is not owned. At most `max_connections` at a time.
  explicit CallerConnections(Clock* clock, int max_connections = MaxConnections());
  ~CallerConnections();
  CallerConnections(const CallerConnections&) = delete;
  CallerConnections& operator=(const CallerConnections&) = delete;

  // limits::kMaxConnections, or what is left of the descriptors that the process may have, less those for
  // deliveries and the rest of hookd.
  static int MaxConnections();

  struct Admitted {
    Id id;
    int copy;  // the descriptor that is hookd's own, open until Remove: it hangs up (EPOLLHUP) at the end
  };
  // Takes on a connection that was accepted from `peer` and is about to be given to gRPC. Nothing if it is
  // refused; the caller closes it. Where there are too many, may end one that has not called yet instead.
  std::optional<Admitted> Admit(int descriptor, const sockaddr_storage& peer) ABSL_LOCKS_EXCLUDED(mutex_);

  // A connection has hung up.
  void Remove(Id id) ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends connections whose messages took too long, and forgets addresses; to be called every second or so.
  void Sweep() ABSL_LOCKS_EXCLUDED(mutex_);

  // Accounts for what arrived on a connection, as its transport's meter does. False if it is to be closed.
  bool Receive(Id id, absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);

  Figures figures() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Connection;
  using Handle = std::shared_ptr<Connection>;

  // What connections of one address share.
  struct Address {
    int connections = 0;
    absl::Time left = absl::InfinitePast();  // when the last of them ended, once there are none
    RateLimiter resets;
    RateLimiter empty_frames;
    int cuts = 0;  // within limits::kAddressRefused of the first
    absl::Time first_cut = absl::InfinitePast();
    absl::Time refused_until = absl::InfinitePast();
  };

  static std::string AddressOf(const sockaddr_storage& peer);
  bool Receive(Connection& connection, absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_);
  bool MayTake(Connection& connection, int resets, int empty_frames, absl::Time now)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Cuts connections until all hold no more than they may.
  void Relieve(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);
  void Cut(Connection& connection, absl::string_view reason, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends one that never called, of `address` unless it is empty: of the address that has the most of them,
  // the one that has been open for the longest. So callers of other addresses keep theirs. False if there is
  // none.
  bool EndIdle(absl::string_view address) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Makes room, if need be, for one more of the address.
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

#endif  // HOOKD_GRPC_CALLER_CONNECTIONS_H_
