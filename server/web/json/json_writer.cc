#include "web/json/json_writer.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/struct.pb.h"
#include "payload/json_writer.h"
#include "web/json/json_text_forms.h"
#include "web/json/json_type.h"

namespace hookd {
namespace {

using google::protobuf::Message;
using google::protobuf::Reflection;

class MessageWriter {
 public:
  // Writes the value of a message.
  void Write(const Message& message, const JsonType& type);

  std::string Take() const { return json_.Take(); }

 private:
  void WriteFields(const Message& message, const JsonType& type);
  void WriteField(const Message& message, const JsonField& field);
  void WriteMap(const Message& message, const JsonField& field);
  // Writes the value of a field; of a repeated field, that of the element.
  void WriteSingle(const Message& message, const JsonField& field, int index);
  void WriteString(const Message& message, const JsonField& field, int index);
  void WriteEnum(const google::protobuf::EnumDescriptor* type, int number);
  void WriteDouble(double value);
  void WriteFloat(float value);
  void WriteAny(const google::protobuf::Any& any);
  void WriteFreeForm(const google::protobuf::Value& value);
  void WriteFreeForm(const google::protobuf::Struct& object);
  void WriteFreeForm(const google::protobuf::ListValue& list);

  JsonWriter json_;
  int nested_anys_ = 0;
};

void MessageWriter::Write(const Message& message, const JsonType& type) {
  switch (type.kind) {
    case JsonKind::kTimestamp:
      return json_.String(WriteTime(static_cast<const google::protobuf::Timestamp&>(message)).view());
    case JsonKind::kDuration:
      return json_.String(WriteDuration(static_cast<const google::protobuf::Duration&>(message)).view());
    case JsonKind::kFieldMask:
      return json_.String(WriteFieldMask(static_cast<const google::protobuf::FieldMask&>(message)));
    case JsonKind::kWrapper:
      return WriteSingle(message, type.fields[0], -1);
    case JsonKind::kStruct:
      return WriteFreeForm(static_cast<const google::protobuf::Struct&>(message));
    case JsonKind::kValue:
      return WriteFreeForm(static_cast<const google::protobuf::Value&>(message));
    case JsonKind::kListValue:
      return WriteFreeForm(static_cast<const google::protobuf::ListValue&>(message));
    case JsonKind::kAny:
      return WriteAny(static_cast<const google::protobuf::Any&>(message));
    default:
      break;
  }
  json_.BeginObject();
  WriteFields(message, type);
  json_.EndObject();
}

void MessageWriter::WriteFields(const Message& message, const JsonType& type) {
  for (const JsonField& field : type.fields) {
    const Reflection& reflection = field.reflection_of(message);
    const bool is_set = field.repeated || field.map ? reflection.FieldSize(message, field.descriptor) > 0
                                                    : reflection.HasField(message, field.descriptor);
    if (!is_set && !field.always_written) continue;
    json_.Key(field.descriptor->json_name());
    WriteField(message, field);
  }
}

void MessageWriter::WriteField(const Message& message, const JsonField& field) {
  if (field.map) return WriteMap(message, field);
  if (!field.repeated) return WriteSingle(message, field, -1);
  const int size = field.reflection_of(message).FieldSize(message, field.descriptor);
  json_.BeginArray();
  for (int i = 0; i < size; ++i) WriteSingle(message, field, i);
  json_.EndArray();
}

// The key of an entry as text.
std::string KeyOf(const Message& entry, const JsonField& key) {
  const Reflection& reflection = key.reflection_of(entry);
  switch (key.kind) {
    case JsonKind::kInt32:
      return absl::StrCat(reflection.GetInt32(entry, key.descriptor));
    case JsonKind::kInt64:
      return absl::StrCat(reflection.GetInt64(entry, key.descriptor));
    case JsonKind::kUint32:
      return absl::StrCat(reflection.GetUInt32(entry, key.descriptor));
    case JsonKind::kUint64:
      return absl::StrCat(reflection.GetUInt64(entry, key.descriptor));
    case JsonKind::kBool:
      return reflection.GetBool(entry, key.descriptor) ? "true" : "false";
    default:
      return reflection.GetString(entry, key.descriptor);
  }
}

void MessageWriter::WriteMap(const Message& message, const JsonField& field) {
  const Reflection& reflection = field.reflection_of(message);
  std::vector<std::pair<std::string, const Message*>> entries;
  for (int i = 0; i < reflection.FieldSize(message, field.descriptor); ++i) {
    const Message& entry = reflection.GetRepeatedMessage(message, field.descriptor, i);
    entries.emplace_back(KeyOf(entry, field.type->fields[0]), &entry);
  }
  std::sort(entries.begin(), entries.end());
  json_.BeginObject();
  for (const auto& [key, entry] : entries) {
    json_.Key(key);
    WriteSingle(*entry, field.type->fields[1], -1);
  }
  json_.EndObject();
}

// Reads a field with the pair of methods of protobuf's reflection.
#define HOOKD_READ(Type)                                       \
  (index < 0 ? reflection.Get##Type(message, field.descriptor) \
             : reflection.GetRepeated##Type(message, field.descriptor, index))

void MessageWriter::WriteSingle(const Message& message, const JsonField& field, int index) {
  const Reflection& reflection = field.reflection_of(message);
  switch (field.kind) {
    case JsonKind::kInt32:
      return json_.Integer(HOOKD_READ(Int32));
    case JsonKind::kUint32:
      return json_.Integer(HOOKD_READ(UInt32));
    case JsonKind::kInt64:
      return json_.String(absl::AlphaNum(HOOKD_READ(Int64)).Piece());
    case JsonKind::kUint64:
      return json_.String(absl::AlphaNum(HOOKD_READ(UInt64)).Piece());
    case JsonKind::kFloat:
      return WriteFloat(HOOKD_READ(Float));
    case JsonKind::kDouble:
      return WriteDouble(HOOKD_READ(Double));
    case JsonKind::kBool:
      return json_.Bool(HOOKD_READ(Bool));
    case JsonKind::kString:
    case JsonKind::kJsonText:
    case JsonKind::kBytes:
      return WriteString(message, field, index);
    case JsonKind::kEnum:
      return WriteEnum(field.descriptor->enum_type(), HOOKD_READ(EnumValue));
    case JsonKind::kNullValue:
      return json_.Null();
    default:
      break;
  }
  if (index < 0) return Write(reflection.GetMessage(message, field.descriptor), *field.type);
  Write(reflection.GetRepeatedMessage(message, field.descriptor, index), *field.type);
}

#undef HOOKD_READ

void MessageWriter::WriteString(const Message& message, const JsonField& field, int index) {
  const Reflection& reflection = field.reflection_of(message);
  std::string scratch;
  const std::string& text =
      index < 0 ? reflection.GetStringReference(message, field.descriptor, &scratch)
                : reflection.GetRepeatedStringReference(message, field.descriptor, index, &scratch);
  if (field.kind == JsonKind::kBytes) return json_.String(absl::Base64Escape(text));
  json_.String(text);
}

void MessageWriter::WriteEnum(const google::protobuf::EnumDescriptor* type, int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return json_.Integer(number);  // of a later version of the API
  json_.String(value->name());
}

void MessageWriter::WriteDouble(double value) {
  if (std::isnan(value)) return json_.String("NaN");
  if (std::isinf(value)) return json_.String(value > 0 ? "Infinity" : "-Infinity");
  json_.Double(value);
}

void MessageWriter::WriteFloat(float value) {
  if (!std::isfinite(value)) return WriteDouble(value);
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), value).ptr;
  json_.Number({digits, static_cast<size_t>(end - digits)});
}

void MessageWriter::WriteAny(const google::protobuf::Any& any) {
  constexpr int kMaxNestedAnys = 8;
  json_.BeginObject();
  json_.Key("@type");
  json_.String(any.type_url());
  const size_t slash = any.type_url().rfind('/');
  const auto* descriptor = slash == std::string::npos
                               ? nullptr
                               : google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(
                                     any.type_url().substr(slash + 1));
  const Message* prototype =
      descriptor == nullptr || nested_anys_ == kMaxNestedAnys
          ? nullptr
          : google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor);
  const std::unique_ptr<Message> message(prototype == nullptr ? nullptr : prototype->New());
  ++nested_anys_;
  if (message == nullptr || !message->ParseFromString(any.value())) {
    json_.Key("value");
    json_.String(absl::Base64Escape(any.value()));
  } else if (const JsonType& type = JsonType::Of(descriptor); type.kind == JsonKind::kMessage) {
    WriteFields(*message, type);
  } else {
    json_.Key("value");
    Write(*message, type);
  }
  --nested_anys_;
  json_.EndObject();
}

