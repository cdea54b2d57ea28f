// The permissions of a caller, which its token or certificate grants.
//
// A call that is not allowed gets the same error whether or not the resource exists: the decision uses only
// the request and looks up no resource. Thread-safe; no method blocks.
#ifndef HOOKD_API_CALLER_ACCESS_H_
#define HOOKD_API_CALLER_ACCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "access/tokens.h"
#include "api/caller.h"
#include "base/status_macros.h"
#include "hookd/v1/project_service.pb.h"
#include "hookd/v1/token_service.pb.h"

namespace hookd {

// How callers are authenticated. If `tokens` is null, they are not. Owns neither; both must outlive the
// calls.
struct Authentication {
  Tokens* tokens = nullptr;
  Clock* clock = nullptr;
};

class CallerAccess {
 public:
  // Allows everything, for servers that do not require tokens.
  CallerAccess() = default;

  // Authenticates a caller and, if a role is given, checks that it has the role in some project. Returns
  // UNAUTHENTICATED, PERMISSION_DENIED, or RESOURCE_EXHAUSTED if the token's rate limit is exceeded.
  static absl::StatusOr<CallerAccess> Admit(const Authentication& authentication, const Caller& caller,
                                            std::optional<Role> role);

  // Returns PERMISSION_DENIED unless the resource, `projects/{project}...`, is in a project of the token.
  // Returns OK for any other text, which validation refuses.
  absl::Status CheckResource(absl::string_view name) const;

  // The same for a project, by its id.
  absl::Status CheckProjectId(absl::string_view project) const;

  // Returns PERMISSION_DENIED unless the token is for all projects. For resources that belong to no project.
  absl::Status CheckAllProjects() const;

  // Returns the ids of the token's projects; nothing if it is for all of them. For lists across projects.
  std::optional<std::vector<std::string>> Projects() const;

  // Returns the key under which the caller's use of a bounded resource is counted (base/shares.h): its token,
  // or an empty string if tokens are not required.
  std::string Holder() const;

  // Returns the caller's token; nothing if tokens are not required.
  std::optional<Token> CurrentToken() const;

  // For streams: returns UNAUTHENTICATED once the token has expired or was deleted.
  absl::Status CheckStillValid() const;

 private:
  Clock* clock_ = nullptr;
  std::shared_ptr<Grant> grant_;  // null: everything is allowed
};

// Returns PERMISSION_DENIED unless the request's project is one of the token's projects. A request that
// belongs to no project requires a token for all projects, except ListProjects, which lists those of the
// token, and GetCurrentToken.
template <typename Request>
absl::Status CheckProject(const CallerAccess& access, const Request& request) {
  if constexpr (std::is_same_v<Request, v1::ListProjectsRequest> ||
                std::is_same_v<Request, v1::GetCurrentTokenRequest>) {
    return absl::OkStatus();
  } else if constexpr (requires { request.parent(), request.name(); }) {
    // One of the two is empty in a valid request. Both are checked, because validation comes later.
    HOOKD_RETURN_IF_ERROR(access.CheckResource(request.parent()));
    return access.CheckResource(request.name());
  } else if constexpr (requires { request.parent(); }) {
    return access.CheckResource(request.parent());
  } else if constexpr (requires { request.webhook().name(); }) {
    return access.CheckResource(request.webhook().name());
  } else if constexpr (requires { request.project().name(); }) {
    return access.CheckResource(request.project().name());
  } else if constexpr (requires { request.name(); }) {
    if (absl::StartsWith(request.name(), "tokens/")) return access.CheckAllProjects();
    return access.CheckResource(request.name());
  } else {
    return access.CheckAllProjects();
  }
}

}  // namespace hookd

#endif  // HOOKD_API_CALLER_ACCESS_H_
