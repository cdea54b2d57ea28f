#include "rpc/caller_access.h"

#include <arpa/inet.h>

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
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
  if (auth == nullptr) return nullptr;
  for (const std::string& name : NamesOfCertificate(*auth)) {
    if (auto grant = tokens.FindByIdentity(name)) return grant;
  }
  return nullptr;
}

bool IsIpAddress(const std::string& name) {
  in6_addr address;
  return inet_pton(AF_INET, name.c_str(), &address) == 1 || inet_pton(AF_INET6, name.c_str(), &address) == 1;
}

}  // namespace

std::vector<std::string> NamesOfCertificate(const grpc::AuthContext& auth) {
  std::vector<std::string> names;
  if (!auth.IsPeerAuthenticated()) return names;
  for (const grpc::string_ref& name : auth.FindPropertyValues("x509_subject_alternative_name")) {
    names.emplace_back(name.data(), name.size());
  }
  if (!names.empty()) return names;
  for (const grpc::string_ref& name : auth.FindPropertyValues("x509_common_name")) {
    std::string text(name.data(), name.size());
    if (!IsIpAddress(text)) names.push_back(std::move(text));
  }
  return names;
}

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

std::string CallerAccess::Holder() const {
  if (grant_ == nullptr) return "";
  const Token& token = grant_->token();
  // Those of the file have no id.
  return token.id.empty() ? absl::StrCat("hash/", token.secret_hash) : absl::StrCat("tokens/", token.id);
}

grpc::Status CallerAccess::CheckStillValid() const {
  if (grant_ == nullptr || grant_->valid(clock_->Now())) return grpc::Status::OK;
  return ToGrpc(absl::UnauthenticatedError("the token has expired or was deleted"));
}

}  // namespace hookd
