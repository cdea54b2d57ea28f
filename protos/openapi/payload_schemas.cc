#include "openapi/payload_schemas.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "hookd/v1/samples.h"
#include "openapi/comments.h"
#include "openapi/message_schemas.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

// A member of an object of the documented JSON: a field, or a text that is always the same.
struct Member {
  std::string key;
  const FieldDescriptor* field = nullptr;
  std::string constant;
};

// The text of the member is JSON for the field without `_json`, which is a Struct.
bool IsJsonText(const FieldDescriptor& field) {
  return absl::EndsWith(field.name(), "_json") &&
         field.containing_type()->FindFieldByName(std::string(absl::StripSuffix(field.name(), "_json"))) !=
             nullptr;
}

bool IsStruct(const FieldDescriptor& field) {
  return field.message_type() != nullptr && field.message_type()->full_name() == "google.protobuf.Struct";
}

// The members of the free-form field are members of the object that has the field.
bool IsMerged(const FieldDescriptor& field) {
  return field.full_name() == "hookd.v1.UserCreated.Profile.properties";
}

// The one key that no proto field can be named like.
std::string KeyOf(const FieldDescriptor& field) {
  return field.full_name() == "hookd.v1.Campaign.trigger_event" ? "trigger-event" : field.name();
}

// The members of an object in the documented order; `type` is the name of the event type, or empty if the
// message is a part of a payload. The type comes before the user, and in `failed` first.
std::vector<Member> Members(const Descriptor& message, const std::string& type) {
  std::vector<Member> members;
  bool typed = type.empty();
  const auto add_type = [&] {
    if (!typed) members.push_back({.key = "type", .constant = type});
    typed = true;
  };
  if (type == "user_updated") members.push_back({.key = "action", .constant = type});
  if (type == "failed") add_type();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (IsJsonText(field)) continue;
    if (field.name() == "user") add_type();
    members.push_back({.key = KeyOf(field), .field = &field});
  }
  add_type();
  return members;
}

// The documented word for a value: `hard` for BOUNCE_TYPE_HARD. Empty for the value that stands for none.
std::string Word(const EnumValueDescriptor& value) {
  std::string prefix;
  for (const char c : value.type()->name()) {
    if (absl::ascii_isupper(static_cast<unsigned char>(c)) && !prefix.empty()) prefix += '_';
    prefix += absl::ascii_toupper(static_cast<unsigned char>(c));
  }
  return value.number() == 0 ? "" : absl::AsciiStrToLower(absl::StripPrefix(value.name(), prefix + "_"));
}

// --- The documented JSON of a sample ---

Json ObjectFromSample(const Descriptor& message, const std::string& type, const Json& sample,
                      JsonMaker& json);

Json NumberFromSample(const Json& sample, JsonMaker& json) {
  int64_t number = 0;
  if (sample.IsString() && absl::SimpleAtoi(sample.GetString(), &number)) return Json(number);
  return json.Copy(sample);
}

Json ValueFromSample(const FieldDescriptor& field, const Json& sample, JsonMaker& json) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return NumberFromSample(sample, json);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const EnumValueDescriptor* value = field.enum_type()->FindValueByName(sample.GetString());
      return value == nullptr ? Json() : json.Text(Word(*value));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      break;
    default:
      return json.Copy(sample);
  }
  if (IsStruct(field)) return json.Copy(sample);
  if (field.message_type()->name() != "Id") return ObjectFromSample(*field.message_type(), "", sample, json);
  const auto number = sample.FindMember("number");
  return number == sample.MemberEnd() ? json.Copy(sample["text"]) : NumberFromSample(number->value, json);
}

Json ObjectFromSample(const Descriptor& message, const std::string& type, const Json& sample,
                      JsonMaker& json) {
  Json object = json.Object();
  for (const Member& member : Members(message, type)) {
    if (member.field == nullptr) {
      json.Add(object, member.key, member.constant);
      continue;
    }
    Json value;
    if (const auto text = sample.FindMember((member.field->name() + "_json").c_str());
        text != sample.MemberEnd()) {
      value = json.Parse(text->value.GetString());
    } else if (const auto set = sample.FindMember(member.field->name().c_str()); set != sample.MemberEnd()) {
      value = ValueFromSample(*member.field, set->value, json);
    } else {
      continue;
    }
    if (IsMerged(*member.field)) {
      json.AddMembers(object, std::move(value));
    } else {
      json.Add(object, member.key, std::move(value));
    }
  }
  return object;
}

}  // namespace

