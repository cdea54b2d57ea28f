// Finds the method of the API for a request, by the google.api.http rules of the methods.
//
// Immutable and so thread-safe; does not block. The descriptors must outlive the router.
#ifndef HOOKD_WEB_ROUTES_ROUTER_H_
#define HOOKD_WEB_ROUTES_ROUTER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/method.h"
#include "google/protobuf/descriptor.h"
#include "web/routes/http_status.h"
#include "web/routes/path_template.h"
#include "web/routes/route.h"

namespace hookd {

// What the router knows of a request. Exactly one of `route`, `allow` and `error` is set.
struct RouteMatch {
  const Route* route = nullptr;         // owned by the router
  std::vector<PathVariable> variables;  // of the route's path
  std::string allow;                    // the answer to OPTIONS: the methods of the path, for `Allow`
  std::optional<HttpError> error;       // 400, 404, 405 (with `Allow`) or 414
};

class Router {
 public:
  // Creates the routes of every method that has a rule. Returns INVALID_ARGUMENT, with the method's name, if
  // a rule is invalid or two routes match the same requests.
  static absl::StatusOr<std::unique_ptr<Router>> Create(
      const std::vector<const google::protobuf::MethodDescriptor*>& methods);
  // Does so for Api::methods(); Route::method_index is an index of it.
  static absl::StatusOr<std::unique_ptr<Router>> Create(const std::vector<Method>& methods);

  // Finds the route of a request. `path` is the target without its query, as sent.
  //
  // * Of several templates, the more specific one wins: from left to right, a literal before * before **. A
  //   template that does not have the HTTP method is passed over.
  // * If what follows the last ":" is a verb of a matching template, only templates with this verb count:
  //   POST is the one method of ".../webhooks/w:test". An id with a colon is written with %3A.
  // * HEAD is GET where it has no route of its own. OPTIONS, without a route of its own, sets `allow`.
  RouteMatch Match(absl::string_view http_method, absl::string_view path) const;

  const std::vector<std::unique_ptr<Route>>& routes() const { return routes_; }

 private:
  // The routes whose templates match the same paths, one for each HTTP method.
  using Routes = absl::InlinedVector<const Route*, 4>;
  // The templates with the same verb; the more specific ones first.
  struct Table {
    std::vector<std::vector<Routes>> by_size;  // by the number of segments
    std::vector<Routes> open_ended;
  };
  using Candidates = absl::InlinedVector<const Routes*, 4>;

  Router() = default;

  absl::Status Add(Route route);
  void Sort();
  void Collect(absl::string_view verb, const RequestPath& path, Candidates* found) const;
  static const Route* Find(const Candidates& candidates, absl::string_view http_method);
  static std::string Allow(const Candidates& candidates);

  std::vector<std::unique_ptr<Route>> routes_;
  absl::flat_hash_map<std::string, Table> tables_;  // by verb; "" for templates without one
};

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_ROUTER_H_
