#include "grpc/requests/request_parsing.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/validation/field_path.h"
#include "api/validation/field_violations.h"
#include "google/protobuf/empty.pb.h"
#include "google/protobuf/unknown_field_set.h"
#include "grpc/requests/invalid_utf8.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/proto_buffer_reader.h"

namespace hookd {
namespace {

// Whether the type is a well-known type such as google.protobuf.Struct. These never get new fields.
bool IsWellKnown(const google::protobuf::Descriptor& type) {
  return absl::StartsWith(type.file()->name(), "google/protobuf/");
}

// Adds a violation for each unknown field, whose value would otherwise be lost silently.
void FindUnknownFields(const google::protobuf::Message& message, const FieldPath& path,
                       FieldViolations& violations) {
  const google::protobuf::Descriptor& type = *message.GetDescriptor();
  if (IsWellKnown(type)) return;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  const auto& unknown = reflection.GetUnknownFields(message);
  for (int i = 0; i < unknown.field_count() && !violations.full(); ++i) {
    violations.Add(path.Field(absl::StrCat(unknown.field(i).number())).ToString(),
                   absl::StrCat("is not a field of ", type.full_name(), " in this version of hookd"));
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
    for (int j = 0; j < reflection.FieldSize(message, field) && !violations.full(); ++j) {
      FindUnknownFields(reflection.GetRepeatedMessage(message, field, j), here.Index(j), violations);
    }
  }
}

// Returns false if the bytes are not a message of the type.
bool ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  if (bytes.TrySingleSlice(&slice).ok()) {
    return message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
  }
  grpc::ByteBuffer readable = bytes;  // shares the bytes; the reader requires a non-const buffer
  grpc::ProtoBufferReader reader(&readable);
  return message.ParseFromZeroCopyStream(&reader);
}

}  // namespace

absl::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
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

bool ParseOutline(const grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
  using google::protobuf::FieldDescriptor;
  using google::protobuf::UnknownField;
  google::protobuf::Empty fields;  // treats every field as unknown and parses none
  if (!ParseBytes(bytes, fields)) return false;
  request.Clear();
  const google::protobuf::Reflection& reflection = *request.GetReflection();
  const auto& unknown = fields.GetReflection()->GetUnknownFields(fields);
  for (int i = 0; i < unknown.field_count(); ++i) {
    const UnknownField& value = unknown.field(i);
    const FieldDescriptor* field = request.GetDescriptor()->FindFieldByNumber(value.number());
    if (field == nullptr || field->is_repeated()) continue;
    if (field->type() == FieldDescriptor::TYPE_STRING &&
        value.type() == UnknownField::TYPE_LENGTH_DELIMITED) {
      reflection.SetString(&request, field, value.length_delimited());
    } else if (field->type() == FieldDescriptor::TYPE_INT64 && value.type() == UnknownField::TYPE_VARINT) {
      reflection.SetInt64(&request, field, static_cast<int64_t>(value.varint()));
    }
  }
  return true;
}

void SerializeResponse(const google::protobuf::Message& response, grpc::ByteBuffer& bytes) {
  bool own_buffer;
  bytes.Clear();
  grpc::SerializationTraits<google::protobuf::Message>::Serialize(response, &bytes, &own_buffer);
}

}  // namespace hookd
