// Serves unary calls of gRPC's callback API. Does not block, except for the short pause of intake_pace.h.
#ifndef HOOKD_GRPC_GRPC_UNARY_CALL_H_
#define HOOKD_GRPC_GRPC_UNARY_CALL_H_

#include "api/api.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace hookd {

// Serves one call. The API and the method must outlive it.
//
// The response is sent with the context's default reactor. With another reactor, gRPC would report the end of
// the call on another of its threads (InternalInlineable), which costs a unary call a tenth of its CPU.
// Remove when gRPC's own reactors are inlineable (gRPC 1.51 has it only for its default reactor).
grpc::ServerUnaryReactor* StartUnaryCall(const Api& api, const Method& method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request_bytes,
                                         grpc::ByteBuffer* response_bytes);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_UNARY_CALL_H_
