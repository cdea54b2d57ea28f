#include "rpc/unary_call.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "rpc/field_violations.h"
#include "rpc/invalid_utf8.h"

namespace hookd {
namespace {

bool Parse(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ByteBuffer readable = bytes;  // shares the bytes; a reader wants it not to be const
  grpc::ProtoBufferReader reader(&readable);
  return message.ParseFromZeroCopyStream(&reader);
}

}  // namespace

grpc::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
  if (Parse(bytes, request)) return grpc::Status::OK;
  grpc::Slice slice;
  FieldViolations violations;
  if (bytes.Valid() && bytes.DumpToSingleSlice(&slice).ok()) {
    const absl::string_view text(reinterpret_cast<const char*>(slice.begin()), slice.size());
    FindInvalidFields(*request.GetDescriptor(), text, violations);
  }
  if (violations.empty()) {
    violations.Add("", absl::StrCat("is not a ", request.GetTypeName(), ": its bytes cannot be parsed"));
  }
  return violations.ToStatus();
}

}  // namespace hookd
