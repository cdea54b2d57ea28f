// A route: one google.api.http binding of a method of the API.
//
// Immutable and so thread-safe. Refers to descriptors, which must outlive it.
#ifndef HOOKD_WEB_ROUTES_ROUTE_H_
#define HOOKD_WEB_ROUTES_ROUTE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "web/routes/path_template.h"

namespace hookd {

struct Route {
  const google::protobuf::MethodDescriptor* method;
  size_t method_index;      // of the method in the list that the router was created from
  std::string http_method;  // such as GET; "*" for all but OPTIONS
  PathTemplate path;        // its variables are singular fields of the request that are no messages
  // What of the request the body is: nothing if it is empty, "*" for all that the path does not have, or the
  // name of a field, which body_field is; otherwise that is null.
  std::string body;
  const google::protobuf::FieldDescriptor* body_field;
  // The field of the response that is the response's body; null if it is all of the response.
  const google::protobuf::FieldDescriptor* response_body_field;
};

// Returns the routes of a method: of its google.api.http rule and the rule's additional bindings. Returns
// none if it has no rule, and INVALID_ARGUMENT, with the method's name, if the rule breaks the rules of
// google/api/http.proto or the method is a stream of requests.
absl::StatusOr<std::vector<Route>> RoutesOf(const google::protobuf::MethodDescriptor& method,
                                            size_t method_index);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_ROUTE_H_
