// Drains a gRPC server: it accepts no new calls while calls in flight continue.
//
// grpc::Server::Shutdown alone waits until every client has acknowledged the end of its connection, which
// idle clients do after five seconds, or until its deadline, when it ends all calls. With a drain, hookd
// decides when to end the connections. Remove when grpc::Server can stop accepting calls without ending those
// in flight (gRPC 1.51 cannot).
//
// Not thread-safe. Does not own the server, which must be shut down after this is destroyed. Only the
// destructor blocks.
#ifndef HOOKD_GRPC_DRAIN_H_
#define HOOKD_GRPC_DRAIN_H_

#include "grpc/grpc.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

class GrpcDrain {
 public:
  // From now on the server accepts no connections and no calls.
  explicit GrpcDrain(grpc::Server* server);
  // Waits until every connection has ended.
  ~GrpcDrain();
  GrpcDrain(const GrpcDrain&) = delete;
  GrpcDrain& operator=(const GrpcDrain&) = delete;

  // Closes the connections and cancels the calls that are still in flight.
  void EndConnections();

 private:
  grpc::Server* const server_;
  grpc_completion_queue* const queue_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_DRAIN_H_
