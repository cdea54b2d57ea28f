#include "grpc/grpc_drain.h"

namespace hookd {

GrpcDrain::GrpcDrain(grpc::Server* server)
    : server_(server), queue_(grpc_completion_queue_create_for_pluck(nullptr)) {
  grpc_server_shutdown_and_notify(server_->c_server(), queue_, this);
}

GrpcDrain::~GrpcDrain() {
  grpc_completion_queue_pluck(queue_, this, gpr_inf_future(GPR_CLOCK_REALTIME), nullptr);
  grpc_completion_queue_shutdown(queue_);
  grpc_completion_queue_destroy(queue_);
}

void GrpcDrain::EndConnections() { grpc_server_cancel_all_calls(server_->c_server()); }

}  // namespace hookd
