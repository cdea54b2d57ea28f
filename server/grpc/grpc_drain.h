// A gRPC server that takes no more calls, while those it has go on.
//
// grpc::Server::Shutdown alone waits until every client has acknowledged that its connection ends, which idle
// clients do after five seconds, or until its deadline, at which it cuts off whatever there is. Here the
// caller says when nothing is left to wait for.
//
// Not thread-safe. Does not own the server, which is shut down after this is destroyed.
#ifndef HOOKD_GRPC_DRAIN_H_
#define HOOKD_GRPC_DRAIN_H_

#include "grpc/grpc.h"
#include "grpcpp/grpcpp.h"

namespace hookd {

class GrpcDrain {
 public:
  // From here on the server takes no connection and no call.
  explicit GrpcDrain(grpc::Server* server);
  // Waits until every connection has ended.
  ~GrpcDrain();
  GrpcDrain(const GrpcDrain&) = delete;
  GrpcDrain& operator=(const GrpcDrain&) = delete;

  // Closes the connections; calls that are under way yet are canceled.
  void EndConnections();

 private:
  grpc::Server* const server_;
  grpc_completion_queue* const queue_;
};

}  // namespace hookd

#endif  // HOOKD_GRPC_DRAIN_H_
