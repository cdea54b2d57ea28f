#include "rpc/caller_access.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "grpcpp/security/auth_context.h"
#include "rpc/status.h"

namespace hookd {
namespace {

constexpr absl::string_view kScheme = "bearer ";

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

// The bearer's secret; empty if the metadata have none, or not one alone.
absl::string_view SecretOf(const grpc::ServerContextBase& context) {
  const auto range = context.client_metadata().equal_range("authorization");
  if (range.first == range.second || std::next(range.first) != range.second) return "";
  absl::string_view value = View(range.first->second);
  if (!absl::StartsWithIgnoreCase(value, kScheme)) return "";
  return absl::StripAsciiWhitespace(value.substr(kScheme.size()));
}

// What the first of the certificate's names grants that stands for a token.
std::shared_ptr<Grant> GrantOfCertificate(Tokens& tokens, const grpc::ServerContextBase& context) {
  const auto auth = context.auth_context();
  if (auth == nullptr || !auth->IsPeerAuthenticated()) return nullptr;
  for (const char* property : {"x509_subject_alternative_name", "x509_common_name"}) {
    for (const grpc::string_ref& name : auth->FindPropertyValues(property)) {
      if (auto grant = tokens.FindByIdentity(View(name))) return grant;
    }
  }
  return nullptr;
}

}  // namespace

grpc::Status CallerAccess::Admit(const Callers& callers, const grpc::ServerContextBase& context,
                                 std::optional<Role> role, CallerAccess& access) {
  Tokens* const tokens = callers.tokens;
  if (tokens == nullptr || !tokens->required()) return grpc::Status::OK;
  access.clock_ = callers.clock;
  const absl::string_view secret = SecretOf(context);
  access.grant_ = secret.empty() ? GrantOfCertificate(*tokens, context) : tokens->FindBySecret(secret);
  if (access.grant_ == nullptr) {
    return ToGrpc(absl::UnauthenticatedError(
        secret.empty() ? "a token is needed: send it as metadata, authorization: Bearer <secret>"
                       : "the token is unknown, expired or deleted"));
  }
  if (!access.grant_->TakeTurn(callers.clock->Steady())) {
    return ToGrpc(absl::ResourceExhaustedError("the token's rate of requests is used up: slow down"));
  }
  if (role.has_value() && !access.grant_->has_role(*role)) {
    return ToGrpc(absl::PermissionDeniedError("the token does not grant this method"));
  }
  return grpc::Status::OK;
}

grpc::Status CallerAccess::CheckResource(absl::string_view name) const {
  if (grant_ == nullptr || !absl::ConsumePrefix(&name, "projects/")) return grpc::Status::OK;
  return CheckProjectId(name.substr(0, name.find('/')));
}

grpc::Status CallerAccess::CheckProjectId(absl::string_view project) const {
  if (grant_ == nullptr || grant_->has_project(project)) return grpc::Status::OK;
  return ToGrpc(absl::PermissionDeniedError("the token does not grant anything in this project"));
}

grpc::Status CallerAccess::CheckAllProjects() const {
  if (grant_ == nullptr || grant_->has_all_projects()) return grpc::Status::OK;
  return ToGrpc(absl::PermissionDeniedError("the token does not grant this in all projects"));
}

grpc::Status CallerAccess::CheckStillValid() const {
  if (grant_ == nullptr || grant_->valid(clock_->Now())) return grpc::Status::OK;
  return ToGrpc(absl::UnauthenticatedError("the token has expired or was deleted"));
}

}  // namespace hookd
