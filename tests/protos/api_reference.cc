// Writes the API reference as Markdown from the comments of a descriptor set, such as hookd.binpb. Run by
// tests/api_reference.
#include <google/protobuf/descriptor.h>

#include <iostream>
#include <string>
#include <vector>

#include "google/api/annotations.pb.h"
#include "tests/protos/descriptor_set.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// Returns the comment of the element with each line indented. Lines that the comment indents are code.
template <typename Element>
std::string Comment(const Element& element, const std::string& indent) {
  google::protobuf::SourceLocation location;
  std::string text, line;
  if (!element.GetSourceLocation(&location)) return text;
  bool code = false;
  for (const char c : location.leading_comments + "\n") {
    if (c != '\n') {
      line += c;
      continue;
    }
    if (line.rfind(' ', 0) == 0) line.erase(0, 1);
    const bool set_off = line.rfind("  ", 0) == 0;
    if (set_off != code) text += "\n";
    code = set_off;
    text += line.empty() ? "\n" : indent + (code ? "    " + line.substr(2) : line) + "\n";
    line.clear();
  }
  while (text.size() > 1 && text[text.size() - 2] == '\n') text.pop_back();
  return text;
}

// Returns the name with a link if it is in package hookd.v1. GitHub's anchor for a heading is its text in
// lower case without dots.
std::string Link(const std::string& full_name) {
  const std::string package = "hookd.v1.";
  if (full_name.rfind(package, 0) != 0) return "`" + full_name + "`";
  const std::string name = full_name.substr(package.size());
  std::string anchor;
  for (const char c : name) {
    if (c != '.') anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return "[`" + name + "`](#" + anchor + ")";
}

std::string ElementType(const FieldDescriptor& field) {
  if (field.message_type() != nullptr) return Link(field.message_type()->full_name());
  if (field.enum_type() != nullptr) return Link(field.enum_type()->full_name());
  return "`" + std::string(field.type_name()) + "`";
}

std::string Type(const FieldDescriptor& field) {
  if (field.is_map()) {
    const Descriptor& entry = *field.message_type();
    return "map from " + ElementType(*entry.map_key()) + " to " + ElementType(*entry.map_value());
  }
  return (field.is_repeated()            ? "repeated "
          : field.has_optional_keyword() ? "optional "
                                         : "") +
         ElementType(field);
}

void WriteMessage(const Descriptor& message) {
  if (message.options().map_entry()) return;
  std::cout << "\n### " << message.full_name().substr(message.file()->package().size() + 1) << "\n\n"
            << Comment(message, "");
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.real_containing_oneof() != oneof) {
      oneof = field.real_containing_oneof();
      if (oneof != nullptr)
        std::cout << "\nOne of the following, `" << oneof->name() << "`:\n\n" << Comment(*oneof, "");
    }
    std::cout << "\n* **" << field.name() << "** = " << field.number() << ", " << Type(field) << "  \n"
              << Comment(field, "  ");
  }
  for (int i = 0; i < message.nested_type_count(); ++i) WriteMessage(*message.nested_type(i));
}

void WriteEnum(const EnumDescriptor& values) {
  std::cout << "\n### " << values.name() << "\n\n" << Comment(values, "");
  for (int i = 0; i < values.value_count(); ++i) {
    std::cout << "\n* **" << values.value(i)->name() << "** = " << values.value(i)->number() << "  \n"
              << Comment(*values.value(i), "  ");
  }
}

std::string HttpMapping(const MethodDescriptor& method) {
  const google::api::HttpRule& rule = method.options().GetExtension(google::api::http);
  std::string mapping;
  switch (rule.pattern_case()) {
    case google::api::HttpRule::kGet:
      mapping = "GET " + rule.get();
      break;
    case google::api::HttpRule::kPost:
      mapping = "POST " + rule.post();
      break;
    case google::api::HttpRule::kPatch:
      mapping = "PATCH " + rule.patch();
      break;
    case google::api::HttpRule::kDelete:
      mapping = "DELETE " + rule.delete_();
      break;
    default:
      return "no HTTP mapping";
  }
  mapping = "`" + mapping + "`";
  if (rule.body() == "*") return mapping + " with the request as its body";
  return rule.body().empty() ? mapping : mapping + " with `" + rule.body() + "` as its body";
}

void WriteService(const ServiceDescriptor& service) {
  std::cout << "\n## " << service.name() << "\n\n" << Comment(service, "");
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    std::cout << "\n### " << method.name() << "\n\n"
              << (method.client_streaming() ? "stream of " : "") << Link(method.input_type()->full_name())
              << " → " << (method.server_streaming() ? "stream of " : "")
              << Link(method.output_type()->full_name()) << "; " << HttpMapping(method) << "\n\n"
              << Comment(method, "");
  }
  for (int i = 0; i < service.file()->message_type_count(); ++i)
    WriteMessage(*service.file()->message_type(i));
}

}  // namespace

int main(int argc, char** argv) {
  const auto files = hookd::ReadDescriptorSet(argc > 1 ? argv[1] : "");
  if (files.file_size() == 0) {
    std::cerr << "usage: hookd_api_reference DESCRIPTOR_SET\n";
    return 2;
  }
  google::protobuf::DescriptorPool pool;
  std::vector<const FileDescriptor*> ours;
  for (const auto& file : files.file()) {
    const FileDescriptor* built = pool.BuildFile(file);
    if (built == nullptr) return 1;
    if (built->package() == "hookd.v1") ours.push_back(built);
  }
  std::cout << "# API reference\n\n<!-- by tests/api_reference --write, from the comments of "
               "the protos -->\n\n"
            << "The package is `hookd.v1`. [README.md](README.md) has the conventions of the whole API.\n";
  for (const FileDescriptor* file : ours) {
    for (int i = 0; i < file->service_count(); ++i) WriteService(*file->service(i));
  }
  std::cout << "\n## Resources and messages\n";
  for (const FileDescriptor* file : ours) {
    if (file->service_count() > 0) continue;
    for (int i = 0; i < file->message_type_count(); ++i) WriteMessage(*file->message_type(i));
    for (int i = 0; i < file->enum_type_count(); ++i) WriteEnum(*file->enum_type(i));
  }
  return 0;
}
