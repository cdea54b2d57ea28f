// What a caller may do: who it is, by its token or certificate, and what that grants.
//
// A call that is not allowed gets the same answer whether or not what it names exists: the decision uses the
// request alone and looks nothing up. Thread-safe; no state.
#ifndef HOOKD_API_CALLER_ACCESS_H_
#define HOOKD_API_CALLER_ACCESS_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "access/tokens.h"
#include "api/caller.h"

namespace hookd {

// How callers are authenticated; `tokens` null: not at all. Neither is owned; both must outlive the calls.
struct Authentication {
  Tokens* tokens = nullptr;
  Clock* clock = nullptr;
};

class CallerAccess {
 public:
  // Everything is allowed: tokens are not required.
  CallerAccess() = default;

  // Authenticates a caller and checks that it has the role in some project; without a role, that alone.
  // UNAUTHENTICATED, PERMISSION_DENIED, or RESOURCE_EXHAUSTED above the token's rate.
  static absl::StatusOr<CallerAccess> Admit(const Authentication& authentication, const Caller& caller,
                                            std::optional<Role> role);

  // PERMISSION_DENIED unless the resource, `projects/{project}...`, is in a project of the token's. OK for
  // any other text, which validation refuses.
  absl::Status CheckResource(absl::string_view name) const;

  // The same for a project by its id.
  absl::Status CheckProjectId(absl::string_view project) const;

  // PERMISSION_DENIED unless the token is for all projects: for what belongs to no project.
  absl::Status CheckAllProjects() const;

  // The key under which the caller's use of a bounded resource is counted (base/shares.h): its token; empty
  // where tokens are not required.
  std::string Holder() const;

  // UNAUTHENTICATED once the token has expired or was deleted, for streams.
  absl::Status CheckStillValid() const;

 private:
  Clock* clock_ = nullptr;
  std::shared_ptr<Grant> grant_;  // null: everything is allowed
};

// Whether the request is about a project of the token's; a request that belongs to no project needs all of
// them.
template <typename Request>
absl::Status CheckProject(const CallerAccess& access, const Request& request) {
  if constexpr (requires { request.parent(); }) {
    return access.CheckResource(request.parent());
  } else if constexpr (requires { request.webhook().name(); }) {
    return access.CheckResource(request.webhook().name());
  } else if constexpr (requires { request.name(); }) {
    if (absl::StartsWith(request.name(), "tokens/")) return access.CheckAllProjects();
    return access.CheckResource(request.name());
  } else {
    return access.CheckAllProjects();
  }
}

}  // namespace hookd

#endif  // HOOKD_API_CALLER_ACCESS_H_
