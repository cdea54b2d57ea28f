// hookctl console: the address of hookd's web console, as a link that signs in if hookd requires tokens.
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/time_util.h"
#include "hookctl/browser.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"
#include "hookctl/server_address.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

struct ConsoleFlags {
  std::string url;
  std::vector<std::string> roles = {"manage"};
  std::string expires_in = "1h";
  bool no_open = false;
};

// The console's address, with a slash at its end.
std::string UrlOf(Session& session, const ConsoleFlags& flags) {
  const std::string given = flags.url.empty() ? session.console_url : flags.url;
  if (!given.empty()) return absl::StrCat(given, absl::EndsWith(given, "/") ? "" : "/");
  const std::string url = DefaultConsoleUrl(session.server, session.UsesTls());
  session.Note(absl::StrCat("Assumed that HTTP has its default port: ", url,
                            ". If it has another one, give --url, HOOKD_CONSOLE_URL, or hookctl config set "
                            "--console-url."));
  return url;
}

// Prints the link alone on stdout, so that a script can use it.
void PrintLink(const Session& session, const std::string& link, const v1::Token* token) {
  if (!session.json) {
    session.terminal.out << link << "\n";
    return;
  }
  google::protobuf::Struct object;
  auto& fields = *object.mutable_fields();
  fields["url"].set_string_value(link);
  if (token != nullptr) {
    fields["token"].set_string_value(token->name());
    fields["expire_time"].set_string_value(google::protobuf::util::TimeUtil::ToString(token->expire_time()));
  }
  session.terminal.out << ToJson(object);
}

// The address alone, for a hookd that requires no tokens.
int ShowAddress(Session& session, const ConsoleFlags& flags) {
  v1::ListWebhooksRequest request;
  request.set_parent(session.Parent());
  request.set_page_size(1);
  v1::ListWebhooksResponse response;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().webhooks().ListWebhooks(context, request, &response);
  });
  if (!status.ok()) return session.Fail(status);
  std::string link = UrlOf(session, flags);
  if (session.project != "default") absl::StrAppend(&link, "#/projects/", session.project, "/webhooks");
  PrintLink(session, link, nullptr);
  const bool open = session.terminal.width > 0 && !session.json && !flags.no_open;
  if (open && OpenInBrowser(link)) session.Note("Opened in your browser.");
  return kOk;
}

// A link with a token. It is printed, and no browser is opened: a browser gets its link on a command line,
// which other users of the machine can read. A file that redirects to the link would have to stay until the
// browser has read it, and browsers in a sandbox (snap, flatpak) can read no such file.
int ShowSignInLink(Session& session, const ConsoleFlags& flags) {
  v1::CreateTokenRequest request;
  v1::Token& wanted = *request.mutable_token();
  wanted.set_display_name("hookctl console");
  for (const std::string& role : flags.roles) wanted.add_roles(*ParseRole(role));
  wanted.add_projects(session.Parent());
  *wanted.mutable_expire_time() = ToTimestamp(absl::Now() + *ParseDuration(flags.expires_in));
  v1::Token token;
  const auto status = session.Call([&](grpc::ClientContext* context) {
    return session.client().tokens().CreateToken(context, request, &token);
  });
  if (!status.ok()) {
    const int code = session.Fail(status);
    if (status.error_code() == grpc::StatusCode::PERMISSION_DENIED) {
      session.Note(absl::StrCat("To create a token for the link, yours needs the role admin in ",
                                Printable(session.Parent()), ". You can sign in with your own token at ",
                                UrlOf(session, flags)));
    }
    return code;
  }
  // A fragment is not sent to any server. Secrets, roles and ids of projects have no character that a URL
  // would have to escape.
  const std::string link =
      absl::StrCat(UrlOf(session, flags), "#token=", token.secret(), "&project=", session.project);
  PrintLink(session, link, &token);
  session.Note(absl::StrCat("Open this link in a browser. It signs in to project ", session.project,
                            " with the role ", absl::StrJoin(flags.roles, ", "), " until ",
                            TimeText(token.expire_time()), ": keep it secret. To revoke it: hookctl tokens ",
                            "revoke ", IdOf(token.name())));
  return kOk;
}

}  // namespace

void AddConsole(CLI::App& app, Session& session) {
  auto* command =
      app.add_subcommand("console", "Print the address of the web console, and a token for it if needed");
  auto flags = std::make_shared<ConsoleFlags>();
  command
      ->add_option("--url", flags->url,
                   "Address of the console [port 50080 of --server, or the context's console_url]")
      ->type_name("URL")
      ->envname("HOOKD_CONSOLE_URL")
      ->check([](const std::string& text) { return CheckConsoleUrl(text); });
  command->add_option("--role", flags->roles, "Roles of the token: emit, read, manage, admin")
      ->delimiter(',')
      ->check(CLI::IsMember({"emit", "read", "manage", "admin"}))
      ->default_str("manage");
  TakesDuration(
      command->add_option("--expires-in", flags->expires_in, "Lifetime of the token")->capture_default_str());
  command->add_flag("--no-open", flags->no_open, "Open no browser");
  SetFooter(
      *command,
      "If hookd requires no tokens, this prints the address of its console and, on a desktop, opens it. "
      "Otherwise your\n"
      "token must have the role admin, and this creates another one for --project, and prints a link "
      "that signs in with\n"
      "it. The link has the token after a #, which browsers do not send.\n\n"
      "Examples:\n"
      "  hookctl console\n"
      "  hookctl console --project shop --role read --expires-in 8h\n"
      "  hookctl console --url https://hookd.example.com/");
  command->callback([&session, flags] {
    session.command = [&session, flags] {
      return session.Authenticates() ? ShowSignInLink(session, *flags) : ShowAddress(session, *flags);
    };
  });
}

}  // namespace hookctl
