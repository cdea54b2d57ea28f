#include "openapi/message_schemas.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "openapi/comments.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::OneofDescriptor;

constexpr char kDuration[] = R"(^-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,9})?s$)";
constexpr char kInteger[] = "^-?(0|[1-9][0-9]{0,18})$";
constexpr char kResourceId[] = "^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)?$";

// A message of hookd.v1.Event's types, each of which requires a user.
bool IsEventType(const Descriptor& message) {
  const Descriptor* event = message.file()->FindMessageTypeByName("Event");
  for (int i = 0; event != nullptr && i < event->field_count(); ++i) {
    if (event->field(i)->real_containing_oneof() != nullptr && event->field(i)->message_type() == &message)
      return true;
  }
  return false;
}

bool IsWellKnown(const Descriptor& message) { return message.file()->package() == "google.protobuf"; }

// Whether a value must be there: 0 and "" of other fields count as not set.
bool MustBeSet(const FieldDescriptor& field, const std::string& description, Direction direction) {
  return direction == Direction::kInput && (IsRequired(description) || field.has_presence());
}

// A request within a request, of which there is one: BatchEmitEventsRequest has what is for the whole batch.
std::set<std::string> FieldsLeftOut(const Descriptor& message) {
  if (message.full_name() == "hookd.v1.EmitEventRequest") return {"request_id", "validate_only"};
  return {};
}

bool IsRequiredMember(const FieldDescriptor& field, const std::string& description, Direction direction) {
  if (direction != Direction::kInput || field.full_name() == "hookd.v1.EmitEventRequest.parent") return false;
  if (field.is_repeated()) {
    const auto range = StatedRange(description);
    if (range.has_value() && range->min > 0) return true;
  }
  return IsRequired(description) || (field.name() == "user" && IsEventType(*field.containing_type()));
}

}  // namespace

std::string ComponentName(const std::string& full_name) {
  std::string name = full_name;
  for (const char* package : {"hookd.v1.", "google.rpc.", "google.protobuf."}) {
    if (absl::StartsWith(name, package)) name.erase(0, std::char_traits<char>::length(package));
  }
  name.erase(std::remove(name.begin(), name.end(), '.'), name.end());
  return name;
}

void AddRange(const std::string& description, bool zero_is_unset, JsonMaker& json, Json& schema) {
  if (const auto range = StatedRange(description)) {
    json.Add(schema, "minimum", zero_is_unset ? std::min(0.0, range->min) : range->min);
    json.Add(schema, "maximum", range->max);
  } else if (RejectsNegative(description)) {
    json.Add(schema, "minimum", 0);
  }
}

Json MessageSchemas::Reference(const Descriptor& message, Direction direction) {
  std::string name = ComponentName(message.full_name());
  // Requests have one direction only.
  if (direction == Direction::kInput && !absl::EndsWith(name, "Request")) name += "Input";
  if (direction == Direction::kUpdate) name += "Update";
  // Added before its members are described, because messages can contain themselves.
  if (components_.emplace(name, Json()).second) {
    Json schema = Object(message, direction, name, FieldsLeftOut(message));
    components_[name] = std::move(schema);
  }
  return json_.Object("$ref", "#/components/schemas/" + name);
}

Json MessageSchemas::Reference(const EnumDescriptor& values) {
  const std::string name = ComponentName(values.full_name());
  if (components_.emplace(name, Json()).second) {
    std::string description = Description(values) + "\n";
    Json names = json_.Array();
    for (int i = 0; i < values.value_count(); ++i) {
      json_.Append(names, values.value(i)->name());
      absl::StrAppend(&description, "\n* `", values.value(i)->name(), "`: ", Description(*values.value(i)));
    }
    components_[name] =
        json_.Object("type", "string", "title", name, "description", description, "enum", std::move(names));
  }
  return json_.Object("$ref", "#/components/schemas/" + name);
}

Json MessageSchemas::Object(const Descriptor& message, Direction direction, const std::string& title,
                            const std::set<std::string>& left_out) {
  Json properties = json_.Object();
  Json required = json_.Array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (left_out.count(field.name()) > 0) continue;
    json_.Add(properties, field.json_name(), Field(field, direction));
    if (IsRequiredMember(field, Description(field), direction)) json_.Append(required, field.json_name());
  }
  Json schema = json_.Object("type", "object", "title", title, "description", Description(message),
                             "properties", std::move(properties));
  if (!required.Empty()) json_.Add(schema, "required", std::move(required));
  if (direction == Direction::kInput) AddChoices(message, schema);
  if (direction != Direction::kOutput) json_.Add(schema, "additionalProperties", false);
  return schema;
}

// Of fields of which one must be set: a oneof, and what a description states.
void MessageSchemas::AddChoices(const Descriptor& message, Json& schema) {
  const auto one_of = [&](const std::vector<std::string>& names) {
    Json choices = json_.Array();
    for (const std::string& name : names) json_.Append(choices, json_.Object("required", json_.Array(name)));
    return choices;
  };
  for (int i = 0; i < message.real_oneof_decl_count(); ++i) {
    const OneofDescriptor& oneof = *message.oneof_decl(i);
    if (!absl::StrContains(Description(oneof), "Required")) continue;
    std::vector<std::string> names;
    names.reserve(static_cast<size_t>(oneof.field_count()));
    for (int j = 0; j < oneof.field_count(); ++j) names.push_back(oneof.field(j)->json_name());
    json_.Add(schema, "oneOf", one_of(names));
  }
  for (int i = 0; i < message.field_count(); ++i) {
    const std::string description = Description(*message.field(i));
    const FieldDescriptor* other = message.FindFieldByName(RequiredUnless(description));
    if (other == nullptr || other->index() < i) continue;  // the other one states the same
    // A bool can be false, and so leave the other one required.
    const bool exclusive = other->cpp_type() != FieldDescriptor::CPPTYPE_BOOL &&
                           !absl::StrContains(description, "both can be set");
    json_.Add(schema, exclusive ? "oneOf" : "anyOf",
              one_of({message.field(i)->json_name(), other->json_name()}));
  }
  // "An `id` or an `email` is required."
  const bool is_person =
      message.full_name() == "hookd.v1.User" || message.full_name() == "hookd.v1.UserCreated.Profile";
  if (is_person) json_.Add(schema, "anyOf", one_of({"id", "email"}));
}

