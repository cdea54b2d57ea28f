// Writes the API reference as Markdown from the comments of a descriptor set, such as hookd.binpb. Run by
// tests/api_reference.
#include <google/protobuf/descriptor.h>

#include <iostream>
#include <string>
#include <vector>

#include "openapi/comments.h"
#include "openapi/descriptor_set.h"
#include "openapi/http_bindings.h"

namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using hookd::MarkdownComment;

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
            << MarkdownComment(message, "");
  const google::protobuf::OneofDescriptor* oneof = nullptr;
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    if (field.real_containing_oneof() != oneof) {
      oneof = field.real_containing_oneof();
      if (oneof != nullptr)
        std::cout << "\nOne of the following, `" << oneof->name() << "`:\n\n" << MarkdownComment(*oneof, "");
    }
    std::cout << "\n* **" << field.name() << "** = " << field.number() << ", " << Type(field) << "  \n"
              << MarkdownComment(field, "  ");
  }
  for (int i = 0; i < message.nested_type_count(); ++i) WriteMessage(*message.nested_type(i));
}

void WriteEnum(const EnumDescriptor& values) {
  std::cout << "\n### " << values.name() << "\n\n" << MarkdownComment(values, "");
  for (int i = 0; i < values.value_count(); ++i) {
    std::cout << "\n* **" << values.value(i)->name() << "** = " << values.value(i)->number() << "  \n"
              << MarkdownComment(*values.value(i), "  ");
  }
}

std::string HttpMapping(const MethodDescriptor& method) {
  const std::vector<hookd::HttpBinding> bindings = hookd::HttpBindings(method);
  if (bindings.empty()) return "no HTTP mapping";
  std::string mappings;
  for (const hookd::HttpBinding& binding : bindings) {
    mappings += (mappings.empty() ? "`" : ", `") + binding.verb + " " + binding.path + "`";
    if (binding.body == "*") {
      mappings += " with the request as its body";
    } else if (!binding.body.empty()) {
      mappings += " with `" + binding.body + "` as its body";
    }
  }
  return mappings;
}

void WriteService(const ServiceDescriptor& service) {
  std::cout << "\n## " << service.name() << "\n\n" << MarkdownComment(service, "");
  for (int i = 0; i < service.method_count(); ++i) {
    const MethodDescriptor& method = *service.method(i);
    std::cout << "\n### " << method.name() << "\n\n"
              << (method.client_streaming() ? "stream of " : "") << Link(method.input_type()->full_name())
              << " → " << (method.server_streaming() ? "stream of " : "")
              << Link(method.output_type()->full_name()) << "; " << HttpMapping(method) << "\n\n"
              << MarkdownComment(method, "");
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
  const std::vector<const FileDescriptor*> ours = hookd::BuildApi(files, pool);
  if (ours.empty()) return 1;
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
