// Reads a descriptor set, as protoc writes it.
#ifndef HOOKD_TESTS_PROTOS_DESCRIPTOR_SET_H_
#define HOOKD_TESTS_PROTOS_DESCRIPTOR_SET_H_

#include <google/protobuf/descriptor.pb.h>

#include <fstream>
#include <string>

namespace hookd {

// Empty if the file is missing or is none.
inline google::protobuf::FileDescriptorSet ReadDescriptorSet(const std::string& path) {
  google::protobuf::FileDescriptorSet files;
  std::ifstream in(path, std::ios::binary);
  if (!files.ParseFromIstream(&in)) files.Clear();
  return files;
}

}  // namespace hookd

#endif  // HOOKD_TESTS_PROTOS_DESCRIPTOR_SET_H_
