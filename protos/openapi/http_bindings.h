// How methods are mapped to HTTP: the google.api.http rules of their descriptors.
//
// Thread-safe; no state.
#ifndef HOOKD_OPENAPI_HTTP_BINDINGS_H_
#define HOOKD_OPENAPI_HTTP_BINDINGS_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd {

// A rule, such as `POST /v1/{parent=projects/*}/events:emit` with the request as its body.
struct HttpBinding {
  std::string verb;  // such as GET
  std::string path;  // the template
  std::string body;  // the name of the field that is the body, * for the whole request, or empty
};

// The rule of the method, and then its additional bindings. Empty if it has none.
std::vector<HttpBinding> HttpBindings(const google::protobuf::MethodDescriptor& method);

// A template without patterns: `/v1/{name=projects/*/webhooks/*}` is
// `/v1/projects/{project}/webhooks/{webhook}`.
struct ExpandedPath {
  struct Parameter {
    std::string name;        // such as `webhook`
    std::string collection;  // such as `webhooks`
  };
  std::string path;
  std::vector<Parameter> parameters;
  std::vector<std::string> fields;  // the fields of the request that the path gives, such as `webhook.name`
};

// INVALID_ARGUMENT if the template has another form than those of the API: every `*` follows the name of its
// collection, and there is no `**`.
absl::StatusOr<ExpandedPath> ExpandPath(absl::string_view path);

}  // namespace hookd

#endif  // HOOKD_OPENAPI_HTTP_BINDINGS_H_
