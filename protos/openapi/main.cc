// hookd_openapi DESCRIPTOR_SET VERSION FOLDER: writes the API as OpenAPI (openapi.json), the JSON Schemas of
// the payloads (schemas/<type>.json), and openapi_document.cc, which has the former as a string. Run by the
// build.
#include <google/protobuf/descriptor.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include "openapi/descriptor_set.h"
#include "openapi/documented_payloads.h"
#include "openapi/generator.h"
#include "openapi/payload_schemas.h"

namespace {

bool Write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text << std::flush;
  if (!file) std::cerr << "cannot write " << path << "\n";
  return static_cast<bool>(file);
}

// The document as a raw string. Empty if it has the end of such a string.
std::string AsSource(const std::string& document) {
  if (document.find(")openapi\"") != std::string::npos) return "";
  return "#include \"openapi/openapi_document.h\"\n\nnamespace hookd {\n\nabsl::string_view "
         "OpenApiDocument() {\n  return R\"openapi(" +
         document + ")openapi\";\n}\n\n}  // namespace hookd\n";
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: hookd_openapi DESCRIPTOR_SET VERSION FOLDER\n";
    return 2;
  }
  google::protobuf::DescriptorPool pool;
  const auto files = hookd::BuildApi(hookd::ReadDescriptorSet(argv[1]), pool);
  if (files.empty()) {
    std::cerr << argv[1] << " is not a descriptor set of the API\n";
    return 1;
  }
  hookd::JsonMaker json;
  const auto document = hookd::GenerateOpenApi(files, argv[2], json);
  if (!document.ok()) {
    std::cerr << document.status() << "\n";
    return 1;
  }
  const std::filesystem::path folder = argv[3];
  std::filesystem::create_directories(folder / "schemas");
  const std::string source = AsSource(hookd::CompactJson(*document));
  if (source.empty()) {
    std::cerr << "the document contains )openapi\", which ends a raw string\n";
    return 1;
  }
  bool written = Write(folder / "openapi.json", hookd::IndentedJson(*document)) &&
                 Write(folder / "openapi_document.cc", source);
  for (const auto* type : hookd::EventTypes(files)) {
    written = written && Write(folder / "schemas" / (type->name() + ".json"),
                               hookd::IndentedJson(hookd::PayloadSchemaFile(*type, json)));
  }
  return written ? 0 : 1;
}
