// Makes the OpenAPI 3.1 document of the API from its descriptors and their comments.
//
// Thread-safe; no state.
#ifndef HOOKD_OPENAPI_GENERATOR_H_
#define HOOKD_OPENAPI_GENERATOR_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "openapi/json_maker.h"

namespace hookd {

// The document. `files` are those of package hookd.v1 with their comments; `version` is hookd's.
// INVALID_ARGUMENT if a method cannot be expressed.
absl::StatusOr<Json> GenerateOpenApi(const std::vector<const google::protobuf::FileDescriptor*>& files,
                                     const std::string& version, JsonMaker& json);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_GENERATOR_H_
