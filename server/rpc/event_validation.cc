#include "rpc/event_validation.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/limits.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "rpc/field_path.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Struct;
using google::protobuf::Value;

// The names of a oneof's fields, as a list for people.
std::string Names(const OneofDescriptor& oneof) {
  std::vector<absl::string_view> names;
  names.reserve(static_cast<size_t>(oneof.field_count()));
  for (int i = 0; i < oneof.field_count(); ++i) names.push_back(oneof.field(i)->name());
  return absl::StrJoin(names, ", ");
}

class Walker {
 public:
  explicit Walker(FieldViolations& violations) : violations_(violations) {}

  // Every field that is set.
  void Walk(const Message& message, const FieldPath& path) {
    const Descriptor& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (reflection.HasField(message, &field)) CheckField(message, field, path.Field(field.name()));
    }
  }

 private:
  void Add(const FieldPath& path, absl::string_view description) {
    violations_.Add(violations_.full() ? "" : path.ToString(), description);
  }

  void CheckField(const Message& message, const FieldDescriptor& field, const FieldPath& path) {
    const auto& reflection = *message.GetReflection();
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING: {
        std::string scratch;
        CheckString(reflection.GetStringReference(message, &field, &scratch), path);
        break;
      }
      case FieldDescriptor::CPPTYPE_INT32:
        if (absl::EndsWith(field.name(), "_code") && reflection.GetInt32(message, &field) < 0) {
          Add(path, "must not be negative");
        }
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        if (absl::EndsWith(field.name(), "_at")) CheckUnixSeconds(reflection.GetInt64(message, &field), path);
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        CheckEnum(*field.enum_type(), reflection.GetEnumValue(message, &field), path);
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        CheckMessage(reflection.GetMessage(message, &field), field, path);
        break;
      default:
        break;
    }
  }

  void CheckMessage(const Message& message, const FieldDescriptor& field, const FieldPath& path) {
    if (field.message_type() == v1::Id::descriptor()) {
      CheckId(static_cast<const v1::Id&>(message), path);
    } else if (field.message_type() == Struct::descriptor()) {
      const auto& properties = static_cast<const Struct&>(message);
      if (field.name() == "properties") CheckProperties(properties, field, path);
      CheckStruct(properties, path, 1);
    } else {
      Walk(message, path);
    }
  }

  void CheckString(const std::string& text, const FieldPath& path) {
    if (text.size() <= limits::kMaxStringBytes) return;
    Add(path, absl::StrCat("must be at most ", limits::kMaxStringBytes, " bytes, not ", text.size()));
  }

  void CheckUnixSeconds(int64_t seconds, const FieldPath& path) {
    if (seconds >= 0 && seconds <= limits::kMaxUnixSeconds) return;
    Add(path, absl::StrCat("must be 0 to ", limits::kMaxUnixSeconds, ", in seconds since the Unix epoch"));
  }

  void CheckEnum(const google::protobuf::EnumDescriptor& type, int number, const FieldPath& path) {
    if (number != 0 && type.FindValueByNumber(number) != nullptr) return;
    Add(path, absl::StrCat("must be a value of ", type.full_name(), " other than ", type.value(0)->name(),
                           "; leave it unset if there is none"));
  }

  void CheckId(const v1::Id& id, const FieldPath& path) {
    if (id.kind_case() == v1::Id::KIND_NOT_SET) {
      Add(path, "must have a number or a text");
    } else if (id.kind_case() == v1::Id::kText) {
      if (id.text().empty()) {
        Add(path.Field("text"), "must not be empty");
      } else if (id.text().size() > limits::kMaxCallerIdBytes) {
        Add(path.Field("text"),
            absl::StrCat("must be at most ", limits::kMaxCallerIdBytes, " bytes, not ", id.text().size()));
      }
    }
  }

  // Properties are written beside the other fields of their message, and must not overwrite them.
  void CheckProperties(const Struct& properties, const FieldDescriptor& field, const FieldPath& path) {
    const Descriptor& beside = *field.containing_type();
    for (int i = 0; i < beside.field_count(); ++i) {
      const std::string& name = beside.field(i)->name();
      if (beside.field(i) == &field || !properties.fields().contains(name)) continue;
      Add(path.Key(name), absl::StrCat("cannot be a property: it would overwrite the documented ", name));
    }
  }

  // `level` is 1 for what is not within another Struct or list.
  bool CheckNesting(const FieldPath& path, int level) {
    if (level <= limits::kMaxNesting) return true;
    Add(path, absl::StrCat("nests too deeply: at most ", limits::kMaxNesting, " levels are taken"));
    return false;
  }

  void CheckStruct(const Struct& properties, const FieldPath& path, int level) {
    if (!CheckNesting(path, level)) return;
    for (const auto& [name, value] : properties.fields()) {
      const FieldPath here = path.Key(name);
      if (name.size() > limits::kMaxPropertyNameBytes) {
        Add(here, absl::StrCat("has a name that is too long: at most ", limits::kMaxPropertyNameBytes,
                               " bytes, not ", name.size()));
      }
      CheckValue(value, here, level);
    }
  }

  void CheckList(const ListValue& list, const FieldPath& path, int level) {
    if (!CheckNesting(path, level)) return;
    for (int i = 0; i < list.values_size(); ++i) CheckValue(list.values(i), path.Index(i), level);
  }

  void CheckValue(const Value& value, const FieldPath& path, int level) {
    switch (value.kind_case()) {
      case Value::kNullValue:
      case Value::kBoolValue:
        break;
      case Value::kNumberValue:
        if (!std::isfinite(value.number_value()))
          Add(path, "must be a finite number: JSON has no NaN and no infinity");
        break;
      case Value::kStringValue:
        CheckString(value.string_value(), path);
        break;
      case Value::kStructValue:
        CheckStruct(value.struct_value(), path, level + 1);
        break;
      case Value::kListValue:
        CheckList(value.list_value(), path, level + 1);
        break;
      case Value::KIND_NOT_SET:
        Add(path, "must have a value; null is null_value");
        break;
    }
  }

  FieldViolations& violations_;
};

}  // namespace

void ValidateEvent(const v1::Event& event, absl::string_view path, FieldViolations& violations) {
  static const OneofDescriptor& oneof = *v1::Event::descriptor()->FindOneofByName("type");
  const auto& reflection = *event.GetReflection();
  const FieldDescriptor* type = reflection.GetOneofFieldDescriptor(event, &oneof);
  const FieldPath root(path);
  if (type == nullptr) {
    violations.Add(root.Field("type").ToString(), absl::StrCat("must be set: one of ", Names(oneof)));
    return;
  }
  Walker(violations).Walk(reflection.GetMessage(event, type), root.Field(type->name()));
}

}  // namespace hookd
