// Refuses messages that are compressed with an encoding that gRPC does not know.
//
// gRPC 1.51 refuses the encodings that it knows (gzip and deflate, if they are disabled), but treats a
// message with any other encoding (br, snappy, zstd) as uncompressed. Thread-safe; no state.
#ifndef HOOKD_GRPC_REQUESTS_MESSAGE_ENCODING_H_
#define HOOKD_GRPC_REQUESTS_MESSAGE_ENCODING_H_

#include "absl/status/status.h"
#include "grpcpp/server_context.h"

namespace hookd {

// Returns UNIMPLEMENTED, as gRPC's specification requires, if the last message that the call received is
// marked as compressed. Requires: a message was received and the next read has not begun.
absl::Status CheckMessageEncoding(const grpc::ServerContextBase& context);

}  // namespace hookd

#endif  // HOOKD_GRPC_REQUESTS_MESSAGE_ENCODING_H_