std::vector<const FieldDescriptor*> EventTypes(const std::vector<const FileDescriptor*>& files) {
  std::vector<const FieldDescriptor*> types;
  for (const FileDescriptor* file : files) {
    const Descriptor* event = file->FindMessageTypeByName("Event");
    const auto* oneof = event == nullptr ? nullptr : event->FindOneofByName("type");
    for (int i = 0; oneof != nullptr && i < oneof->field_count(); ++i) types.push_back(oneof->field(i));
  }
  return types;
}

Json DocumentedSample(const FieldDescriptor& type, JsonMaker& json) {
  const std::string_view text = v1::SampleEventJson(type.name());
  const Json sample = json.Parse(absl::string_view(text.data(), text.size()));
  if (!sample.IsObject() || !sample.HasMember(type.name().c_str())) return Json();
  return ObjectFromSample(*type.message_type(), type.name(), sample[type.name().c_str()], json);
}

Json PayloadSchemas::Payload(const FieldDescriptor& type) {
  Json properties = json_.Object();
  Json required = json_.Array();
  for (const Member& member : Members(*type.message_type(), type.name())) {
    if (member.field == nullptr) {
      const char* description =
          member.key == "type" ? "The type of the event." : "The same as `type`, as documented.";
      json_.Add(properties, member.key,
                json_.Object("type", "string", "const", member.constant, "description", description));
    } else {
      json_.Add(properties, member.key, Value(*member.field));
    }
    if (member.field == nullptr || member.key == "user") json_.Append(required, member.key);
  }
  Json schema = json_.Object("title", absl::StrCat(type.name(), " payload"), "description",
                             Description(*type.message_type()), "type", "object", "properties",
                             std::move(properties), "required", std::move(required));
  if (!options_.open) json_.Add(schema, "additionalProperties", false);
  return schema;
}

Json PayloadSchemas::Object(const Descriptor& message) {
  bool open = options_.open;
  Json properties = json_.Object();
  for (const Member& member : Members(message, "")) {
    if (IsMerged(*member.field)) {
      open = true;
    } else {
      json_.Add(properties, member.key, Value(*member.field));
    }
  }
  Json schema = json_.Object("title", ComponentName(message.full_name()) + options_.suffix, "description",
                             Description(message), "type", "object", "properties", std::move(properties));
  if (message.name() == "User" || message.name() == "Profile") {
    json_.Add(schema, "anyOf",
              json_.Array(json_.Object("required", json_.Array("id")),
                          json_.Object("required", json_.Array("email"))));
  }
  if (!open) json_.Add(schema, "additionalProperties", false);
  return schema;
}

Json PayloadSchemas::Reference(const Descriptor& message) {
  const std::string name = ComponentName(message.full_name()) + options_.suffix;
  if (definitions_.count(name) == 0) definitions_[name] = Object(message);
  return json_.Object("$ref", options_.reference_prefix + name);
}

Json PayloadSchemas::Value(const FieldDescriptor& field) {
  const std::string description = Description(field);
  Json schema;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      if (IsStruct(field)) {
        schema = json_.Object("type", "object");
      } else if (field.message_type()->name() == "Id") {
        schema = IdValue(*field.message_type());
      } else {
        schema = Reference(*field.message_type());
      }
      break;
    case FieldDescriptor::CPPTYPE_ENUM:
      schema = EnumValue(*field.enum_type());
      break;
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      schema = json_.Object("type", "integer");
      AddRange(description, false, json_, schema);
      break;
    default:
      schema = json_.Object("type", "string");
      if (const auto most = MaxStringLength(*field.file())) json_.Add(schema, "maxLength", *most);
      break;
  }
  json_.Add(schema, "description", description);
  return schema;
}

Json PayloadSchemas::IdValue(const Descriptor& message) {
  Json text = json_.Object("type", "string");
  if (const auto length = StatedLength(Description(*message.FindFieldByName("text")))) {
    json_.Add(text, "minLength", length->min);
    json_.Add(text, "maxLength", length->max);
  }
  Json number = json_.Object("type", "integer", "minimum", std::numeric_limits<int64_t>::min(), "maximum",
                             std::numeric_limits<int64_t>::max());
  return json_.Object("anyOf", json_.Array(std::move(number), std::move(text)));
}

Json PayloadSchemas::EnumValue(const EnumDescriptor& values) {
  Json words = json_.Array();
  for (int i = 0; i < values.value_count(); ++i) {
    const std::string word = Word(*values.value(i));
    if (!word.empty()) json_.Append(words, word);
  }
  return json_.Object("type", "string", "enum", std::move(words));
}

}  // namespace hookd
