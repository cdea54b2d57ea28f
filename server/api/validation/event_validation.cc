#include "api/validation/event_validation.h"

#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "api/validation/field_path.h"
#include "api/validation/free_form_limits.h"
#include "api/validation/json_text_validation.h"
#include "base/limits.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "google/protobuf/struct.pb.h"
#include "payload/document_keys.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::ListValue;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;

// The names of a oneof's fields, as a list for an error message.
std::string Names(const OneofDescriptor& oneof) {
  std::vector<absl::string_view> names;
  names.reserve(static_cast<size_t>(oneof.field_count()));
  for (int i = 0; i < oneof.field_count(); ++i) names.push_back(oneof.field(i)->name());
  return absl::StrJoin(names, ", ");
}

// A field of JSON text is the alternative to a Struct field, and has the name of that field with this suffix.
constexpr absl::string_view kJsonTextSuffix = "_json";

// The field whose members are written as members of the JSON object of its message.
constexpr absl::string_view kProperties = "properties";

// The checks for a message type. They are derived once, because looking at descriptors and their names costs
// more than the checks.
struct Rules {
  enum Kind { kString, kJsonText, kCode, kUnixSeconds, kEnum, kId, kStruct, kMessage };
  struct Field {
    const FieldDescriptor* field;
    absl::string_view key;  // in the documented JSON
    Kind kind;
    std::unique_ptr<const Rules> message;  // of kMessage
  };
  const Reflection* reflection;
  std::vector<Field> fields;  // only fields that have a rule
};

std::optional<Rules::Kind> KindOf(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return absl::EndsWith(field.name(), kJsonTextSuffix) ? Rules::kJsonText : Rules::kString;
    case FieldDescriptor::CPPTYPE_INT32:
      if (absl::EndsWith(field.name(), "_code")) return Rules::kCode;
      return std::nullopt;
    case FieldDescriptor::CPPTYPE_INT64:
      if (absl::EndsWith(field.name(), "_at")) return Rules::kUnixSeconds;
      return std::nullopt;
    case FieldDescriptor::CPPTYPE_ENUM:
      return Rules::kEnum;
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (field.message_type() == v1::Id::descriptor()) return Rules::kId;
      return field.message_type() == Struct::descriptor() ? Rules::kStruct : Rules::kMessage;
    default:
      return std::nullopt;
  }
}

std::unique_ptr<const Rules> RulesOf(const Descriptor& type) {
  auto rules = std::make_unique<Rules>();
  rules->reflection =
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(&type)->GetReflection();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor* field = type.field(i);
    const auto kind = KindOf(*field);
    if (!kind.has_value()) continue;
    rules->fields.push_back({field, DocumentKey(*field), *kind,
                             *kind == Rules::kMessage ? RulesOf(*field->message_type()) : nullptr});
  }
  return rules;
}

// The rules of the event types, in the order of the fields of Event's oneof.
std::vector<std::unique_ptr<const Rules>> RulesOfTypes(const OneofDescriptor& oneof) {
  std::vector<std::unique_ptr<const Rules>> rules;
  rules.reserve(static_cast<size_t>(oneof.field_count()));
  for (int i = 0; i < oneof.field_count(); ++i) rules.push_back(RulesOf(*oneof.field(i)->message_type()));
  return rules;
}

// The field of an event type with the user that the event is about, and that user's fields that identify it.
struct UserField {
  const FieldDescriptor* user;
  const FieldDescriptor* id;
  const FieldDescriptor* email;
};

std::vector<UserField> UsersOfTypes(const OneofDescriptor& oneof) {
  std::vector<UserField> users;
  for (int i = 0; i < oneof.field_count(); ++i) {
    const FieldDescriptor* user = oneof.field(i)->message_type()->FindFieldByName("user");
    users.push_back(
        {user, user->message_type()->FindFieldByName("id"), user->message_type()->FindFieldByName("email")});
  }
  return users;
}

// Checks that an event has a user. Every documented payload is about a user, so an event without one has lost
// a field: a dynamic client drops fields whose names are misspelt. `path` is that of the event type.
void CheckUser(const Message& message, const UserField& field, const FieldPath& path,
               FieldViolations& violations) {
  const Reflection& reflection = *message.GetReflection();
  if (reflection.HasField(message, field.user)) {
    const Message& user = reflection.GetMessage(message, field.user);
    const Reflection& user_reflection = *user.GetReflection();
    std::string scratch;
    if (user_reflection.HasField(user, field.id)) return;
    if (!user_reflection.GetStringReference(user, field.email, &scratch).empty()) return;
  }
  violations.Add(path.Field("user").ToString(), "is required, with an id or an email");
}

// Checks a message and everything in it.
class Walker {
 public:
  // `no_long_strings`: no message to walk through can contain a string that is too long.
  Walker(EventForm form, FieldViolations& violations, bool no_long_strings)
      : form_(form), violations_(violations), no_long_strings_(no_long_strings) {}

  // Checks every field that is set.
  void Walk(const Message& message, const Rules& rules, const FieldPath& path) {
    for (const Rules::Field& rule : rules.fields) {
      if (rule.kind == Rules::kString && no_long_strings_) continue;
      if (!rules.reflection->HasField(message, rule.field)) continue;
      Check(message, *rules.reflection, rule, PathOf(rule, path));
    }
  }

 private:
  // The path of a field of the message at `path`.
  FieldPath PathOf(const Rules::Field& rule, const FieldPath& path) const {
    if (form_ == EventForm::kMessage) return path.Field(rule.field->name());
    return rule.key.empty() ? path : path.Field(rule.key);
  }

