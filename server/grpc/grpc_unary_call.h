// A unary call of gRPC's callback API, from its bytes to its answer.
#ifndef HOOKD_GRPC_GRPC_UNARY_CALL_H_
#define HOOKD_GRPC_GRPC_UNARY_CALL_H_

#include "api/api.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace hookd {

// Serves one call. The API and the method must outlive it.
//
// gRPC learns of the answer through the context's default reactor: a reactor of our own would have its end
// reported on another thread of gRPC's (InternalInlineable), which costs a unary call a tenth of its CPU.
grpc::ServerUnaryReactor* StartUnaryCall(const Api& api, const Method& method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request_bytes,
                                         grpc::ByteBuffer* response_bytes);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_UNARY_CALL_H_
