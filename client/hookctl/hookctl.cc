#include "hookctl/hookctl.h"

#include <algorithm>
#include <functional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "command_line/command_line.h"
#include "command_line/completion.h"
#include "command_line/help.h"
#include "command_line/man_page.h"
#include "hookctl/color.h"
#include "hookctl/commands.h"
#include "hookctl/context.h"
#include "hookctl/credential_flags.h"
#include "hookctl/output.h"
#include "hookctl/report.h"
#include "hookctl/server_address.h"
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
Lists fit the width of the terminal: they cut wide columns and leave out some. With --output wide they have all columns.
With --output json a command prints the response as protobuf JSON with the API's field names, including unset fields:
the resource itself, or for a list one object such as {"webhooks": [...], "next_page_token": ""}. Commands that run
until they are stopped (listen, events watch, deliveries watch, emit --stream) print one line of JSON per item. Errors
and warnings go to stderr, with --output json as one line of JSON each:
  {"error": {"code": "NOT_FOUND", "message": "...", "exit_code": 3}}
An error can also have field_violations, retry_delay, hint and line; a warning is {"warning": {"message": "..."}}, and
other remarks are {"note": {"message": "..."}}. Long operations show their progress on stderr if it is a terminal.

Settings come from flags, from the environment, from the current context (hookctl config), or have a default, in this
order. Colours appear on a terminal only, and not if NO_COLOR is set or TERM is dumb; --color always or never overrides
that. hookctl completion prints the completion script of a shell.

Exit codes:
  0  success
  1  any other error
  2  invalid command line, configuration file or input; nothing was sent
  3  not found
  4  invalid argument (stderr has a line for each invalid field)
  5  conflict: it already exists, its etag has changed, or its state does not allow the operation
  6  unavailable, overloaded or timed out: try again
  7  `webhooks test`: the endpoint did not respond with success)";

constexpr char kFiles[] =
    R"($XDG_CONFIG_HOME/hookd/hookctl.json, or ~/.config/hookd/hookctl.json: the contexts, which hookctl config manages.)";

constexpr char kGlobalFlags[] =
    "Global flags such as --server, --project, --token and --output work here too: see hookctl --help.";

void Check(CLI::Option* option, const char* name, const std::string& wanted,
           std::function<bool(const std::string&)> good) {
  option->type_name(name)->check([wanted, good = std::move(good)](const std::string& text) {
    return good(text) ? std::string() : absl::StrCat("'", Printable(text), "' is not ", wanted);
  });
}

// Lets an option have several values, separated by commas or with the option repeated.
void TakesList(CLI::Option* option) {
  option->delimiter(',')->allow_extra_args(false);  // or it would consume the positional arguments after it
}

// Lists the commands in the help under one heading.
void GroupCommands(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    command->group("Commands");
    GroupCommands(*command);
  }
}

// What is wrong with the command line, and where its help is.
Report UsageReport(const CLI::App& app, const CLI::ParseError& error) {
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    absl::StrAppend(&command, " ", at->get_name());
  }
  return {.message = command_line::Describe(app, error),
          .hint = absl::StrCat("See ", command, " --help"),
          .exit_code = kUsage};
}

// The value of an option so far, which is not stored if the rest of the command line is wrong.
std::string Given(const CLI::Option& option) {
  return option.results().empty() ? option.get_default_str() : option.results().back();
}