  void Add(const FieldPath& path, absl::string_view description) {
    violations_.Add(violations_.full() ? "" : path.ToString(), description);
  }

  void Check(const Message& message, const Reflection& reflection, const Rules::Field& rule,
             const FieldPath& path) {
    const FieldDescriptor& field = *rule.field;
    switch (rule.kind) {
      case Rules::kString: {
        std::string scratch;
        CheckString(reflection.GetStringReference(message, &field, &scratch), path);
        break;
      }
      case Rules::kJsonText:
        CheckJsonText(message, reflection, field, path);
        break;
      case Rules::kCode:
        if (reflection.GetInt32(message, &field) < 0) Add(path, "must not be negative");
        break;
      case Rules::kUnixSeconds:
        CheckUnixSeconds(reflection.GetInt64(message, &field), path);
        break;
      case Rules::kEnum:
        CheckEnum(*field.enum_type(), reflection.GetEnumValue(message, &field), path);
        break;
      case Rules::kId:
        CheckId(static_cast<const v1::Id&>(reflection.GetMessage(message, &field)), path);
        break;
      case Rules::kStruct: {
        const auto& properties = static_cast<const Struct&>(reflection.GetMessage(message, &field));
        if (field.name() == kProperties) CheckProperties(properties, field, path);
        CheckStruct(properties, path, 1);
        break;
      }
      case Rules::kMessage:
        Walk(reflection.GetMessage(message, &field), *rule.message, path);
        break;
    }
  }

  void CheckString(const std::string& text, const FieldPath& path) {
    if (text.size() > limits::kMaxStringBytes) Add(path, TooLongString(text.size()));
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
      const FieldPath text_path = form_ == EventForm::kMessage ? path.Field("text") : path;
      if (id.text().empty()) {
        Add(text_path, "must not be empty");
      } else if (id.text().size() > limits::kMaxCallerIdBytes) {
        Add(text_path,
            absl::StrCat("must be at most ", limits::kMaxCallerIdBytes, " bytes, not ", id.text().size()));
      }
    }
  }

  // Whether the field and the properties are members of the same JSON object, so that a property of the same
  // name would overwrite the field.
  static bool IsSiblingOfProperties(const FieldDescriptor& field) {
    return !absl::StartsWith(field.name(), kProperties);
  }

  void CheckProperties(const Struct& properties, const FieldDescriptor& field, const FieldPath& path) {
    const Descriptor& type = *field.containing_type();
    for (int i = 0; i < type.field_count(); ++i) {
      const std::string& name = type.field(i)->name();
      if (!IsSiblingOfProperties(*type.field(i)) || !properties.fields().contains(name)) continue;
      Add(path.Key(name), Overwrites(name));
    }
  }

  void CheckJsonText(const Message& message, const Reflection& reflection, const FieldDescriptor& field,
                     const FieldPath& path) {
    const Descriptor& type = *field.containing_type();
    const auto other = absl::StripSuffix(field.name(), kJsonTextSuffix);
    if (reflection.HasField(message, type.FindFieldByName({other.data(), other.size()}))) {
      Add(path, absl::StrCat("cannot be set together with ", other, ": set only one of them"));
    }
    std::string scratch;
    ValidateJsonText(
        reflection.GetStringReference(message, &field, &scratch), path,
        [&](absl::string_view name) {
          const FieldDescriptor* sibling = type.FindFieldByName({name.data(), name.size()});
          return other == kProperties && sibling != nullptr && IsSiblingOfProperties(*sibling);
        },
        violations_);
  }

  // `level` is 1 for a Struct that is not inside another Struct or list.
  bool CheckNesting(const FieldPath& path, int level) {
    if (level <= limits::kMaxNesting) return true;
    Add(path, TooDeep());
    return false;
  }

  void CheckStruct(const Struct& properties, const FieldPath& path, int level) {
    if (!CheckNesting(path, level)) return;
    for (const auto& [name, value] : properties.fields()) {
      const FieldPath here = path.Key(name);
      if (name.size() > limits::kMaxPropertyNameBytes) {
        Add(here, TooLongName(name.size()));
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

  const EventForm form_;
  FieldViolations& violations_;
  const bool no_long_strings_;
};

}  // namespace

void ValidateEvent(const v1::Event& event, absl::string_view path, FieldViolations& violations,
                   EventForm form) {
  static const OneofDescriptor& oneof = *v1::Event::descriptor()->FindOneofByName("type");
  static const auto& rules = *new auto(RulesOfTypes(oneof));
  static const auto& users = *new auto(UsersOfTypes(oneof));
  const auto& reflection = *event.GetReflection();
  const FieldDescriptor* type = reflection.GetOneofFieldDescriptor(event, &oneof);
  const FieldPath root(path);
  if (type == nullptr) {
    violations.Add(root.Field("type").ToString(), absl::StrCat("must be set: one of ", Names(oneof)));
    return;
  }
  const auto index = static_cast<size_t>(type->index_in_oneof());
  const Message& message = reflection.GetMessage(event, type);
  const FieldPath type_path = form == EventForm::kMessage ? root.Field(type->name()) : root;
  CheckUser(message, users[index], type_path, violations);
  Walker(form, violations, /*no_long_strings=*/event.ByteSizeLong() <= limits::kMaxStringBytes)
      .Walk(message, *rules[index], type_path);
}

}  // namespace hookd
