// The groups of commands. Each adds its subcommands, their options and their help to `app`; parsing one of
// them sets `session.command`. `app` and `session` outlive each other's use: both live for the run.
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
void AddTokens(CLI::App& app, Session& session);
void AddListen(CLI::App& app, Session& session);
void AddAdmin(CLI::App& app, Session& session);

// `deliveries` and `admin` have their commands in several files.
void AddDeliveryRetries(CLI::App& deliveries, Session& session);
void AddDeliveryWatch(CLI::App& deliveries, Session& session);
void AddMigrate(CLI::App& admin, Session& session);

// A delivery for people, without its attempts.
void PrintDelivery(std::ostream& out, const v1::Delivery& delivery);

// One attempt for people, each line after `indent`.
void PrintAttempt(std::ostream& out, const v1::Attempt& attempt, absl::string_view indent);

// Kinds of option values: their check, which says what would be right, and their name in the help. `word` is
// one that is allowed as well.
void TakesDuration(CLI::Option* option, const std::string& word = "");
void TakesTime(CLI::Option* option);
void TakesEventType(CLI::Option* option);
// One or more, with commas between or the option repeated; or all.
void TakesEventTypes(CLI::Option* option);
void TakesDeliveryState(CLI::Option* option);
// A whole number from 1 on.
void TakesCount(CLI::Option* option, const std::string& word = "");
void TakesRateLimit(CLI::Option* option);

// The end of a command's help.
void SetFooter(CLI::App& command, const std::string& text);

}  // namespace hookctl

#endif  // HOOKCTL_COMMANDS_H_