void MessageWriter::WriteFreeForm(const google::protobuf::Value& value) {
  switch (value.kind_case()) {
    case google::protobuf::Value::kBoolValue:
      return json_.Bool(value.bool_value());
    case google::protobuf::Value::kNumberValue:
      return WriteDouble(value.number_value());
    case google::protobuf::Value::kStringValue:
      return json_.String(value.string_value());
    case google::protobuf::Value::kStructValue:
      return WriteFreeForm(value.struct_value());
    case google::protobuf::Value::kListValue:
      return WriteFreeForm(value.list_value());
    case google::protobuf::Value::kNullValue:
    case google::protobuf::Value::KIND_NOT_SET:
      break;
  }
  json_.Null();
}

void MessageWriter::WriteFreeForm(const google::protobuf::Struct& object) {
  std::vector<std::pair<absl::string_view, const google::protobuf::Value*>> members;
  members.reserve(object.fields().size());
  for (const auto& [key, value] : object.fields()) members.emplace_back(key, &value);
  std::sort(members.begin(), members.end());
  json_.BeginObject();
  for (const auto& [key, value] : members) {
    json_.Key(key);
    WriteFreeForm(*value);
  }
  json_.EndObject();
}

void MessageWriter::WriteFreeForm(const google::protobuf::ListValue& list) {
  json_.BeginArray();
  for (const auto& value : list.values()) WriteFreeForm(value);
  json_.EndArray();
}

}  // namespace

void WriteJson(const Message& message, std::string& out) {
  MessageWriter writer;
  writer.Write(message, JsonType::Of(message.GetDescriptor()));
  out += writer.Take();
}

}  // namespace hookd
