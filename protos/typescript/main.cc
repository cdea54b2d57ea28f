// hookd_typescript DESCRIPTOR_SET: prints the TypeScript declarations of the API. Run by tests/console_types.
#include <google/protobuf/descriptor.h>

#include <iostream>

#include "openapi/descriptor_set.h"
#include "typescript/generator.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: hookd_typescript DESCRIPTOR_SET\n";
    return 2;
  }
  google::protobuf::DescriptorPool pool;
  const auto files = hookd::BuildApi(hookd::ReadDescriptorSet(argv[1]), pool);
  if (files.empty()) {
    std::cerr << argv[1] << " is not a descriptor set of the API\n";
    return 1;
  }
  std::cout << hookd::GenerateTypeScript(files);
  return 0;
}
