#include "settings.h"

#include <cstdlib>
#include <iostream>
#include <istream>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "base/version.h"
#include "command_line/command_line.h"
#include "command_line/man_page.h"
#include "store/open_store.h"

namespace hookd {
namespace {

constexpr char kManFiles[] =
    R"(/etc/hookd/hookd.conf: the configuration file of the Debian package, one setting per line: name = value. A flag
overrides the environment, the environment overrides the file, and the file overrides the default.

/var/lib/hookd: the data directory of the Debian package.)";

constexpr char kManSignals[] =
    R"(SIGTERM and SIGINT: shut down. hookd finishes calls and attempts in flight, for at most --drain_timeout. A second
signal ends it at once; the data on disk is consistent at any moment.

SIGHUP: reload the TLS certificates and the file of tokens.)";

std::string NameOf(const CLI::Option& option) { return option.get_lnames().front(); }

std::string VariableOf(const CLI::Option& option) {
  return absl::StrCat("HOOKD_", absl::AsciiStrToUpper(NameOf(option)));
}

bool IsSet(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value != nullptr && *value != '\0';
}

// The options that are settings. Options such as --help and --version apply to one run and are not.
std::vector<const CLI::Option*> Settings(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_configurable(); });
}

std::vector<std::string> SettingNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* setting : Settings(app)) names.push_back(NameOf(*setting));
  return names;
}

// All settings, and the option that names the configuration file.
std::vector<const CLI::Option*> SettingsAndFile(const CLI::App& app) {
  std::vector<const CLI::Option*> settings = Settings(app);
  settings.push_back(app.get_config_ptr());
  return settings;
}

bool IsSwitch(const CLI::Option& option) { return option.get_expected_max() == 0; }

std::string DefaultOf(const CLI::Option& option) {
  return IsSwitch(option) ? "false" : option.get_default_str();
}

std::string ValueOf(const CLI::Option& option) {
  if (option.count() == 0) return DefaultOf(option);
  if (IsSwitch(option)) return option.as<bool>() ? "true" : "false";
  return absl::StrJoin(option.results(), ",");
}

// What is safe to show of a value: of the URL of a database, where it is; of another URL, what follows the
// user and the password.
std::string Redacted(const std::string& name, const std::string& value) {
  if (name == "store") return value.empty() ? "" : DescribeStore(value, "");
  const size_t at = value.rfind('@');
  if (at == std::string::npos) return value;
  const size_t scheme = value.find("://");
  return absl::StrCat(scheme < at ? value.substr(0, scheme + 3) : "", "[redacted]", value.substr(at));
}

// Reads the file one line at a time, with CLI11's parser for each line. CLI11 alone would report no line
// numbers and would prefer the file to the environment, so a line is skipped if its variable is set.
class ConfigFile : public CLI::ConfigTOML {
 public:
  explicit ConfigFile(const CLI::App* app) : app_(app) {}

  std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
    std::vector<CLI::ConfigItem> settings;
    std::set<std::string> seen;
    std::string line;
    for (int number = 1; std::getline(input, line); ++number) {
      const std::string text(absl::StripAsciiWhitespace(line));
      if (text.empty() || text.front() == '#' || text.front() == ';') continue;
      std::istringstream one(text);
      std::vector<CLI::ConfigItem> items = CLI::ConfigTOML::from_config(one);
      const std::string name(absl::StripAsciiWhitespace(text.substr(0, text.find('='))));
      const CLI::Option* option = nullptr;
      if (items.size() == 1 && text.find('=') != std::string::npos) {
        option = command_line::FindOption(*app_, items.front().fullname());
      }
      if (option == nullptr || !option->get_configurable()) {
        throw Error(number, "unknown setting", text, command_line::DidYouMean(name, SettingNames(*app_)));
      }
      if (!seen.insert(NameOf(*option)).second) throw Error(number, "duplicate setting", text);
      items.front().name = NameOf(*option);
      if (!IsSet(VariableOf(*option))) settings.push_back(std::move(items.front()));
    }
    return settings;
  }

 private:
  CLI::ConfigError Error(int line, const char* what, const std::string& text,
                         const std::string& hint = "") const {
    return {absl::StrCat(app_->get_config_ptr()->as<std::string>(), ", line ", line, ": ", what, ": ", text,
                         hint),
            CLI::ExitCodes::ConfigError};
  }

  const CLI::App* const app_;
};

std::string Cell(const std::string& text) {
  return text.empty() ? text : absl::StrReplaceAll(text, {{"|", "\\|"}, {"\n", " "}});
}

std::string Code(const std::string& text) { return text.empty() ? text : absl::StrCat("`", text, "`"); }

}  // namespace

void AddSources(CLI::App& app) {
  for (const CLI::Option* setting : Settings(app)) {
    app.get_option(absl::StrCat("--", NameOf(*setting)))->envname(VariableOf(*setting));
  }
  // CLI11 reads variables after the file, so it would never see the one that names the file.
  const char* file = std::getenv("HOOKD_CONFIG");
  const bool given = file != nullptr && *file != '\0';
  app.set_config("--config", given ? file : "", "configuration file, one setting per line: name = value",
                 given)
      ->envname("HOOKD_CONFIG")
      ->type_name("FILE");
  app.config_formatter(std::make_shared<ConfigFile>(&app));
  app.add_flag_callback(
         "--settings_table",
         [&app] {
           std::cout << SettingsTable(app);
           throw CLI::Success();
         },
         "print the settings as the table in server/README.md")
      ->configurable(false)
      ->group("");
}

void AddManPage(CLI::App& app) {
  app.add_flag_callback(
         "--man_page",
         [&app] {
           std::cout << command_line::FormatManPage(
               app,
               {.section = 8,
                .manual = "System Administration",
                .version = absl::StrCat("hookd ", kVersion),
                .summary = "deliver events to webhooks",
                .sections = {{"FILES", kManFiles}, {"SIGNALS", kManSignals}, {"SEE ALSO", "hookctl(1)"}}});
           throw CLI::Success();
         },
         "print the manual page")
      ->configurable(false)
      ->group("");
}

std::vector<Setting> ReadSettings(const CLI::App& app) {
  std::vector<Setting> settings;
  for (const CLI::Option* option : SettingsAndFile(app)) {
    const std::string name = NameOf(*option);
    settings.push_back({.name = name,
                        .value = Redacted(name, ValueOf(*option)),
                        .default_value = DefaultOf(*option),
                        .description = option->get_description()});
  }
  return settings;
}

std::string SettingsTable(const CLI::App& app) {
  std::string table = "| flag | environment variable | default | meaning |\n|---|---|---|---|\n";
  for (const CLI::Option* setting : SettingsAndFile(app)) {
    absl::StrAppend(&table, "| ", Code(absl::StrCat("--", NameOf(*setting))), " | ",
                    Code(VariableOf(*setting)), " | ", Code(Cell(setting->get_default_str())), " | ",
                    Cell(setting->get_description()), " |\n");
  }
  return table;
}

}  // namespace hookd
