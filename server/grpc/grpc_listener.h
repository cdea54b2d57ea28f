// Accepts the connections of callers, on a thread of its own, and gives them to gRPC.
//
// gRPC 1.51's own listener stops for good when the process has no descriptor left for a connection
// (CVE-2023-4785), and has no bound on their number. This one pauses for tuning::kAcceptPause and goes on.
//
// Not thread-safe.
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
#include "base/host_and_port.h"
#include "base/line_limiter.h"
#include "base/tuning.h"
#include "grpc/caller_connections.h"
#include "grpcpp/server_builder.h"

namespace hookd {

class GrpcListener {
 public:
  // Listens on `address`, as Listening::address has it. Port 0 takes a free one. UNAVAILABLE if it cannot:
  // if another process listens there, or the address is not of this machine. A socket's file that exists is
  // replaced.
  static absl::StatusOr<std::unique_ptr<GrpcListener>> Create(const std::string& address, Clock* clock);

  // Stops. Removes a socket's file.
  ~GrpcListener();
  GrpcListener(const GrpcListener&) = delete;
  GrpcListener& operator=(const GrpcListener&) = delete;

  // That it listens on; 0 for a socket's file.
  int port() const { return port_; }

  // Accepts connections from now on and gives those that `connections` admits to `acceptor`, whose server has
  // been started. `connections` is not owned, and must outlive this.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor,
             CallerConnections* connections);

  // No connection is accepted, or given to gRPC, any more; those that there are go on.
  void StopListening();

 private:
  explicit GrpcListener(Clock* clock);

  absl::Status OpenFile(const std::string& path);
  absl::Status OpenPort(const HostAndPort& wanted);
  void Wake();
  // The thread's.
  void Run();
  void WatchListeners(bool on);
  void CloseListeners();
  // Accepts what waits. If the system has no room for it, the listeners are not watched until resume_.
  void Accept(int listener);
  void Give(int descriptor, const sockaddr_storage& peer, int listener);
  void Forget(CallerConnections::Id id);

  Clock* const clock_;
  const int events_;  // epoll(7)
  const int wake_;    // eventfd(2)
  std::vector<int> listeners_;
  std::string file_;
  int port_ = 0;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor_;
  CallerConnections* connections_ = nullptr;
  // The thread's.
  absl::Time resume_ = absl::InfiniteFuture();
  LineLimiter lines_{tuning::kConnectionLinesPerSecond};
  absl::flat_hash_map<CallerConnections::Id, int> copies_;  // descriptors that are watched

  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ending_ = false;
  absl::Notification stopped_;
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_LISTENER_H_
