// Accepts the connections of callers on a separate thread and passes them to gRPC.
//
// gRPC 1.51's own listener stops forever when the process has no file descriptor left for a connection
// (CVE-2023-4785), and has no limit on the number of connections. This one pauses for tuning::kAcceptPause
// instead. Remove when gRPC >= 1.56, whose listener recovers (CVE-2023-4785), and a limit of connections is
// not needed or gRPC has one.
//
// Not thread-safe. Only StopListening and the destructor block, until the thread has reacted.
#ifndef HOOKD_GRPC_GRPC_LISTENER_H_
#define HOOKD_GRPC_GRPC_LISTENER_H_

#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/listening_address.h"
#include "base/tuning.h"
#include "grpc/limits/caller_connections.h"
#include "grpcpp/server_builder.h"

namespace hookd {

class GrpcListener {
 public:
  // Listens on `address`, host:port or unix:path. Port 0 picks a free port. An existing socket file is
  // replaced. Returns UNAVAILABLE if the port is in use or the address does not belong to this machine.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Create(const std::string& address, Clock* clock);

  // Stops accepting connections and removes the socket file.
  ~GrpcListener();
  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  // The port that it listens on; 0 for a socket file.
  int port() const { return listening_.port; }

  // Begins to accept connections, and passes those that `connections` admits to `acceptor`, whose server must
  // be running. Does not own `connections`, which must outlive this.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor,
             CallerConnections* connections);

  // Stops accepting connections. Open connections are not affected.
  void StopListening();

 private:
  GrpcListener(Listening listening, Clock* clock);

  void Wake();
  // Called only on the thread.
  void Run();
  void WatchListeners(bool on);
  // Accepts the pending connections of a listener. If the system has no resources for a connection, the
  // listeners are not watched until resume_.
  void Accept(int listener);
  void PassToGrpc(int descriptor, const sockaddr_storage& peer, int listener);
  void Forget(CallerConnections::Id id);

  Clock* const clock_;
  Listening listening_;
  const int events_;  // epoll(7)
  const int wake_;    // eventfd(2)
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  CallerConnections* connections_ = nullptr;
  // Used only on the thread.
  absl::Time resume_ = absl::InfiniteFuture();
  LineLimiter lines_{tuning::kConnectionLinesPerSecond};
  absl::flat_hash_map<CallerConnections::Id, int> copies_;  // watched descriptors

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ending_ = false;
  absl::Notification stopped_;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_LISTENER_H_
