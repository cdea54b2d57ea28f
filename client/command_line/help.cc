#include "command_line/help.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace command_line {
namespace {

class HelpFormatter : public CLI::Formatter {
 public:
  // CLI11 would show the second name of `--disabled,!--enabled` as `--enabled{false}`.
  std::string make_option_name(const CLI::Option* option, bool) const override {
    return OptionNames(*option);
  }
};

}  // namespace

std::string OptionNames(const CLI::Option& option) {
  if (option.get_positional()) return option.get_name(true);
  std::string names;
  const auto add = [&names](absl::string_view dashes, const std::string& name) {
    absl::StrAppend(&names, names.empty() ? "" : ", ", dashes, name);
  };
  for (const std::string& letter : option.get_snames()) add("-", letter);
  for (const std::string& word : option.get_lnames()) add("--", word);
  return names;
}

std::string ValueName(const CLI::Option& option) {
  if (option.get_items_expected_max() == 0) return "";
  const std::string type = option.get_type_name();
  absl::string_view name = type;
  // CLI11 appends what a check says of the value: TEXT:FILE, TEXT:{table,json}, INT:INT in [0 - 65535].
  if (absl::ConsumePrefix(&name, "TEXT:") && absl::ConsumePrefix(&name, "{")) {
    absl::ConsumeSuffix(&name, "}");
    return absl::StrReplaceAll(name, {{",", "|"}});
  }
  if (absl::StartsWith(name, "INT") || absl::StartsWith(name, "UINT") || absl::StartsWith(name, "FLOAT"))
    return "N";
  return std::string(name);
}

void UseHelpFormat(CLI::App& app) {
  const auto format = std::make_shared<HelpFormatter>();
  format->label("SUBCOMMAND", "COMMAND");
  app.formatter(format);
}

void NameValues(CLI::App& app) {
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    if (const std::string name = ValueName(*option); !name.empty()) {
      app.get_formatter()->label(option->get_type_name(), name);
    }
  }
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) NameValues(*command);
}

}  // namespace command_line
