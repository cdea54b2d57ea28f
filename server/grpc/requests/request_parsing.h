// Parses requests and serializes responses.
//
// hookd does this itself (raw methods), because Protocol Buffers refuse a whole message if one of its strings
// is not valid UTF-8, which gRPC would answer with UNIMPLEMENTED and no message. hookd's error names the
// field.
//
// Thread-safe; no state.
#ifndef HOOKD_GRPC_REQUESTS_REQUEST_PARSING_H_
#define HOOKD_GRPC_REQUESTS_REQUEST_PARSING_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace hookd {

// Parses a request. Returns INVALID_ARGUMENT if the bytes are not valid, with the path of the field if it can
// be found, or if there are unknown fields, with the path and number of each.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request);

// Sets only the top-level strings and integers of a request that ParseRequest refused, which identify the
// request, and clears everything else. Returns false if the bytes are not a message at all.
bool ParseOutline(const grpc::ByteBuffer& bytes, google::protobuf::Message& request);

// Serializes a response to `bytes`, whose previous content is discarded.
void SerializeResponse(const google::protobuf::Message& response, grpc::ByteBuffer& bytes);

}  // namespace hookd

#endif  // HOOKD_GRPC_REQUESTS_REQUEST_PARSING_H_
