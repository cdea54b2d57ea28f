// Whether a caller packed a message in a way that gRPC does not know.
//
// gRPC 1.51 refuses the encodings it knows (gzip and deflate, where they are switched off), but takes a
// message of any other (br, snappy, zstd) for a plain one. Thread-safe; no state.
#ifndef HOOKD_GRPC_MESSAGE_ENCODING_H_
#define HOOKD_GRPC_MESSAGE_ENCODING_H_

#include "absl/status/status.h"
#include "grpcpp/server_context.h"

namespace hookd {

// UNIMPLEMENTED, as gRPC's specification has it, if the message of the call that was received last is marked
// as compressed. From when it was received until the next is read.
absl::Status CheckMessageEncoding(const grpc::ServerContextBase& context);

}  // namespace hookd

#endif  // HOOKD_GRPC_MESSAGE_ENCODING_H_
