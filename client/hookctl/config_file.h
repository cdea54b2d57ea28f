// The configuration file of hookctl: named contexts, each with the settings of one hookd.
//
//   {
//     "current": "staging",
//     "contexts": {
//       "staging": {"server": "hookd.staging:50051", "project": "shop", "token": "@/etc/hookd/token", "tls":
//       true}
//     }
//   }
//
// The functions block on the file system. They are thread-safe, but two processes that change the file at
// once can lose one of the changes.
#ifndef HOOKCTL_CONFIG_FILE_H_
#define HOOKCTL_CONFIG_FILE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookctl {

// The settings of a context by name; only those that are set. `tls` is `true` or `false`.
using Context = std::map<std::string, std::string>;

struct Config {
  std::string current;  // the context in use; empty for none
  std::map<std::string, Context> contexts;
};

// The names of the settings: server, project, token, tls, cacert, cert, key, console_url.
const std::vector<std::string>& SettingNames();

// Returns what is wrong with the name of a context; empty if it is valid: 1 to 63 letters, digits, dots,
// hyphens and underscores.
std::string CheckContextName(const std::string& name);

// Returns `$XDG_CONFIG_HOME/hookd/hookctl.json`, or `$HOME/.config/hookd/hookctl.json`. Empty if neither
// variable is set.
std::string ConfigPath();

// Reads the file. A missing file, or an empty path, is a configuration without contexts. Returns
// INVALID_ARGUMENT, with the path and the line, if the file is not a configuration, and FAILED_PRECONDITION
// if other users can read or write it, because it can contain tokens.
absl::StatusOr<Config> ReadConfig(const std::string& path);

// Replaces the file, which only its owner can read. Creates its directory. On an error the file is unchanged.
absl::Status WriteConfig(const std::string& path, const Config& config);

// Parses the contents of a file that is called `path` in errors.
absl::StatusOr<Config> ParseConfig(const std::string& text, absl::string_view path);

// The contents of the file.
std::string ConfigJson(const Config& config);

}  // namespace hookctl

#endif  // HOOKCTL_CONFIG_FILE_H_
