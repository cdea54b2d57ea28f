#include "api/caller_access.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace hookd {
namespace {

constexpr absl::string_view kScheme = "bearer ";

// Returns the secret of a bearer token (RFC 6750); empty if the header has another form.
absl::string_view SecretOf(absl::string_view authorization) {
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return "";
  return absl::StripAsciiWhitespace(authorization.substr(kScheme.size()));
}

// Returns the grant of the first name in the certificate that identifies a token; null if none does.
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
        secret.empty()
            ? "a token is required: send it in the metadata or header authorization: Bearer <secret>"
            : "the token is unknown, expired or deleted");
  }
  if (!access.grant_->TakeTurn(authentication.clock->Steady())) {
    return absl::ResourceExhaustedError("the token's rate limit is exceeded: try again later");
  }
  if (role.has_value() && !access.grant_->has_role(*role)) {
    return absl::PermissionDeniedError("the token has no role that allows this method");
  }
  return access;
}

absl::Status CallerAccess::CheckResource(absl::string_view name) const {
  if (grant_ == nullptr || !absl::ConsumePrefix(&name, "projects/")) return absl::OkStatus();
  return CheckProjectId(name.substr(0, name.find('/')));
}

absl::Status CallerAccess::CheckProjectId(absl::string_view project) const {
  if (grant_ == nullptr || grant_->has_project(project)) return absl::OkStatus();
  return absl::PermissionDeniedError("the token does not allow access to this project");
}

absl::Status CallerAccess::CheckAllProjects() const {
  if (grant_ == nullptr || grant_->has_all_projects()) return absl::OkStatus();
  return absl::PermissionDeniedError("this method requires a token for all projects");
}

std::optional<std::vector<std::string>> CallerAccess::Projects() const {
  if (grant_ == nullptr || grant_->has_all_projects()) return std::nullopt;
  return grant_->token().projects;
}

std::optional<Token> CallerAccess::CurrentToken() const {
  if (grant_ == nullptr) return std::nullopt;
  return grant_->Shown();
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
