// Streaming calls of gRPC's callback API, each of which is the transport's half of a stream (api/stream.h).
//
// The API and the methods must outlive the calls. No function blocks. The reactors delete themselves.
#ifndef HOOKD_GRPC_GRPC_STREAMS_H_
#define HOOKD_GRPC_GRPC_STREAMS_H_

#include "api/api.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace hookd {

// Starts a call with a stream of responses.
grpc::ServerWriteReactor<grpc::ByteBuffer>* StartServerStream(const Api& api, const Method& method,
                                                              const grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request_bytes);

// Starts a call with a stream of requests and a stream of responses.
grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartBidiStream(
    const Api& api, const Method& method, const grpc::CallbackServerContext* context);

}  // namespace hookd

#endif  // HOOKD_GRPC_GRPC_STREAMS_H_
