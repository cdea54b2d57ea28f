#include "settings.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <istream>
#include <memory>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace hookd {
namespace {

std::string NameOf(const CLI::Option& option) { return option.get_lnames().front(); }

std::string VariableOf(const CLI::Option& option) {
  return absl::StrCat("HOOKD_", absl::AsciiStrToUpper(NameOf(option)));
}

bool IsSet(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value != nullptr && *value != '\0';
}

// The options that are settings: not --help and its like, which are of one run alone.
std::vector<const CLI::Option*> Settings(const CLI::App& app) {
  return app.get_options([](const CLI::Option* option) { return option->get_configurable(); });
}

// The file's lines, one setting each, as CLI11 reads them. CLI11 knows no line numbers and would take the
// file before the environment, so this does: a line at a time, without those whose variable is set.
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
      const CLI::Option* option = nullptr;
      if (items.size() == 1 && text.find('=') != std::string::npos) {
        option = app_->get_option_no_throw(absl::StrCat("--", items.front().fullname()));
      }
      if (option == nullptr || !option->get_configurable()) {
        throw Error(number, "no setting of hookd's", text);
      }
      if (!seen.insert(NameOf(*option)).second) throw Error(number, "set a second time", text);
      if (!IsSet(VariableOf(*option))) settings.push_back(std::move(items.front()));
    }
    return settings;
  }

 private:
  CLI::ConfigError Error(int line, const char* what, const std::string& text) const {
    return {absl::StrCat(app_->get_config_ptr()->as<std::string>(), ", line ", line, ": ", what, ": ", text),
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
  // CLI11 looks at variables after the file, and so would never read the one that names it.
  const char* file = std::getenv("HOOKD_CONFIG");
  const bool given = file != nullptr && *file != '\0';
  app.set_config("--config", given ? file : "", "file of settings, one a line: name = value", given)
      ->envname("HOOKD_CONFIG")
      ->type_name("FILE");
  app.config_formatter(std::make_shared<ConfigFile>(&app));
  app.add_flag_callback(
         "--settings_table",
         [&app] {
           std::cout << SettingsTable(app);
           throw CLI::Success();
         },
         "print the settings as the table of server/README.md")
      ->configurable(false)
      ->group("");
}

void ParseFlags(CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> line;
  for (const std::string& argument : arguments) {
    // CLI11 2.1 would take the next argument for the value.
    const bool empty = absl::StartsWith(argument, "--") && argument.find('=') == argument.size() - 1;
    line.push_back(empty ? argument.substr(0, argument.size() - 1) : argument);
    if (empty) line.emplace_back();
  }
  std::reverse(line.begin(), line.end());  // as CLI11 takes a vector
  app.parse(std::move(line));
}

std::string SettingsTable(const CLI::App& app) {
  std::string table = "| flag | environment variable | default | meaning |\n|---|---|---|---|\n";
  std::vector<const CLI::Option*> settings = Settings(app);
  settings.push_back(app.get_config_ptr());
  for (const CLI::Option* setting : settings) {
    absl::StrAppend(&table, "| ", Code(absl::StrCat("--", NameOf(*setting))), " | ",
                    Code(VariableOf(*setting)), " | ", Code(Cell(setting->get_default_str())), " | ",
                    Cell(setting->get_description()), " |\n");
  }
  return table;
}

}  // namespace hookd
