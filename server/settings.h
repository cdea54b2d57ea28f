// Where a setting may come from. Every flag of hookd's is also an environment variable (--data_dir is
// HOOKD_DATA_DIR) and a line of the configuration file (data_dir = "/srv/hookd"): whatever AddFlags adds to
// the app, without more code. A flag holds before the environment, that before the file, that before the
// default.
#ifndef HOOKD_SETTINGS_H_
#define HOOKD_SETTINGS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"

namespace hookd {

// Adds --config and gives every flag of `app` its variable and its line. Called last, before the parsing. A
// line of the file that is no setting, or sets one again, fails the parsing with the file, the number and the
// text.
void AddSources(CLI::App& app);

// Parses the arguments, which are without the program's name; throws CLI::ParseError as CLI::App::parse does.
// "--data_dir=" gives the flag an empty value, as getopt_long has it.
void ParseFlags(CLI::App& app, const std::vector<std::string>& arguments);

// The settings of `app` as the rows of a Markdown table, for server/README.md.
std::string SettingsTable(const CLI::App& app);

}  // namespace hookd

#endif  // HOOKD_SETTINGS_H_
