// hookctl tokens: manages API tokens.
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "hookctl/commands.h"
#include "hookctl/listing.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

std::string RolesText(const v1::Token& token) {
  return absl::StrJoin(token.roles(), ",", [](std::string* out, int role) {
    absl::StrAppend(out, RoleName(static_cast<v1::Role>(role)));
  });
}

std::string ProjectsText(const v1::Token& token) {
  return absl::StrJoin(token.projects(), ",", [](std::string* out, const std::string& name) {
    absl::StrAppend(out, name == "projects/-" ? "all" : IdOf(name));
  });
}

std::string TokenName(const std::string& text) {
  return absl::StartsWith(text, "tokens/") ? text : absl::StrCat("tokens/", text);
}

int Show(const Session& session, const grpc::Status& status, const v1::Token& token) {
  if (!status.ok()) return session.Fail(status);
  if (session.json) {
    session.terminal.out << ToJson(token);
    return kOk;
  }
  PrintFields(session.terminal.out, {{"Name", token.name()},
                                     {"Display name", token.display_name()},
                                     {"Projects", ProjectsText(token)},
                                     {"Roles", RolesText(token)},
                                     {"Identity", token.client_identity()},
                                     {"Rate limit", RateLimitText(token.rate_limit())},
                                     {"Expires", TimeText(token.expire_time(), true)},
                                     {"Created", TimeText(token.create_time(), true)},
                                     {"Last used", TimeText(token.last_used_time())},
                                     {"Secret", token.secret()}});
  if (!token.secret().empty()) {
    session.Note(
        "The secret is not shown again. Clients send it as `authorization: Bearer <secret>`; hookctl reads "
        "it from "
        "HOOKD_TOKEN.");
  }
  return kOk;
}

void AddCreate(CLI::App& tokens, Session& session) {
  auto* command = tokens.add_subcommand("create", "Create a token; its secret is shown once");
  struct Flags {
    std::string id, display_name, expires_in, rate_limit, client_identity;
    std::vector<std::string> roles, projects;
  };
  auto flags = std::make_shared<Flags>();
  command->add_option("--roles", flags->roles, "Roles: emit, read, manage, admin")
      ->required()
      ->delimiter(',')
      ->check(CLI::IsMember({"emit", "read", "manage", "admin"}));
  command->add_option("--projects", flags->projects, "Projects it gives access to, or all [--project]")
      ->delimiter(',');
  command->add_option("--id", flags->id,
                      "Id: 1 to 63 lower-case letters, digits and hyphens; default: generated");
  command->add_option("--display-name", flags->display_name, "Name for people");
  TakesDuration(command->add_option("--expires-in", flags->expires_in, "Lifetime; default: unlimited"));
  TakesRateLimit(
      command->add_option("--rate-limit", flags->rate_limit, "Maximum requests per second, and the burst"));
  command->add_option("--client-identity", flags->client_identity,
                      "Name in a client certificate that authenticates it instead of a secret");
  SetFooter(*command,
            "Examples:\n"
            "  hookctl tokens create --id shop-backend --roles emit --projects shop\n"
            "  hookctl tokens create --id on-call --roles manage --projects all --expires-in 12h");
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      v1::CreateTokenRequest request;
      request.set_token_id(flags->id);
      v1::Token& wanted = *request.mutable_token();
      wanted.set_display_name(flags->display_name);
      for (const std::string& role : flags->roles) wanted.add_roles(*ParseRole(role));
      for (const std::string& project : flags->projects) {
        wanted.add_projects(absl::StrCat("projects/", project == "all" ? "-" : project));
      }
      if (flags->projects.empty()) wanted.add_projects(session.Parent());
      if (!flags->expires_in.empty()) {
        *wanted.mutable_expire_time() = ToTimestamp(absl::Now() + *ParseDuration(flags->expires_in));
      }
      if (!flags->rate_limit.empty()) *wanted.mutable_rate_limit() = *ParseRateLimit(flags->rate_limit);
      wanted.set_client_identity(flags->client_identity);
      v1::Token token;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().tokens().CreateToken(context, request, &token);
      });
      return Show(session, status, token);
    };
  });
}

void AddGet(CLI::App& tokens, Session& session) {
  auto* command = tokens.add_subcommand("get", "Show one token, without its secret");
  auto id = std::make_shared<std::string>();
  command->add_option("TOKEN", *id, "Id of the token")->required()->type_name("");
  command->callback([&session, id] {
    session.command = [&session, id] {
      v1::GetTokenRequest request;
      request.set_name(TokenName(*id));
      v1::Token token;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().tokens().GetToken(context, request, &token);
      });
      return Show(session, status, token);
    };
  });
}

int List(Session& session, const PageOptions& options) {
  return ShowList<v1::ListTokensRequest, v1::ListTokensResponse, v1::Token>(
      session, {}, options,
      {.call = [&](auto* context, const auto& request,
                   auto* page) { return session.client().tokens().ListTokens(context, request, page); },
       .items = [](auto* page) { return page->mutable_tokens(); },
       .none = "No tokens.",
       .headings = {"ID", "NAME", "PROJECTS", "ROLES", "EXPIRES", "LAST USED"},
       .cells = [](const v1::Token& token) -> std::vector<std::string> {
         return {IdOf(token.name()), token.display_name(),          ProjectsText(token),
                 RolesText(token),   TimeText(token.expire_time()), TimeText(token.last_used_time())};
       }});
}

void AddList(CLI::App& tokens, Session& session) {
  auto* command = tokens.add_subcommand("list", "List the tokens, by id");
  auto options = std::make_shared<PageOptions>();
  AddPageOptions(*command, *options);
  command->callback(
      [&session, options] { session.command = [&session, options] { return List(session, *options); }; });
}

void AddRevoke(CLI::App& tokens, Session& session) {
  auto* command = tokens.add_subcommand("revoke", "Delete a token; it becomes invalid at once");
  auto id = std::make_shared<std::string>();
  command->add_option("TOKEN", *id, "Id of the token")->required()->type_name("");
  command->callback([&session, id] {
    session.command = [&session, id]() -> int {
      v1::DeleteTokenRequest request;
      request.set_name(TokenName(*id));
      google::protobuf::Empty nothing;
      const auto status = session.Call([&](grpc::ClientContext* context) {
        return session.client().tokens().DeleteToken(context, request, &nothing);
      });
      if (!status.ok()) return session.Fail(status);
      if (session.json) {
        session.terminal.out << "{}\n";
      } else {
        session.terminal.out << "Revoked " << Printable(request.name()) << "\n";
      }
      return kOk;
    };
  });
}

}  // namespace

void AddTokens(CLI::App& app, Session& session) {
  auto* tokens = app.add_subcommand("tokens", "Manage API tokens");
  tokens->require_subcommand(1);
  AddCreate(*tokens, session);
  AddList(*tokens, session);
  AddGet(*tokens, session);
  AddRevoke(*tokens, session);
}

}  // namespace hookctl
