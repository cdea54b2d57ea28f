#include "api/handlers/token_service.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "api/conversion/common_fields.h"
#include "api/conversion/delivery_conversion.h"
#include "api/conversion/page.h"
#include "api/conversion/page_token.h"
#include "api/conversion/webhook_conversion.h"
#include "base/limits.h"
#include "base/secure_random.h"

namespace hookd {
namespace {

constexpr absl::string_view kCollection = "tokens/";
constexpr absl::string_view kProjects = "projects/";
constexpr char kAllProjects[] = "*";  // in the store; projects/- in the API
constexpr char kListTokens[] = "ListTokens";
constexpr size_t kSecretBytes = 32;

// The prefix makes a secret recognizable wherever it appears.
std::string NewSecret() {
  return absl::StrCat("hookd_", absl::WebSafeBase64Escape(SecureRandomBytes(kSecretBytes)));
}

std::string ReadTokenName(absl::string_view name, FieldViolations& violations) {
  if (absl::ConsumePrefix(&name, kCollection) && IsValidId(name)) return std::string(name);
  violations.Add("name", "must be tokens/{token}");
  return "";
}

void ReadProjects(const v1::Token& proto, Token& token, FieldViolations& violations) {
  if (proto.projects().empty() || proto.projects_size() > limits::kMaxTokenProjects) {
    violations.Add("token.projects", absl::StrCat("must be 1 to ", limits::kMaxTokenProjects,
                                                  " projects, not ", proto.projects_size()));
    return;
  }
  for (int i = 0; i < proto.projects_size(); ++i) {
    absl::string_view name = proto.projects(i);
    const bool all = name == "projects/-";
    if (all && proto.projects_size() == 1) {
      token.projects = {kAllProjects};
    } else if (!all && absl::ConsumePrefix(&name, kProjects) && IsValidId(name)) {
      token.projects.emplace_back(name);
    } else {
      violations.Add(absl::StrCat("token.projects[", i, "]"),
                     "must be projects/{project}, or projects/- alone for all of them");
    }
  }
}

void ReadRoles(const v1::Token& proto, Token& token, FieldViolations& violations) {
  if (proto.roles().empty()) violations.Add("token.roles", "must have at least one role");
  for (int i = 0; i < proto.roles_size(); ++i) {
    const int role = proto.roles(i);
    if (v1::Role_IsValid(role) && role != v1::ROLE_UNSPECIFIED) {
      token.roles.set(static_cast<size_t>(role));
    } else {
      violations.Add(absl::StrCat("token.roles[", i, "]"),
                     absl::StrCat(role, " is not a role: see hookd.v1.Role"));
    }
  }
}

Token ReadToken(const v1::Token& proto, absl::Time now, FieldViolations& violations) {
  Token token;
  if (proto.display_name().size() > limits::kMaxDisplayNameBytes) {
    violations.Add("token.display_name", absl::StrCat("must be at most ", limits::kMaxDisplayNameBytes,
                                                      " bytes, not ", proto.display_name().size()));
  }
  token.display_name = proto.display_name();
  ReadProjects(proto, token, violations);
  ReadRoles(proto, token, violations);
  if (proto.has_expire_time()) {
    token.expire_time = ReadTime(proto.expire_time(), "token.expire_time", violations);
    if (*token.expire_time <= now) violations.Add("token.expire_time", "must be in the future");
  }
  if (proto.has_rate_limit()) {
    token.rate_limit = ReadRateLimit(proto.rate_limit(), "token.rate_limit", violations);
  }
  if (proto.client_identity().size() > limits::kMaxClientIdentityBytes) {
    violations.Add("token.client_identity", absl::StrCat("must be at most ", limits::kMaxClientIdentityBytes,
                                                         " bytes, not ", proto.client_identity().size()));
  }
  token.client_identity = proto.client_identity();
  return token;
}

void TokenToProto(const Token& token, v1::Token& proto) {
  // A token of the tokens file has neither a name nor a time of creation.
  if (token.key != 0) {
    proto.set_name(absl::StrCat(kCollection, token.id));
    ToProto(token.create_time, *proto.mutable_create_time());
  }
  proto.set_display_name(token.display_name);
  for (const std::string& project : token.projects) {
    proto.add_projects(absl::StrCat(kProjects, project == kAllProjects ? "-" : project));
  }
  for (size_t role = 0; role < token.roles.size(); ++role) {
    if (token.roles[role]) proto.add_roles(static_cast<v1::Role>(role));
  }
  if (token.expire_time.has_value()) ToProto(*token.expire_time, *proto.mutable_expire_time());
  if (token.rate_limit.has_value()) {
    proto.mutable_rate_limit()->set_per_second(token.rate_limit->per_second);
    proto.mutable_rate_limit()->set_burst(token.rate_limit->burst);
  }
  proto.set_client_identity(token.client_identity);
  if (token.last_used_time.has_value()) ToProto(*token.last_used_time, *proto.mutable_last_used_time());
}

}  // namespace

void TokenService::CreateToken(const CallContext&, const v1::CreateTokenRequest& request,
                               Reply<v1::Token> reply) {
  FieldViolations violations;
  if (!request.has_token()) violations.Add("token", "is required");
  Token token = request.has_token() ? ReadToken(request.token(), clock_->Now(), violations) : Token();
  token.id = request.token_id();
  if (!token.id.empty() && !IsValidId(token.id)) violations.Add("token_id", kIdRule);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  const std::string secret = token.client_identity.empty() ? NewSecret() : "";
  if (!secret.empty()) token.secret_hash = HashSecret(secret);
  const std::string name = absl::StrCat(kCollection, token.id);
  tokens_->Create(std::move(token), [reply, secret, name](const absl::StatusOr<Token>& created) {
    if (!created.ok()) return reply.Fail(created.status(), name);
    v1::Token response;
    TokenToProto(*created, response);
    response.set_secret(secret);
    reply.Send(response);
  });
}

void TokenService::GetToken(const CallContext&, const v1::GetTokenRequest& request, Reply<v1::Token> reply) {
  FieldViolations violations;
  const std::string id = ReadTokenName(request.name(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  const auto token = tokens_->Get(id);
  if (!token.ok()) return reply.Fail(token.status(), request.name());
  v1::Token response;
  TokenToProto(*token, response);
  reply.Send(response);
}

void TokenService::GetCurrentToken(const CallContext& context, const v1::GetCurrentTokenRequest&,
                                   Reply<v1::Token> reply) {
  v1::Token response;
  if (const auto token = context.access.CurrentToken(); token.has_value()) {
    TokenToProto(*token, response);
  } else {
    response.add_projects(absl::StrCat(kProjects, "-"));
    response.add_roles(v1::ROLE_ADMIN);
  }
  reply.Send(response);
}

void TokenService::ListTokens(const CallContext&, const v1::ListTokensRequest& request,
                              Reply<v1::ListTokensResponse> reply) {
  FieldViolations violations;
  const int size = ReadPageSize(request.page_size(), violations);
  const auto after_id = ReadToken(kListTokens, request.page_token(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  v1::ListTokensResponse response;
  // One more than the page size shows whether there is another page.
  const auto found = tokens_->List(after_id.value_or(""), size + 1);
  const size_t count = FillPage(found.size(), size, *response.mutable_tokens(),
                                [&found](size_t i, v1::Token& proto) { TokenToProto(found[i], proto); });
  if (count < found.size()) {
    response.set_next_page_token(MakePageToken(kListTokens, found[count - 1].id));
  }
  reply.Send(response);
}

void TokenService::DeleteToken(const CallContext&, const v1::DeleteTokenRequest& request,
                               Reply<google::protobuf::Empty> reply) {
  FieldViolations violations;
  const std::string id = ReadTokenName(request.name(), violations);
  if (!violations.empty()) return reply.Fail(violations.ToStatus());
  tokens_->Delete(id, [reply, name = request.name()](const absl::Status& deleted) {
    if (!deleted.ok()) return reply.Fail(deleted, name);
    reply.Send(google::protobuf::Empty());
  });
}

}  // namespace hookd
