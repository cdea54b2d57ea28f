// Parses the messages that callers send, and serialises those that they get.
//
// hookd does this itself (raw methods): Protocol Buffers refuse a message with a string that is not UTF-8 as
// a whole, which gRPC would answer with UNIMPLEMENTED and no words; here the caller learns the field.
//
// Thread-safe; no state.
#ifndef HOOKD_GRPC_REQUEST_PARSING_H_
#define HOOKD_GRPC_REQUEST_PARSING_H_

#include "absl/status/status.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"

namespace hookd {

// Parses a request. INVALID_ARGUMENT if it is not one, naming the field where one can be named, or if it has
// fields that are not known, naming each by its path and number.
absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request);

// Sets the top-level strings and integers of a request that ParseRequest refused, which tell what it was
// about; everything else is cleared. False if the bytes are no message at all.
bool ParseOutline(const grpc::ByteBuffer& bytes, google::protobuf::Message& request);

// Serialises a response, in place of what `bytes` held.
void SerializeResponse(const google::protobuf::Message& response, grpc::ByteBuffer& bytes);

}  // namespace hookd

#endif  // HOOKD_GRPC_REQUEST_PARSING_H_
