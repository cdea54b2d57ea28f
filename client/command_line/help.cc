#include "command_line/help.h"

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace command_line {
namespace {

// To the right of the names of the options, which take 30 columns.
constexpr size_t kDescriptionColumns = 88;

// Breaks lines between words.
std::string Wrapped(absl::string_view text, size_t columns) {
  std::string wrapped;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    size_t used = 0;
    if (!wrapped.empty()) wrapped.push_back('\n');
    for (const absl::string_view word : absl::StrSplit(line, ' ')) {
      const bool fits = used == 0 || used + 1 + word.size() <= columns;
      if (used > 0) wrapped.push_back(fits ? ' ' : '\n');
      used = (fits && used > 0 ? used + 1 : 0) + word.size();
      absl::StrAppend(&wrapped, word);
    }
  }
  return wrapped;
}

class HelpFormatter : public CLI::Formatter {
 public:
  // CLI11 would show the second name of `--disabled,!--enabled` as `--enabled{false}`.
  std::string make_option_name(const CLI::Option* option, bool) const override {
    return OptionNames(*option);
  }

  // The usage shows whether an argument without a flag is required.
  std::string make_option_opts(const CLI::Option* option) const override {
    const std::string value = option->get_positional() ? "" : ValueName(*option);
    return absl::StrCat(value.empty() ? "" : " ", value,
                        option->get_required() && !option->get_positional() ? " (required)" : "");
  }

  // The default in brackets, as in descriptions that say what it depends on.
  std::string make_option_desc(const CLI::Option* option) const override {
    std::string description = option->get_description();
    if (!option->get_default_str().empty()) {
      absl::StrAppend(&description, " [", option->get_default_str(), "]");
    }
    if (!option->get_envname().empty()) absl::StrAppend(&description, " [$", option->get_envname(), "]");
    return Wrapped(description, kDescriptionColumns);
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
  return std::string(name.substr(0, name.find(":SIZE [")));  // BYTES:SIZE [b, kb(=1024b), ...]
}

void UseHelpFormat(CLI::App& app) {
  const auto format = std::make_shared<HelpFormatter>();
  format->label("SUBCOMMAND", "COMMAND");
  format->label("Positionals", "Arguments");
  app.formatter(format);
}

}  // namespace command_line