Json MessageSchemas::Field(const FieldDescriptor& field, Direction direction) {
  const std::string description = Description(field);
  Json schema;
  if (field.is_map()) {
    schema = json_.Object("type", "object", "additionalProperties",
                          SingleValue(*field.message_type()->map_value(), direction));
  } else if (field.is_repeated()) {
    schema = json_.Object("type", "array", "items", SingleValue(field, direction));
    if (direction != Direction::kOutput) {
      const auto range = StatedRange(description);
      if (range.has_value()) {
        json_.Add(schema, "minItems", range->min);
        json_.Add(schema, "maxItems", range->max);
      } else if (IsRequiredMember(field, description, direction) ||
                 (direction == Direction::kInput && !RequiredUnless(description).empty())) {
        json_.Add(schema, "minItems", 1);
      }
    }
  } else {
    schema = SingleValue(field, direction);
  }
  if (!description.empty()) json_.Add(schema, "description", description);
  if (IsOutputOnly(description)) json_.Add(schema, "readOnly", true);
  if (IsInputOnly(description)) json_.Add(schema, "writeOnly", true);
  return schema;
}

Json MessageSchemas::SingleValue(const FieldDescriptor& field, Direction direction) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageValue(*field.message_type(), direction);
    case FieldDescriptor::CPPTYPE_ENUM:
      return Reference(*field.enum_type());
    case FieldDescriptor::CPPTYPE_BOOL:
      return json_.Object("type", "boolean");
    case FieldDescriptor::CPPTYPE_STRING:
      return StringValue(field, direction);
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT: {
      Json schema = json_.Object("type", "number", "format", "double");
      const std::string description = Description(field);
      if (direction != Direction::kOutput)
        AddRange(description, !MustBeSet(field, description, direction), json_, schema);
      return schema;
    }
    default:
      return IntegerValue(field, direction);
  }
}

Json MessageSchemas::IntegerValue(const FieldDescriptor& field, Direction direction) {
  const bool is_long = field.cpp_type() == FieldDescriptor::CPPTYPE_INT64 ||
                       field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64;
  Json text = json_.Object("type", "string", "format", "int64", "pattern", kInteger);
  if (is_long && direction == Direction::kOutput) return text;
  Json number = json_.Object("type", "integer", "format", is_long ? "int64" : "int32");
  if (direction == Direction::kOutput) return number;
  const std::string description = Description(field);
  AddRange(description, !MustBeSet(field, description, direction), json_, number);
  if (!is_long) {
    if (!number.HasMember("minimum"))
      json_.Add(number, "minimum", int64_t{std::numeric_limits<int32_t>::min()});
    if (!number.HasMember("maximum"))
      json_.Add(number, "maximum", int64_t{std::numeric_limits<int32_t>::max()});
    return number;
  }
  if (!number.HasMember("minimum")) {
    json_.Add(number, "minimum", std::numeric_limits<int64_t>::min());
    json_.Add(number, "maximum", std::numeric_limits<int64_t>::max());
  }
  return json_.Object("anyOf", json_.Array(std::move(text), std::move(number)));
}

Json MessageSchemas::StringValue(const FieldDescriptor& field, Direction direction) {
  Json schema = json_.Object("type", "string");
  if (field.type() == FieldDescriptor::TYPE_BYTES) {
    json_.Add(schema, "contentEncoding", "base64");
    return schema;
  }
  if (direction == Direction::kOutput) return schema;
  const std::string description = Description(field);
  if (IsResourceId(description)) {
    json_.Add(schema, "pattern", kResourceId);
  } else if (const auto length = StatedLength(description)) {
    if (length->min > 0 && MustBeSet(field, description, direction))
      json_.Add(schema, "minLength", length->min);
    json_.Add(schema, "maxLength", length->max);
  } else if (!absl::EndsWith(field.name(), "_json")) {  // which has a limit of its own
    if (const auto most = MaxStringLength(*field.file())) json_.Add(schema, "maxLength", *most);
  }
  return schema;
}

Json MessageSchemas::MessageValue(const Descriptor& message, Direction direction) {
  if (!IsWellKnown(message)) {
    if (message.full_name() == "google.rpc.Status")
      return json_.Object("$ref", "#/components/schemas/Status");
    return Reference(message, direction);
  }
  const std::string& name = message.name();
  if (name == "Timestamp") return json_.Object("type", "string", "format", "date-time");
  if (name == "Duration") return json_.Object("type", "string", "pattern", kDuration);
  if (name == "FieldMask") return json_.Object("type", "string");
  if (name == "ListValue") return json_.Object("type", "array");
  if (name == "Value") return json_.Object();
  return json_.Object("type", "object");  // Struct, Empty, Any
}

}  // namespace hookd
