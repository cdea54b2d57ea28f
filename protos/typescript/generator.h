// Makes TypeScript declarations of the API's messages, as they are in JSON, from the descriptors and their
// comments.
//
// Thread-safe; no state.
#ifndef HOOKD_TYPESCRIPT_GENERATOR_H_
#define HOOKD_TYPESCRIPT_GENERATOR_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

namespace hookd {

// The text of types.d.ts: an interface for each message of the files and for each one that they refer to, and
// a union of strings for each enum. `files` are those of package hookd.v1 with their comments. Every member
// is optional, as hookd leaves out the default values of most fields, and a caller may.
std::string GenerateTypeScript(const std::vector<const google::protobuf::FileDescriptor*>& files);

}  // namespace hookd

#endif  // HOOKD_TYPESCRIPT_GENERATOR_H_
