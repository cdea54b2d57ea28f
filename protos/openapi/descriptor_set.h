// Reads a descriptor set, as protoc writes it.
#ifndef HOOKD_OPENAPI_DESCRIPTOR_SET_H_
#define HOOKD_OPENAPI_DESCRIPTOR_SET_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <fstream>
#include <string>
#include <vector>

namespace hookd {

// Empty if the file is missing or is no descriptor set.
inline google::protobuf::FileDescriptorSet ReadDescriptorSet(const std::string& path) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream in(path, std::ios::binary);
  if (!files.ParseFromIstream(&in)) files.Clear();
  return files;
}

// Adds the files to the pool and returns those of package hookd.v1, in the order of the set. Empty if a file
// is not valid, or if there is none.
inline std::vector<const google::protobuf::FileDescriptor*> BuildApi(
    const google::protobuf::FileDescriptorSet& files, google::protobuf::DescriptorPool& pool) {
  std::vector<const google::protobuf::FileDescriptor*> api;
  for (const auto& file : files.file()) {
    const google::protobuf::FileDescriptor* built = pool.BuildFile(file);
    if (built == nullptr) return {};
    if (built->package() == "hookd.v1") api.push_back(built);
  }
  return api;
}

}  // namespace hookd

#endif  // HOOKD_OPENAPI_DESCRIPTOR_SET_H_
