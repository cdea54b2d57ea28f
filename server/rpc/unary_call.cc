#include "rpc/unary_call.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "grpcpp/support/proto_buffer_reader.h"
#include "rpc/field_path.h"
#include "rpc/field_violations.h"
#include "rpc/invalid_utf8.h"

namespace hookd {
namespace {

// google.protobuf.Struct and its like; new fields of these there will not be.
bool IsWellKnown(const google::protobuf::Descriptor& type) {
  return absl::StartsWith(type.file()->name(), "google/protobuf/");
}

// Adds a violation for each field that the type does not have: what it says would be lost in silence.
void FindUnknownFields(const google::protobuf::Message& message, const FieldPath& path,
                       FieldViolations& violations) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  if (IsWellKnown(type)) return;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const auto& unknown = reflection.GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count() && !violations.full(); ++i) {
    violations.Add(path.Field(absl::StrCat(unknown.field(i).number())).ToString(),
                   absl::StrCat("is no field of ", type.full_name(), " that this hookd knows"));
  }
  for (int i = 0; i < type.field_count() && !violations.full(); ++i) {
    const google::protobuf::FieldDescriptor* field = type.field(i);
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    const FieldPath here = path.Field(field->name());
    if (!field->is_repeated()) {
      if (reflection.HasField(message, field)) {
        FindUnknownFields(reflection.GetMessage(message, field), here, violations);
      }
      continue;
    }
    for (int each = 0; each < reflection.FieldSize(message, field) && !violations.full(); ++each) {
      FindUnknownFields(reflection.GetRepeatedMessage(message, field, each), here.Index(each), violations);
    }
  }
}

}  // namespace

bool ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ByteBuffer readable = bytes;  // shares the bytes; a reader wants it not to be const
  grpc::ProtoBufferReader reader(&readable);
  return message.ParseFromZeroCopyStream(&reader);
}

grpc::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
  FieldViolations violations;
  if (ParseBytes(bytes, request)) {
    FindUnknownFields(request, FieldPath(""), violations);
    return violations.ToStatus();
  }
  grpc::Slice slice;
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
