// How help texts and manual pages name options. Thread-safe; no state.
#ifndef COMMAND_LINE_HELP_H_
#define COMMAND_LINE_HELP_H_

#include <CLI/CLI.hpp>
#include <string>

namespace command_line {

// The names of an option, such as `-o, --output` or `--disabled, --enabled`; the name of an argument without
// a flag.
std::string OptionNames(const CLI::Option& option);

// The name of the value, such as `FILE`, `table|json` or `N`; empty if the option takes none.
std::string ValueName(const CLI::Option& option);

// Makes the help of `app` use these names, call subcommands commands, and show the default of an option as
// `[default]` and its environment variable as `[$VARIABLE]`. Call it first, because subcommands inherit the
// format when they are added.
void UseHelpFormat(CLI::App& app);

}  // namespace command_line

#endif  // COMMAND_LINE_HELP_H_
