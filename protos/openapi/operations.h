// The operations of an OpenAPI document: what each method of the API is over HTTP.
//
// Not thread-safe.
#ifndef HOOKD_OPENAPI_OPERATIONS_H_
#define HOOKD_OPENAPI_OPERATIONS_H_

#include <google/protobuf/descriptor.h>

#include <set>
#include <string>

#include "absl/status/status.h"
#include "openapi/http_bindings.h"
#include "openapi/json_maker.h"
#include "openapi/message_schemas.h"

namespace hookd {

class Operations {
 public:
  // Adds the schemas that the operations refer to to `schemas`. The maker and the definitions outlive this.
  Operations(JsonMaker& json, Definitions& schemas)
      : json_(json), schemas_(schemas), messages_(json, schemas) {}

  // Adds the operations of a method to `paths`, an object by path and HTTP method: one for each binding.
  // INVALID_ARGUMENT if a binding cannot be expressed.
  absl::Status Add(const google::protobuf::MethodDescriptor& method, Json& paths);

  // Adds an operation to `paths`. `verb` is in lower case. Requires: the path does not have it.
  void Add(const std::string& path, const std::string& verb, Json operation, Json& paths);

 private:
  Json Parameters(const google::protobuf::MethodDescriptor& method, const HttpBinding& binding,
                  const ExpandedPath& path);
  void AddQueryParameters(const google::protobuf::Descriptor& message, const std::string& prefix,
                          const std::set<std::string>& left_out, int depth, Json& parameters);
  // `name` is that of the schema of a body that has all fields but those left out.
  Json RequestBody(const google::protobuf::MethodDescriptor& method, const HttpBinding& binding,
                   const std::string& name, const std::set<std::string>& left_out);
  Json Responses(const google::protobuf::MethodDescriptor& method, bool with_body);
  Json StreamContent(const google::protobuf::MethodDescriptor& method);

  JsonMaker& json_;
  Definitions& schemas_;
  MessageSchemas messages_;
};

}  // namespace hookd

#endif  // HOOKD_OPENAPI_OPERATIONS_H_
