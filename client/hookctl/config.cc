// hookctl config: manages the contexts in the configuration file.
#include <filesystem>
#include <istream>
#include <memory>
#include <system_error>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "command_line/command_line.h"
#include "hookctl/commands.h"
#include "hookctl/config_file.h"
#include "hookctl/context.h"
#include "hookctl/credential_flags.h"
#include "hookctl/output.h"
#include "hookctl/server_address.h"
#include "rapidjson/prettywriter.h"
#include "rapidjson/stringbuffer.h"

namespace hookctl {
namespace {

constexpr char kConfigFooter[] =
    R"(A context has the settings of one hookd: server, project, token, tls, cacert, cert, key and console_url. The
current context applies to every command; --context or HOOKD_CONTEXT selects another one for one command. A flag has
precedence over the environment, the environment over the context, and the context over the default. The token, the TLS
settings and the console of a context are used only for the server of that context.

The file is $XDG_CONFIG_HOME/hookd/hookctl.json (~/.config/hookd/hookctl.json by default). Only its owner may have
access to it, because it can contain tokens.

Examples:
  hookctl config set staging --server hookd.staging.internal:50051 --project shop --tls
  hookctl config set staging --token -              reads the token from stdin
  hookctl config use staging
  hookctl --context production deliveries list)";

// A token that is not a file is a secret.
std::string Masked(const std::string& setting, const std::string& value) {
  return setting == "token" && !absl::StartsWith(value, "@") ? "***" : value;
}

// A writer of JSON for contexts, with masked tokens.
class ContextWriter {
 public:
  ContextWriter() { writer_.SetIndent(' ', 2); }

  void Member(const std::string& name, const std::string& value) {
    Key(name);
    writer_.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
  }

  // {"name": ..., "current": true, "server": ...}
  void Write(const std::string& name, bool current, const Context& context) {
    writer_.StartObject();
    Member("name", name);
    Key("current");
    writer_.Bool(current);
    for (const auto& [setting, value] : context) {
      if (setting == "tls") {
        Key(setting);
        writer_.Bool(value == "true");
      } else {
        Member(setting, Masked(setting, value));
      }
    }
    writer_.EndObject();
  }

  void WriteAll(const Config& config) {
    writer_.StartObject();
    Key("contexts");
    writer_.StartArray();
    for (const auto& [name, context] : config.contexts) Write(name, name == config.current, context);
    writer_.EndArray();
    writer_.EndObject();
  }

  std::string text() const { return absl::StrCat(buffer_.GetString(), "\n"); }

