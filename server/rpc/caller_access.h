// Whether a caller may make a call: who it is by its token or certificate, and what that grants.
//
// What a caller may not do is answered alike whether or not what it names exists: it is judged by the request
// alone, before anything is looked up. Thread-safe; no state.
#ifndef HOOKD_RPC_CALLER_ACCESS_H_
#define HOOKD_RPC_CALLER_ACCESS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "access/tokens.h"
#include "grpcpp/security/auth_context.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace hookd {

// Who asks for tokens; `tokens` null for nobody. Both must outlive the calls.
struct Callers {
  Tokens* tokens = nullptr;
  Clock* clock = nullptr;
};

// The names of a caller's certificate that may stand for a token: its alternative names or, if it has none,
// its common name, unless that is an IP address (RFC 9525). None if the certificate was not verified.
std::vector<std::string> NamesOfCertificate(const grpc::AuthContext& auth);

class CallerAccess {
 public:
  // Everything is allowed: nobody asks for tokens.
  CallerAccess() = default;

  // Who calls, and whether the role, unless there is none, is granted at all. UNAUTHENTICATED,
  // PERMISSION_DENIED, or RESOURCE_EXHAUSTED with RetryInfo over the token's rate.
  static grpc::Status Admit(const Callers& callers, const grpc::ServerContextBase& context,
                            std::optional<Role> role, CallerAccess& access);

  // Whether a resource name, `projects/{project}...`, is in a project of the caller's. PERMISSION_DENIED; OK
  // for what is no such name, which is answered elsewhere.
  grpc::Status CheckResource(absl::string_view name) const;

  // The same of a project by its id.
  grpc::Status CheckProjectId(absl::string_view project) const;

  // The same of all projects at once, for what belongs to none.
  grpc::Status CheckAllProjects() const;

  // What a caller's share of something is counted by (base/shares.h): its token; empty where none is
  // required.
  std::string Holder() const;

  // UNAUTHENTICATED once the token is void, for calls that go on for long.
  grpc::Status CheckStillValid() const;

 private:
  Clock* clock_ = nullptr;
  std::shared_ptr<Grant> grant_;  // null: everything
};

// Whether what a request is about is in a project of the caller's; of what is in none, whether the caller has
// all of them.
template <typename Request>
grpc::Status CheckProject(const CallerAccess& access, const Request& request) {
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

#endif  // HOOKD_RPC_CALLER_ACCESS_H_