// Runs the command that was parsed.
int RunCommand(const CLI::App& app, Session& session) {
  if (session.uses_context) {
    if (const auto status = ApplyContext(app, session); !status.ok()) {
      return session.Fail(kUsage, std::string(status.message()));
    }
  }
  return session.command();
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

void TakesOneOf(CLI::Option* option, const char* type_name, const std::vector<std::string>& values) {
  Check(option, type_name, absl::StrCat("one of ", absl::StrJoin(values, ", ")),
        [values](const std::string& text) {
          return std::find(values.begin(), values.end(), text) != values.end();
        });
  command_line::SetValues(option, values);
}

void TakesEventType(CLI::Option* option) {
  Check(option, "TYPE", absl::StrCat("one of ", absl::StrJoin(EventTypeNames(), ", ")),
        [](const std::string& text) { return ParseEventType(text).has_value(); });
  command_line::SetValues(option, EventTypeNames());
}

void TakesEventTypes(CLI::Option* option) {
  Check(option, "TYPE[,TYPE...]", absl::StrCat("one of all, ", absl::StrJoin(EventTypeNames(), ", ")),
        [](const std::string& text) { return text == "all" || ParseEventType(text).has_value(); });
  std::vector<std::string> values = EventTypeNames();
  values.insert(values.begin(), "all");
  command_line::SetValues(option, values);
  TakesList(option);
}

void TakesDeliveryStates(CLI::Option* option) {
  Check(option, "STATE[,STATE...]", "one of pending, delivered, failed, canceled",
        [](const std::string& text) { return ParseDeliveryState(text).has_value(); });
  command_line::SetValues(option, {"pending", "delivered", "failed", "canceled"});
  TakesList(option);
}

void TakesStatusCodes(CLI::Option* option) {
  Check(option, "STATUS[,STATUS...]", "a status such as 503, or a class from 1xx to 5xx", IsStatusCode);
  command_line::SetValues(option, {"1xx", "2xx", "3xx", "4xx", "5xx"});
  TakesList(option);
}

void TakesErrorClasses(CLI::Option* option) {
  Check(option, "ERROR[,ERROR...]", "one of status, timeout, connection, tls, blocked, internal",
        [](const std::string& text) { return ParseErrorClass(text).has_value(); });
  command_line::SetValues(option, {"status", "timeout", "connection", "tls", "blocked", "internal"});
  TakesList(option);
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

void TakesCondition(CLI::Option* option) {
  option->check([](const std::string& text) {
    return text.empty() ? "must not be empty; leave the flag out to select everything" : std::string();
  });
}

void SetFooter(CLI::App& command, const std::string& text) {
  command.footer(absl::StrCat(text, "\n\n", kGlobalFlags));
}

// Adds --man-page, with which the build writes the manual page.
void AddManPage(CLI::App& app, const Terminal& terminal) {
  app.add_flag_callback(
         "--man-page",
         [&app, &terminal] {
           terminal.out << command_line::FormatManPage(
               app, {.section = 1,
                     .manual = "User Commands",
                     .version = "hookctl " HOOKD_VERSION,
                     .summary = "manage the webhooks of hookd and emit events",
                     .omitted = kGlobalFlags,
                     .sections = {{"FILES", kFiles}, {"SEE ALSO", "hookd(8)"}}});
           throw CLI::Success();
         },
         "Print the manual page")
      ->group("");
}

// The flags of every command, and how their values are read back.
struct GlobalFlags {
  std::string output = "table";
  std::string color = "auto";
  std::string timeout;
  const CLI::Option* output_option = nullptr;
  const CLI::Option* color_option = nullptr;

  void Add(CLI::App& app, Session& session);
  // Stores the values in `session` and in its streams; also after a command line that is wrong.
  void Store(Session& session) const;
};

void GlobalFlags::Add(CLI::App& app, Session& session) {
  TakesContext(app.add_option("--context", session.context_name,
                              "Context to use, instead of the current one; see hookctl config")
                   ->envname("HOOKD_CONTEXT"));
  app.add_option("--server", session.server, "Address of hookd")
      ->type_name("HOST:PORT")
      ->envname("HOOKD_SERVER")
      ->check([](const std::string& text) { return CheckServerAddress(text); })
      ->capture_default_str();
  app.add_option("--project", session.project, "Project that the command applies to")
      ->type_name("ID")
      ->envname("HOOKD_PROJECT")
      ->capture_default_str();
  TakesSecret(app.add_option("--token", session.token,
                             "Secret of the token to authenticate with, or @FILE; prefer HOOKD_TOKEN")
                  ->envname("HOOKD_TOKEN"));
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
  output_option =
      app.add_option("-o,--output", output, "table for people, wide for more columns, json for programs")
          ->check(CLI::IsMember({"table", "wide", "json"}))
          ->capture_default_str();
  color_option = app.add_option("--color", color, "When to use colours; auto: on a terminal")
                     ->check(CLI::IsMember({"auto", "always", "never"}))
                     ->capture_default_str();
  TakesDuration(app.add_option("--timeout", timeout,
                               "Timeout of a call to hookd [10s; webhooks test: 40s; streams\n"
                               "and deliveries retry-all: none]; for that of a webhook's\n"
                               "attempts see webhooks create --attempt-timeout"));
}

void GlobalFlags::Store(Session& session) const {
  session.json = Given(*output_option) == "json";
  session.wide = Given(*output_option) == "wide";
  const ColorMode mode = ParseColorMode(Given(*color_option)).value_or(ColorMode::kAuto);
  SetColors(session.terminal.out, WantsColors(mode, session.terminal.width > 0));
  SetColors(session.terminal.err, WantsColors(mode, session.terminal.err_width > 0));
  if (!timeout.empty()) session.timeout = ParseDuration(timeout);
}

int Run(std::vector<std::string> arguments, Terminal terminal) {
  Session session(terminal);
  CLI::App app(kAbout, "hookctl");
  command_line::UseHelpFormat(app);
  app.set_version_flag("--version", std::string("hookctl " HOOKD_VERSION), "Print the version and exit");
  app.set_help_flag("-h,--help", "Print this help and exit; every command has its own");
  app.footer(kGlobalFlags);  // inherited by commands without a footer of their own
  app.require_subcommand(1);
  app.fallthrough();  // global flags may stand after the command
  GlobalFlags flags;
  flags.Add(app, session);
  AddWebhooks(app, session);
  AddEmit(app, session);
  AddEvents(app, session);
  AddDeliveries(app, session);
  AddProjects(app, session);
  AddTokens(app, session);
  AddConsole(app, session);
  AddListen(app, session);
  AddAdmin(app, session);
  AddConfig(app, session);
  AddCompletion(app, session);
  AddManPage(app, terminal);
  app.footer(kFooter);
  GroupCommands(app);

  if (arguments.empty()) arguments.emplace_back("--help");
  if (arguments.front() == "__complete") return PrintCandidates(app, arguments, terminal.out);
  try {
    command_line::Parse(app, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error, terminal.out, terminal.err);  // help or version
    flags.Store(session);
    PrintError(terminal.err, session.json, UsageReport(app, error));
    return kUsage;
  }
  flags.Store(session);
  return RunCommand(app, session);
}

}  // namespace hookctl
