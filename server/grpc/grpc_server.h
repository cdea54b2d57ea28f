// The gRPC transport: serves the API, health, reflection and channelz on one port, with TLS and limits for
// callers.
//
// hookd accepts the connections itself (grpc_listener.h) instead of gRPC, and closes those that exceed the
// limits (caller_connections.h).
//
// A shutdown has steps, so that calls in flight can finish: StopAccepting, AwaitCalls, EndConnections,
// Shutdown. One thread calls them in this order, and the destructor calls those that were not called. All of
// them block; the other methods do not block and are thread-safe.
#ifndef HOOKD_GRPC_GRPC_SERVER_H_
#define HOOKD_GRPC_GRPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/api.h"
#include "api/call_log.h"
#include "base/clock.h"
#include "grpc/api_service.h"
#include "grpc/grpc_drain.h"
#include "grpc/grpc_listener.h"
#include "grpc/grpc_wake.h"
#include "grpc/limits/caller_connections.h"
#include "grpc/limits/calls_in_flight.h"
#include "grpc/server_credentials.h"
#include "grpcpp/server.h"

namespace hookd {

class GrpcServer {
 public:
  // All pointers must outlive the server.
  struct Options {
    std::string address;  // host:port, where port 0 picks a free port, or unix:path
    std::shared_ptr<grpc::ServerCredentials> credentials;
    const Api* api;
    CallLog* call_log;
    Clock* clock;
  };

  // Opens the port and serves. On failure, returns UNAVAILABLE with one sentence for the operator.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Create(const Options& options);

  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The port that it listens on; 0 for a socket file.
  int port() const { return listener_->port(); }

  const CallerConnections& connections() const { return connections_; }

  // Sets the status of a service in grpc.health.v1; the empty name means the whole server.
  void SetServing(const std::string& service, bool serving);

  // From now on no connection and no call is accepted.
  void StopAccepting();
  // Waits until no call of the API is in flight, for `timeout` at most.
  void AwaitCalls(absl::Duration timeout) { calls_.AwaitNone(timeout); }
  // Closes the connections and cancels the calls that are still in flight.
  void EndConnections();
  // Waits until every connection has ended.
  void Shutdown();

 private:
  explicit GrpcServer(const Options& options)
      : connections_(options.clock), services_(MakeApiServices(*options.api)) {}

  absl::Status Start(const Options& options);

  CallsInFlight calls_;
  CallerConnections connections_;
  std::vector<std::unique_ptr<ApiService>> services_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<GrpcListener> listener_;
  std::unique_ptr<GrpcWake> wake_;
  std::unique_ptr<GrpcDrain> drain_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_SERVER_H_