 private:
  void Key(const std::string& name) {
    writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
  }

  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer_{buffer_};
};

int Fail(const Session& session, const absl::Status& status) {
  const ExitCode code = absl::IsUnavailable(status) ? kError : absl::IsNotFound(status) ? kNotFound : kUsage;
  return session.Fail(code, Printable(status.message()));
}

absl::Status NoContext(const std::string& name, const Config& config) {
  std::vector<std::string> names;
  for (const auto& [each, context] : config.contexts) names.push_back(each);
  return absl::NotFoundError(
      absl::StrCat("there is no context ", name, command_line::DidYouMean(name, names)));
}

int Show(const Session& session, const Config& config, const std::string& name) {
  const Context& context = config.contexts.at(name);
  if (session.json) {
    ContextWriter writer;
    writer.Write(name, name == config.current, context);
    session.terminal.out << writer.text();
    return kOk;
  }
  std::vector<std::pair<std::string, std::string>> fields = {
      {"Context", name}, {"Current", name == config.current ? "yes" : "no"}};
  for (const std::string& setting : SettingNames()) {
    const auto found = context.find(setting);
    if (found != context.end()) fields.emplace_back(setting, Masked(setting, found->second));
  }
  fields.emplace_back("File", ConfigPath());
  PrintFields(session.terminal.out, fields);
  return kOk;
}

// Writes the configuration, and shows a context of it.
int Save(const Session& session, const Config& config, const std::string& shown) {
  if (const auto status = WriteConfig(ConfigPath(), config); !status.ok()) return Fail(session, status);
  return Show(session, config, shown);
}

// Adds a command that gets the configuration.
using Action = std::function<int(Config)>;
void SetAction(CLI::App& command, Session& session, Action action) {
  command.callback([&session, action = std::move(action)] {
    session.uses_context = false;
    session.command = [&session, action] {
      auto config = ReadConfig(ConfigPath());
      return config.ok() ? action(*std::move(config)) : Fail(session, config.status());
    };
  });
}

void AddList(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("list", "List the contexts, by name");
  SetAction(*command, session, [&session](const Config& config) {
    if (session.json) {
      ContextWriter writer;
      writer.WriteAll(config);
      session.terminal.out << writer.text();
      return kOk;
    }
    if (config.contexts.empty()) {
      session.Note("No contexts. Create one with hookctl config set NAME --server HOST:PORT.");
      return kOk;
    }
    Table table({"CURRENT", "CONTEXT", "PROJECT", "TLS", "TOKEN", "SERVER"});
    for (auto [name, context] : config.contexts) {
      const bool tls = context["tls"] == "true" || !context["cacert"].empty() || !context["cert"].empty();
      table.Add({name == config.current ? "*" : "", name, context["project"], tls ? "yes" : "no",
                 context["token"].empty() ? "" : Masked("token", context["token"]), context["server"]});
    }
    table.Print(session.terminal.out, session.terminal.width);
    return kOk;
  });
}

void AddShow(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("show", "Show one context, without its token");
  auto name = std::make_shared<std::string>();
  command->add_option("CONTEXT", *name, "Name of the context; default: the current one")->type_name("");
  SetAction(*command, session, [&session, name](const Config& config) {
    const std::string chosen = session.context_name.empty() ? config.current : session.context_name;
    const std::string shown = name->empty() ? chosen : *name;
    if (shown.empty()) {
      return session.Fail(kNotFound, "there is no current context; see hookctl config list");
    }
    if (config.contexts.count(shown) == 0) return Fail(session, NoContext(shown, config));
    return Show(session, config, shown);
  });
}

void AddUse(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("use", "Make a context the current one");
  auto name = std::make_shared<std::string>();
  auto none = std::make_shared<bool>(false);
  CLI::Option* context = command->add_option("CONTEXT", *name, "Name of the context")->type_name("");
  command->add_flag("--none", *none, "Use no context")->excludes(context);
  SetAction(*command, session, [&session, name, none](Config config) {
    if (name->empty() && !*none) return session.Fail(kUsage, "give a CONTEXT, or --none");
    if (!*none && config.contexts.count(*name) == 0) return Fail(session, NoContext(*name, config));
    config.current = *name;
    if (!*none) return Save(session, config, *name);
    if (const auto status = WriteConfig(ConfigPath(), config); !status.ok()) return Fail(session, status);
    session.terminal.out << (session.json ? "{}\n" : "No context is in use.\n");
    return static_cast<int>(kOk);
  });
}

// The flags of `config set`. Global flags have the same names, but only those after `set` are stored.
struct SetFlags {
  std::string name, server, project, token, cacert, cert, key, console_url;
  bool tls = false;
};

// A relative path would depend on the directory of a later command.
std::string Absolute(const std::string& path) {
  std::error_code error;
  const auto absolute = std::filesystem::absolute(path, error);
  return error ? path : absolute.lexically_normal().string();
}

// Sets the settings that were given. Returns whether there were any.
bool Fill(const CLI::App& command, const SetFlags& flags, std::istream& in, Context& context) {
  bool any = false;
  const auto set = [&](const std::string& setting, const std::string& value) {
    const std::string flag = absl::StrCat("--", absl::StrReplaceAll(setting, {{"_", "-"}}));
    if (command.get_option(flag)->count() == 0) return;
    any = true;
    context[setting] = value;
  };
  set("server", flags.server);
  set("project", flags.project);
  set("tls", flags.tls ? "true" : "false");
  set("cacert", Absolute(flags.cacert));
  set("cert", Absolute(flags.cert));
  set("key", Absolute(flags.key));
  set("console_url", flags.console_url);
  std::string token = flags.token;
  if (token == "-") {
    std::getline(in, token);
    token = std::string(absl::StripAsciiWhitespace(token));
  } else if (absl::StartsWith(token, "@")) {
    token = absl::StrCat("@", Absolute(token.substr(1)));
  }
  set("token", token);
  return any;
}

void AddSet(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("set", "Create a context, or change the given settings of it");
  auto flags = std::make_shared<SetFlags>();
  command->add_option("CONTEXT", flags->name, "Name of the context")
      ->required()
      ->type_name("")
      ->check(CheckContextName);
  command->add_option("--server", flags->server, "Address of hookd")
      ->type_name("HOST:PORT")
      ->check([](const std::string& text) { return CheckServerAddress(text); });
  command->add_option("--project", flags->project, "Project that commands apply to")->type_name("ID");
  TakesSecret(
      command->add_option("--token", flags->token,
                          "Secret of the token to authenticate with, @FILE to read it from a file each "
                          "time, or - to read it from stdin now"));
  command->add_flag("--tls,!--no-tls", flags->tls, "Use TLS, and trust the system's CAs");
  command->add_option("--cacert", flags->cacert, "PEM file of the CAs to trust instead; implies --tls")
      ->check(CLI::ExistingFile);
  command->add_option("--cert", flags->cert, "PEM file of the client certificate; implies --tls")
      ->check(CLI::ExistingFile);
  command->add_option("--key", flags->key, "PEM file of the private key for --cert")
      ->check(CLI::ExistingFile);
  command->add_option("--console-url", flags->console_url, "Address of the web console, for hookctl console")
      ->type_name("URL")
      ->check([](const std::string& text) { return CheckConsoleUrl(text); });
  SetFooter(
      *command,
      "The first context becomes the current one.\n\n"
      "Examples:\n"
      "  hookctl config set local --server 127.0.0.1:50051\n"
      "  hookctl config set production --server hookd.internal:50051 --cacert ca.pem --token @token.txt");
  SetAction(*command, session, [&session, command, flags](Config config) {
    const bool first = config.contexts.empty();
    Context& context = config.contexts[flags->name];
    if (!Fill(*command, *flags, session.terminal.in, context)) {
      return session.Fail(kUsage, "nothing to set: give at least one setting (see --help)");
    }
    if (context.count("token") > 0 && context["token"].empty()) {
      return session.Fail(kUsage, "the token is empty; remove it with hookctl config unset");
    }
    if (const std::string error = CheckContext(context); !error.empty()) {
      return session.Fail(kUsage, Printable(error));
    }
    if (first) config.current = flags->name;
    return Save(session, config, flags->name);
  });
}

void AddUnset(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("unset", "Remove settings of a context");
  struct Flags {
    std::string name;
    std::vector<std::string> settings;
  };
  auto flags = std::make_shared<Flags>();
  command->add_option("CONTEXT", flags->name, "Name of the context")->required()->type_name("");
  TakesOneOf(command
                 ->add_option("SETTING", flags->settings,
                              "Settings: server, project, token, tls, cacert, cert, key, console_url")
                 ->required(),
             "", SettingNames());
  SetFooter(*command, "Example:\n  hookctl config unset staging token project");
  SetAction(*command, session, [&session, flags](Config config) {
    const auto found = config.contexts.find(flags->name);
    if (found == config.contexts.end()) return Fail(session, NoContext(flags->name, config));
    for (const std::string& setting : flags->settings) found->second.erase(setting);
    if (const std::string error = CheckContext(found->second); !error.empty()) {
      return session.Fail(kUsage, Printable(error));
    }
    return Save(session, config, flags->name);
  });
}

void AddDelete(CLI::App& group, Session& session) {
  auto* command = group.add_subcommand("delete", "Delete a context");
  auto name = std::make_shared<std::string>();
  command->add_option("CONTEXT", *name, "Name of the context")->required()->type_name("");
  SetAction(*command, session, [&session, name](Config config) {
    if (config.contexts.erase(*name) == 0) return Fail(session, NoContext(*name, config));
    const bool was_current = config.current == *name;
    if (was_current) config.current.clear();
    if (const auto status = WriteConfig(ConfigPath(), config); !status.ok()) return Fail(session, status);
    if (session.json) {
      session.terminal.out << "{}\n";
    } else {
      session.terminal.out << "Deleted " << Printable(*name)
                           << (was_current ? "; no context is in use now" : "") << "\n";
    }
    return static_cast<int>(kOk);
  });
}

}  // namespace

void AddConfig(CLI::App& app, Session& session) {
  auto* config = app.add_subcommand("config", "Manage contexts: named settings of a hookd");
  config->require_subcommand(1);
  AddList(*config, session);
  AddShow(*config, session);
  AddUse(*config, session);
  AddSet(*config, session);
  AddUnset(*config, session);
  AddDelete(*config, session);
  SetFooter(*config, kConfigFooter);  // last, because commands inherit it when they are added
}

}  // namespace hookctl
