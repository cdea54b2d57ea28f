// The groups of commands. Each function adds a group's subcommands, options and help to `app`. Parsing a
// command sets `session.command`. `app` and `session` must both live until the run ends.
#ifndef HOOKCTL_COMMANDS_H_
#define HOOKCTL_COMMANDS_H_

#include <CLI/CLI.hpp>

#include "absl/time/time.h"
#include "hookctl/session.h"

namespace hookctl {

void AddWebhooks(CLI::App& app, Session& session);
void AddEmit(CLI::App& app, Session& session);
void AddEvents(CLI::App& app, Session& session);
void AddDeliveries(CLI::App& app, Session& session);
void AddProjects(CLI::App& app, Session& session);
void AddTokens(CLI::App& app, Session& session);
void AddConsole(CLI::App& app, Session& session);
void AddListen(CLI::App& app, Session& session);
void AddAdmin(CLI::App& app, Session& session);
void AddConfig(CLI::App& app, Session& session);
void AddCompletion(CLI::App& app, Session& session);

// Prints what the last word of a command line can become, for the scripts that `hookctl completion` prints.
// `arguments` are `__complete`, the shell, and the words; for bash, `__complete bash COMP_WORDBREAKS LINE`.
// Each line is a word and, after a tab, its description; `:files` stands for the names of files. Returns the
// exit code.
int PrintCandidates(CLI::App& app, const std::vector<std::string>& arguments, std::ostream& out);

// Commands of the groups `webhooks`, `projects`, `events`, `deliveries` and `admin` that have files of their
// own.
void AddWebhookRotateSecret(CLI::App& webhooks, Session& session);
void AddWebhookTest(CLI::App& webhooks, Session& session);
void AddEventExport(CLI::App& events, Session& session);
void AddEventWatch(CLI::App& events, Session& session);
void AddDeliveryExport(CLI::App& deliveries, Session& session);
void AddEventList(CLI::App& events, Session& session);
void AddWebhookStats(CLI::App& webhooks, Session& session);
void AddProjectStats(CLI::App& projects, Session& session);
void AddDeliveryRetries(CLI::App& deliveries, Session& session);
void AddDeliveryWatch(CLI::App& deliveries, Session& session);
void AddMigrate(CLI::App& admin, Session& session);
void AddServer(CLI::App& admin, Session& session);

// Prints a delivery for people, without its attempts.
void PrintDelivery(std::ostream& out, const v1::Delivery& delivery);

// Prints one attempt for people; each line begins with `indent`.
void PrintAttempt(std::ostream& out, const v1::Attempt& attempt, absl::string_view indent);

// Kinds of option values. Each sets the option's check, whose error says what is valid, and the name of the
// value in the help. `word` is a further valid value.
void TakesDuration(CLI::Option* option, const std::string& word = "");
void TakesTime(CLI::Option* option);
void TakesOneOf(CLI::Option* option, const char* type_name, const std::vector<std::string>& values);
void TakesEventType(CLI::Option* option);
// One or more types, separated by commas or with the option repeated; or `all`.
void TakesEventTypes(CLI::Option* option);
// One or more values, likewise.
void TakesDeliveryStates(CLI::Option* option);
void TakesStatusCodes(CLI::Option* option);
void TakesErrorClasses(CLI::Option* option);
// A positive integer.
void TakesCount(CLI::Option* option, const std::string& word = "");
void TakesRateLimit(CLI::Option* option);
// A condition that selects something: not empty, as the value of a script's unset variable is. Without the
// check, such a command would select everything.
void TakesCondition(CLI::Option* option);

// Sets the text after a command's options in its help.
void SetFooter(CLI::App& command, const std::string& text);

}  // namespace hookctl

#endif  // HOOKCTL_COMMANDS_H_
