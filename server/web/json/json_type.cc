#include "web/json/json_type.h"

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/protobuf/wrappers.pb.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

JsonKind KindOf(const Descriptor* message) {
  static const auto& kinds = *new absl::flat_hash_map<const Descriptor*, JsonKind>{
      {google::protobuf::Timestamp::descriptor(), JsonKind::kTimestamp},
      {google::protobuf::Duration::descriptor(), JsonKind::kDuration},
      {google::protobuf::FieldMask::descriptor(), JsonKind::kFieldMask},
      {google::protobuf::Struct::descriptor(), JsonKind::kStruct},
      {google::protobuf::Value::descriptor(), JsonKind::kValue},
      {google::protobuf::ListValue::descriptor(), JsonKind::kListValue},
      {google::protobuf::Any::descriptor(), JsonKind::kAny},
      {google::protobuf::DoubleValue::descriptor(), JsonKind::kWrapper},
      {google::protobuf::FloatValue::descriptor(), JsonKind::kWrapper},
      {google::protobuf::Int64Value::descriptor(), JsonKind::kWrapper},
      {google::protobuf::UInt64Value::descriptor(), JsonKind::kWrapper},
      {google::protobuf::Int32Value::descriptor(), JsonKind::kWrapper},
      {google::protobuf::UInt32Value::descriptor(), JsonKind::kWrapper},
      {google::protobuf::BoolValue::descriptor(), JsonKind::kWrapper},
      {google::protobuf::StringValue::descriptor(), JsonKind::kWrapper},
      {google::protobuf::BytesValue::descriptor(), JsonKind::kWrapper},
  };
  const auto found = kinds.find(message);
  return found == kinds.end() ? JsonKind::kMessage : found->second;
}

JsonKind KindOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return JsonKind::kInt32;
    case FieldDescriptor::CPPTYPE_INT64:
      return JsonKind::kInt64;
    case FieldDescriptor::CPPTYPE_UINT32:
      return JsonKind::kUint32;
    case FieldDescriptor::CPPTYPE_UINT64:
      return JsonKind::kUint64;
    case FieldDescriptor::CPPTYPE_FLOAT:
      return JsonKind::kFloat;
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return JsonKind::kDouble;
    case FieldDescriptor::CPPTYPE_BOOL:
      return JsonKind::kBool;
    case FieldDescriptor::CPPTYPE_ENUM:
      return field->enum_type() == google::protobuf::NullValue_descriptor() ? JsonKind::kNullValue
                                                                            : JsonKind::kEnum;
    case FieldDescriptor::CPPTYPE_STRING:
      if (field->type() == FieldDescriptor::TYPE_BYTES) return JsonKind::kBytes;
      return !field->is_repeated() && (field->name() == "document" || absl::EndsWith(field->name(), "_json"))
                 ? JsonKind::kJsonText
                 : JsonKind::kString;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return KindOf(field->message_type());
  }
  return JsonKind::kMessage;
}

// See JsonField::always_written.
bool IsAlwaysWritten(const FieldDescriptor* field, JsonKind kind) {
  if (field->is_repeated() || field->has_presence()) return false;
  const std::string& name = field->name();
  if (kind == JsonKind::kBool) return name == "success";
  return kind <= JsonKind::kUint64 &&
         (name == "count" || absl::EndsWith(name, "_count") || name == "events_24h");
}

class Types {
 public:
  const JsonType& Of(const Descriptor* descriptor) ABSL_LOCKS_EXCLUDED(mutex_) {
    {
      const absl::ReaderMutexLock lock(&mutex_);
      const auto found = types_.find(descriptor);
      if (found != types_.end()) return *found->second;
    }
    const absl::MutexLock lock(&mutex_);
    return *Build(descriptor);
  }

 private:
  // Builds the type and those of its fields, before other threads see any of them.
  const JsonType* Build(const Descriptor* descriptor) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    std::unique_ptr<JsonType>& built = types_[descriptor];
    if (built != nullptr) return built.get();
    built = std::make_unique<JsonType>();
    JsonType* type = built.get();  // building others moves `built`
    type->descriptor = descriptor;
    type->kind = KindOf(descriptor);
    const auto* prototype = google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
    type->fields.reserve(static_cast<size_t>(descriptor->field_count()));
    for (int i = 0; i < descriptor->field_count(); ++i) {
      const FieldDescriptor* field = descriptor->field(i);
      const auto* oneof = field->real_containing_oneof();
      const JsonKind kind = KindOf(field);
      type->fields.push_back({
          .descriptor = field,
          .reflection = prototype == nullptr ? nullptr : prototype->GetReflection(),
          .kind = kind,
          .repeated = field->is_repeated() && !field->is_map(),
          .map = field->is_map(),
          .always_written = IsAlwaysWritten(field, kind),
          .index = i,
          .oneof = oneof == nullptr ? -1 : descriptor->field_count() + oneof->index(),
          .type = field->message_type() == nullptr ? nullptr : Build(field->message_type()),
      });
      type->by_name[field->name()] = &type->fields.back();
    }
    // Names as in the .proto file come first, should they clash.
    for (const JsonField& field : type->fields) type->by_name.emplace(field.descriptor->json_name(), &field);
    return type;
  }

  absl::Mutex mutex_;
  absl::flat_hash_map<const Descriptor*, std::unique_ptr<JsonType>> types_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

const JsonType& JsonType::Of(const Descriptor* descriptor) {
  static Types& types = *new Types;
  return types.Of(descriptor);
}

}  // namespace hookd
