// The API on gRPC: its services, health, reflection and channelz on one port, with TLS and what bounds
// callers.
//
// gRPC's own listener is not used: hookd accepts the connections (grpc_listener.h) and ends those that take
// too much (caller_connections.h).
//
// Ends in steps, so that a server can finish what it has begun: StopAccepting, AwaitCalls, EndConnections,
// Shutdown. Thread-safe but for these, which one thread calls in their order; the destructor calls those that
// are left.
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
#include "grpc/caller_connections.h"
#include "grpc/calls_in_flight.h"
#include "grpc/grpc_drain.h"
#include "grpc/grpc_listener.h"
#include "grpc/grpc_wake.h"
#include "grpc/server_credentials.h"
#include "grpcpp/server.h"

namespace hookd {

class GrpcServer {
 public:
  // All that it points to must outlive the server.
  struct Options {
    std::string address;  // host:port, where port 0 takes a free one, or unix:path
    std::shared_ptr<grpc::ServerCredentials> credentials;
    const Api* api;
    CallLog* call_log;
    Clock* clock;
  };

  // Opens the port and serves. UNAVAILABLE, with one sentence for the operator, if it cannot.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Create(const Options& options);

  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // The port it listens on; 0 for a socket's file.
  int port() const { return listener_->port(); }

  const CallerConnections& connections() const { return connections_; }

  // Sets what grpc.health.v1 answers about a service; the empty name stands for the server.
  void SetServing(const std::string& service, bool serving);

  // From here on no connection and no call is accepted.
  void StopAccepting();
  // Waits until no call of the API is in flight, for `timeout` at most.
  void AwaitCalls(absl::Duration timeout) { calls_.AwaitNone(timeout); }
  // Closes the connections; calls that are still in flight are cancelled.
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
