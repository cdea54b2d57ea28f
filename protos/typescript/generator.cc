#include "typescript/generator.h"

#include <google/protobuf/descriptor.pb.h>

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "openapi/comments.h"
#include "openapi/message_schemas.h"

namespace hookd {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;

constexpr char kHead[] =
    R"(// The messages of the API as JSON, by tests/console_types --write, from the comments of the protos.
// hookd leaves out members that have their default values, except counts.

/** A 64-bit integer in decimal digits. */
export type Int64 = string;

/** Bytes in base64. */
export type Bytes = string;

/** A time in RFC 3339, such as `2026-01-31T08:00:00.5Z`. */
export type Timestamp = string;

/** A duration in seconds, such as `2.5s`. */
export type Duration = string;

/** Paths of fields in camelCase, separated by commas. */
export type FieldMask = string;
)";

// The length of the lines, as the formatter of client/console breaks them.
constexpr size_t kLineLength = 110;

std::string Comment(const std::string& description, const char* indent) {
  if (description.empty()) return "";
  const std::string sentence = FirstSentence(description);
  return absl::StrCat(indent, "/** ", absl::StrReplaceAll(sentence, {{"*/", "* /"}}),
                      sentence.back() == '.' || sentence.back() == ':' ? "" : ".", " */\n");
}

// What protobuf's JSON mapping makes of Google's well-known messages.
std::string WellKnownType(const Descriptor& message) {
  const std::string& name = message.name();
  if (name == "Timestamp" || name == "Duration" || name == "FieldMask") return name;
  if (name == "ListValue") return "unknown[]";
  if (name == "Value") return "unknown";
  return "Record<string, unknown>";  // Struct, Empty, Any
}

class Generator {
 public:
  std::string Generate(const std::vector<const FileDescriptor*>& files) {
    for (const FileDescriptor* file : files) {
      for (int i = 0; i < file->message_type_count(); ++i) AddMessage(*file->message_type(i));
      for (int i = 0; i < file->enum_type_count(); ++i) AddEnum(*file->enum_type(i));
    }
    return std::move(text_);
  }

 private:
  void AddMessage(const Descriptor& message) {
    if (message.options().map_entry() || !added_.insert(message.full_name()).second) return;
    std::string declaration = absl::StrCat("\n", Comment(Description(message), ""), "export interface ",
                                           ComponentName(message.full_name()), " {");
    if (message.field_count() > 0) declaration += "\n";
    std::vector<const Descriptor*> others;
    for (int i = 0; i < message.field_count(); ++i) {
      const FieldDescriptor& field = *message.field(i);
      absl::StrAppend(&declaration, Comment(Description(field), "  "), "  ", field.json_name(),
                      "?: ", TypeOf(field), ";\n");
      if (const Descriptor* other = MessageOf(field); other != nullptr) others.push_back(other);
    }
    absl::StrAppend(&text_, declaration, "}\n");
    for (int i = 0; i < message.nested_type_count(); ++i) AddMessage(*message.nested_type(i));
    for (int i = 0; i < message.enum_type_count(); ++i) AddEnum(*message.enum_type(i));
    // Of other packages: google.rpc.Status.
    for (const Descriptor* other : others) AddMessage(*other);
  }

  void AddEnum(const EnumDescriptor& values) {
    if (!added_.insert(values.full_name()).second) return;
    std::vector<std::string> names;
    names.reserve(static_cast<size_t>(values.value_count()));
    for (int i = 0; i < values.value_count(); ++i) {
      names.push_back(absl::StrCat("'", values.value(i)->name(), "'"));
    }
    const std::string begin = absl::StrCat("export type ", ComponentName(values.full_name()), " =");
    std::string line = absl::StrCat(begin, " ", absl::StrJoin(names, " | "), ";\n");
    if (line.size() > kLineLength + 1)
      line = absl::StrCat(begin, "\n  | ", absl::StrJoin(names, "\n  | "), ";\n");
    absl::StrAppend(&text_, "\n", Comment(Description(values), ""), line);
  }

  // The message of a field's values that is to be declared; null if there is none.
  static const Descriptor* MessageOf(const FieldDescriptor& field) {
    const FieldDescriptor& value = field.is_map() ? *field.message_type()->map_value() : field;
    const Descriptor* message = value.message_type();
    return message == nullptr || message->file()->package() == "google.protobuf" ? nullptr : message;
  }

  static std::string TypeOf(const FieldDescriptor& field) {
    if (field.is_map()) {
      return absl::StrCat("Record<string, ", ValueType(*field.message_type()->map_value()), ">");
    }
    return absl::StrCat(ValueType(field), field.is_repeated() ? "[]" : "");
  }

  static std::string ValueType(const FieldDescriptor& field) {
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return MessageOf(field) == nullptr ? WellKnownType(*field.message_type())
                                           : ComponentName(field.message_type()->full_name());
      case FieldDescriptor::CPPTYPE_ENUM:
        return ComponentName(field.enum_type()->full_name());
      case FieldDescriptor::CPPTYPE_BOOL:
        return "boolean";
      case FieldDescriptor::CPPTYPE_STRING:
        return field.type() == FieldDescriptor::TYPE_BYTES ? "Bytes" : "string";
      case FieldDescriptor::CPPTYPE_INT64:
      case FieldDescriptor::CPPTYPE_UINT64:
        return "Int64";
      default:
        return "number";
    }
  }

  std::set<std::string> added_;  // full names
  std::string text_ = kHead;
};

}  // namespace

std::string GenerateTypeScript(const std::vector<const FileDescriptor*>& files) {
  return Generator().Generate(files);
}

}  // namespace hookd
