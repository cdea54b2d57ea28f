#include "hookctl/context.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "command_line/command_line.h"
#include "hookctl/input_file.h"
#include "hookctl/server_address.h"

namespace hookctl {
namespace {

std::string Value(const Context& context, const std::string& setting) {
  const auto found = context.find(setting);
  return found == context.end() ? "" : found->second;
}

absl::Status NoSuchContext(const std::string& name, const Config& config) {
  if (config.contexts.empty()) {
    return absl::NotFoundError(absl::StrCat("there is no context ", name, " in ", ConfigPath(),
                                            "; create it with hookctl config set ", name,
                                            " --server HOST:PORT"));
  }
  return absl::NotFoundError(absl::StrCat("there is no context ", name, " in ", ConfigPath(),
                                          command_line::DidYouMean(name, ContextNames())));
}

}  // namespace

absl::Status ApplyContext(const CLI::App& app, Session& session) {
  const auto config = ReadConfig(ConfigPath());
  if (!config.ok()) return config.status();
  if (session.context_name.empty()) session.context_name = config->current;
  if (session.context_name.empty()) return absl::OkStatus();
  const auto found = config->contexts.find(session.context_name);
  if (found == config->contexts.end()) return NoSuchContext(session.context_name, *config);
  const Context& context = found->second;
  const auto given = [&app](const char* flag) { return app.get_option(flag)->count() > 0; };

  if (const std::string project = Value(context, "project"); !project.empty() && !given("--project")) {
    session.project = project;
  }
  const std::string server = Value(context, "server");
  if (given("--server") && session.server != server) {
    session.credentials_withheld = context.count("token") > 0;
    return absl::OkStatus();
  }
  if (const std::string error = CheckContext(context); !error.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("context ", session.context_name, ": ", error));
  }
  if (!server.empty()) {
    session.server_from_context = !given("--server");
    session.server = server;
  }
  if (!given("--token")) session.token = Value(context, "token");
  if (!given("--tls")) session.tls = Value(context, "tls") == "true";
  if (!given("--cacert")) session.cacert = Value(context, "cacert");
  if (!given("--cert")) {
    session.cert = Value(context, "cert");
    session.key = Value(context, "key");
  }
  session.console_url = Value(context, "console_url");
  return absl::OkStatus();
}

std::string CheckContext(const Context& context) {
  if (const std::string server = Value(context, "server"); !server.empty()) {
    if (const std::string error = CheckServerAddress(server); !error.empty()) {
      return absl::StrCat("server: ", error);
    }
  }
  if (const std::string url = Value(context, "console_url"); !url.empty()) {
    if (const std::string error = CheckConsoleUrl(url); !error.empty()) {
      return absl::StrCat("console_url: ", error);
    }
  }
  if (context.count("cert") != context.count("key")) return "cert and key require each other";
  for (const char* setting : {"cacert", "cert", "key"}) {
    const std::string file = Value(context, setting);
    if (file.empty()) continue;
    if (const std::string error = CheckReadable(file); !error.empty()) {
      return absl::StrCat(setting, ": ", error);
    }
  }
  const std::string token = Value(context, "token");
  if (!absl::StartsWith(token, "@")) return "";
  const std::string error = CheckReadable(token.substr(1));
  return error.empty() ? "" : absl::StrCat("token: ", error);
}

std::vector<std::string> ContextNames() {
  std::vector<std::string> names;
  if (const auto config = ReadConfig(ConfigPath()); config.ok()) {
    for (const auto& [name, context] : config->contexts) names.push_back(name);
  }
  return names;
}

void TakesContext(CLI::Option* option) { option->type_name("CONTEXT"); }

}  // namespace hookctl
