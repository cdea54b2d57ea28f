// What the command lines of hookd and hookctl have in common: flags take `-` and `_` alike, and an unknown
// flag or command is refused with the nearest name that exists. Thread-safe; no state.
#ifndef COMMAND_LINE_COMMAND_LINE_H_
#define COMMAND_LINE_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace command_line {

// The exit code of a command line that was refused.
inline constexpr int kUsageError = 2;

// Parses the arguments, which exclude the program's name; throws CLI::ParseError as CLI::App::parse does.
// `--data_dir=` gives the flag an empty value, as getopt_long does.
void Parse(CLI::App& app, const std::vector<std::string>& arguments);

// Why Parse refused the command line, in one sentence: "unknown flag --listn; did you mean --listen?".
std::string Describe(const CLI::App& app, const CLI::ParseError& error);

// The option of `app` that has this long name, which is without its dashes; null if there is none. `-` and
// `_` are the same.
const CLI::Option* FindOption(const CLI::App& app, const std::string& name);

// "; did you mean X?" for the candidate nearest to `name`, after `prefix`; empty if none is near.
std::string DidYouMean(const std::string& name, const std::vector<std::string>& candidates,
                       const std::string& prefix = "");

// The long names of the options of `app`, without dashes.
std::vector<std::string> FlagNames(const CLI::App& app);

}  // namespace command_line

#endif  // COMMAND_LINE_COMMAND_LINE_H_
