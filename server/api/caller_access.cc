#include "api/caller_access.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

constexpr absl::string_view kScheme = "bearer ";

// The bearer token's secret (RFC 6750); empty if the header has another form.
absl::string_view SecretOf(absl::string_view authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return "";
  return absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
}

// The grant of the first of the certificate's names that stands for a token; null if there is none.
std::shared_ptr<Grant> GrantOfCertificate(Tokens& tokens, const Caller& caller) {
  for (const std::string& name : caller.Identities()) {
    if (auto grant = tokens.FindByIdentity(name)) return grant;
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<CallerAccess> CallerAccess::Admit(const Authentication& authentication, const Caller& caller,
                                                 std::optional<Role> role) {
  CallerAccess access;
  Tokens* const tokens = authentication.tokens;
  if (tokens == nullptr || !tokens->required()) return access;
  access.clock_ = authentication.clock;
  const absl::string_view secret = SecretOf(caller.Authorization());
  access.grant_ = secret.empty() ? GrantOfCertificate(*tokens, caller) : tokens->FindBySecret(secret);
  if (access.grant_ == nullptr) {
    return absl::UnauthenticatedError(
        secret.empty() ? "a token is needed: send it as metadata, authorization: Bearer <secret>"
                       : "the token is unknown, expired or deleted");
  }
  if (!access.grant_->TakeTurn(authentication.clock->Steady())) {
    return absl::ResourceExhaustedError("the token's rate of requests is used up: slow down");
  }
  if (role.has_value() && !access.grant_->has_role(*role)) {
    return absl::PermissionDeniedError("the token does not grant this method");
  }
  return access;
}

absl::Status CallerAccess::CheckResource(absl::string_view name) const {
  if (grant_ == nullptr || !absl::ConsumePrefix(&name, "projects/")) return absl::OkStatus();
  return CheckProjectId(name.substr(0, name.find('/')));
}

absl::Status CallerAccess::CheckProjectId(absl::string_view project) const {
  if (grant_ == nullptr || grant_->has_project(project)) return absl::OkStatus();
  return absl::PermissionDeniedError("the token does not grant anything in this project");
}

absl::Status CallerAccess::CheckAllProjects() const {
  if (grant_ == nullptr || grant_->has_all_projects()) return absl::OkStatus();
  return absl::PermissionDeniedError("the token does not grant this in all projects");
}

std::string CallerAccess::Holder() const {
  if (grant_ == nullptr) return "";
  const Token& token = grant_->token();
  // Tokens of the bootstrap file have no id.
  return token.id.empty() ? absl::StrCat("hash/", token.secret_hash) : absl::StrCat("tokens/", token.id);
}

absl::Status CallerAccess::CheckStillValid() const {
  if (grant_ == nullptr || grant_->valid(clock_->Now())) return absl::OkStatus();
  return absl::UnauthenticatedError("the token has expired or was deleted");
}

}  // namespace hookd
