// Where settings come from. Every flag of hookd is also an environment variable (--data_dir is
// HOOKD_DATA_DIR) and a line of the configuration file (data_dir = "/srv/hookd"), without further code. A
// flag overrides the environment, the environment overrides the file, and the file overrides the default.
#ifndef HOOKD_SETTINGS_H_
#define HOOKD_SETTINGS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "setting.h"

namespace hookd {

// Adds --config and gives every flag of `app` its environment variable and its line in the file. Call it
// last, before parsing. A line of the file that is not a setting, or that repeats one, fails the parsing with
// an error that names the file, the line number and the text.
void AddSources(CLI::App& app);

// Adds --man_page, which prints the manual page of hookd with all flags of `app`, for the packages.
void AddManPage(CLI::App& app);

// The settings of `app`, which has been parsed, with the values in effect. Of a URL with a password, only
// what is safe to show.
std::vector<Setting> ReadSettings(const CLI::App& app);

// The settings of `app` as a Markdown table, for server/README.md.
std::string SettingsTable(const CLI::App& app);

}  // namespace hookd

#endif  // HOOKD_SETTINGS_H_
