#include "hookctl/hookctl.h"

#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "command_line/command_line.h"
#include "hookctl/commands.h"
#include "hookctl/output.h"
#include "hookctl/session.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr char kAbout[] = R"(Manages the webhooks of hookd, emits events and shows their delivery status.)";

constexpr char kFooter[] = R"(Try it out:
  hookctl listen --port 8080                      in another terminal: shows the requests that arrive
  hookctl webhooks create --id first --url http://127.0.0.1:8080/ --event-types all
  hookctl webhooks test first
  hookctl emit --sample all
  hookctl deliveries list --webhook first
  hookctl deliveries watch                        shows the outcomes of deliveries as they happen

Flags take - and _ alike: --page-token and --page_token are the same.
A webhook, event or delivery is named by its id (first) or its full name (projects/default/webhooks/first).
Durations look like 300ms, 5s, 2h30m or 7d. Times are RFC 3339 (2026-01-31T12:00:00Z), a date (2026-01-31) or a
duration, which means that long ago.
With --output json a command prints the response as protobuf JSON with the API's field names, including unset fields:
the resource itself, or for a list one object such as {"webhooks": [...], "next_page_token": ""}. Commands that run
until they are stopped (listen, events watch, deliveries watch, emit --stream) print one line of JSON per item. Long
operations show their progress on stderr if it is a terminal.

Exit codes:
  0  success
  1  any other error
  2  invalid command line or input; nothing was sent
  3  not found
  4  invalid argument (stderr has a line for each invalid field)
  5  conflict: it already exists, its etag has changed, or its state does not allow the operation
  6  unavailable, overloaded or timed out: try again
  7  `webhooks test`: the endpoint did not respond with success)";

constexpr char kGlobalFlags[] =
    "Global flags such as --server, --project, --token and --output work here too: see hookctl --help.";

void Check(CLI::Option* option, const char* name, const std::string& wanted,
           std::function<bool(const std::string&)> good) {
  option->type_name(name)->check([wanted, good = std::move(good)](const std::string& text) {
    return good(text) ? std::string() : absl::StrCat("'", Printable(text), "' is not ", wanted);
  });
}

// Makes the help of `app` and of its commands say "command" instead of "subcommand".
void NameCommands(CLI::App& app) {
  app.get_formatter()->label("SUBCOMMAND", "COMMAND");
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->group("Commands");
    NameCommands(*command);
  }
}

// What is wrong with the command line, and where its help is.
std::string UsageText(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    absl::StrAppend(&command, " ", at->get_name());
  }
  return absl::StrCat(Printable(command_line::Describe(app, error)), "\nSee ", command, " --help");
}

}  // namespace

void TakesDuration(CLI::Option* option, const std::string& word) {
  Check(option, "DURATION",
        absl::StrCat("a duration such as 300ms, 5s or 2h", word.empty() ? "" : absl::StrCat(" or ", word)),
        [word](const std::string& text) {
          return (!word.empty() && text == word) || ParseDuration(text).has_value();
        });
}

void TakesTime(CLI::Option* option) {
  Check(option, "TIME", "a time such as 2026-01-31T12:00:00Z, 2026-01-31 or 2h (ago)",
        [](const std::string& text) { return ParseTime(text, absl::Now()).has_value(); });
}

void TakesEventType(CLI::Option* option) {
  Check(option, "TYPE", absl::StrCat("one of ", absl::StrJoin(EventTypeNames(), ", ")),
        [](const std::string& text) { return ParseEventType(text).has_value(); });
}

void TakesEventTypes(CLI::Option* option) {
  Check(option, "TYPE[,TYPE...]", absl::StrCat("one of all, ", absl::StrJoin(EventTypeNames(), ", ")),
        [](const std::string& text) { return text == "all" || ParseEventType(text).has_value(); });
  option->delimiter(',')->allow_extra_args(false);  // or it would consume the positional arguments after it
}

void TakesDeliveryState(CLI::Option* option) {
  Check(option, "STATE", "one of pending, delivered, failed, canceled",
        [](const std::string& text) { return ParseDeliveryState(text).has_value(); });
}

void TakesCount(CLI::Option* option, const std::string& word) {
  Check(option, "N", absl::StrCat("a positive integer", word.empty() ? "" : absl::StrCat(" or ", word)),
        [word](const std::string& text) {
          int count = 0;
          return (!word.empty() && text == word) || (absl::SimpleAtoi(text, &count) && count > 0);
        });
}

void TakesRateLimit(CLI::Option* option) {
  Check(option, "PER_SECOND[:BURST]", "a rate such as 10, 0.5 or 10:50 (with a burst of 50)",
        [](const std::string& text) { return ParseRateLimit(text).has_value(); });
}

void SetFooter(CLI::App& command, const std::string& text) {
  command.footer(absl::StrCat(text, "\n\n", kGlobalFlags));
}

int Run(std::vector<std::string> arguments, Terminal terminal) {
  Session session(terminal);
  CLI::App app(kAbout, "hookctl");
  app.set_version_flag("--version", std::string("hookctl " HOOKD_VERSION), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit; every command has its own");
  app.footer(kGlobalFlags);  // inherited by commands without a footer of their own
  app.require_subcommand(1);
  app.fallthrough();  // global flags may stand after the command

  app.add_option("--server", session.server, "Address of hookd")
      ->type_name("HOST:PORT")
      ->envname("HOOKD_SERVER")
      ->capture_default_str();
  app.add_option("--project", session.project, "Project that the command applies to")
      ->type_name("ID")
      ->envname("HOOKD_PROJECT")
      ->capture_default_str();
  app.add_option("--token", session.token,
                 "Secret of the token to authenticate with, or @FILE; prefer HOOKD_TOKEN")
      ->type_name("SECRET|@FILE")
      ->envname("HOOKD_TOKEN");
  app.add_flag("--tls", session.tls, "Use TLS, and trust the system's CAs")->envname("HOOKD_TLS");
  app.add_option("--cacert", session.cacert, "PEM file of the CAs to trust instead; implies --tls")
      ->envname("HOOKD_CACERT")
      ->check(CLI::ExistingFile);
  CLI::Option* cert =
      app.add_option("--cert", session.cert, "PEM file of the client certificate; implies --tls")
          ->envname("HOOKD_CERT")
          ->check(CLI::ExistingFile);
  CLI::Option* key = app.add_option("--key", session.key, "PEM file of the private key for --cert")
                         ->envname("HOOKD_KEY")
                         ->check(CLI::ExistingFile)
                         ->needs(cert);
  cert->needs(key);
  std::string output = "table";
  app.add_option("-o,--output", output, "table for people, json for programs")
      ->check(CLI::IsMember({"table", "json"}))
      ->capture_default_str();
  std::string timeout;
  TakesDuration(app.add_option("--timeout", timeout,
                               "Timeout of a call [10s; webhooks test: 40s; streams and\n"
                               "deliveries retry-all: none]"));

  AddWebhooks(app, session);
  AddEmit(app, session);
  AddEvents(app, session);
  AddDeliveries(app, session);
  AddTokens(app, session);
  AddListen(app, session);
  AddAdmin(app, session);
  app.footer(kFooter);
  NameCommands(app);

  if (arguments.empty()) arguments.emplace_back("--help");
  try {
    command_line::Parse(app, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, terminal.out, terminal.err);  // help or version
    return session.Fail(kUsage, UsageText(app, error));
  }
  session.json = output == "json";
  if (!timeout.empty()) session.timeout = ParseDuration(timeout);
  return session.command();
}

}  // namespace hookctl
