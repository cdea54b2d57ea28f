#include "command_line/completion.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "command_line/command_line.h"

namespace command_line {
namespace {

// A CLI::Option has no place for its values except the name of a validator.
constexpr absl::string_view kValues = "values:";

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

bool IsShown(const CLI::Option& option) { return !option.get_group().empty(); }

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// The values that SetValues declared.
std::vector<std::string> DeclaredValues(CLI::Option& option) {
  for (int i = 0;; ++i) {
    try {
      absl::string_view name = option.get_validator(i)->get_name();
      if (absl::ConsumePrefix(&name, kValues)) return absl::StrSplit(name, ',');
    } catch (const CLI::OptionNotFound&) {  // there are no more validators
      return {};
    }
  }
}

// The values of CLI::IsMember, which the name of the type ends with: `TEXT:{table,json}`.
std::vector<std::string> MemberValues(const std::string& type) {
  const size_t begin = type.find('{');
  const size_t end = type.find('}', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  return absl::StrSplit(type.substr(begin + 1, end - begin - 1), ',');
}

bool TakesFile(const std::string& type, const CLI::Option& option) {
  // The value of `SECRET|@FILE` is not a name of a file as it is.
  const bool by_type = (absl::StrContains(type, "FILE") || absl::StrContains(type, "DIR")) &&
                       !absl::StrContains(type, "@FILE");
  return by_type || option.get_name(true) == "FILE";
}

// The state of the line before its last word.
class Line {
 public:
  explicit Line(CLI::App& app) : command_(&app) {}

  void Take(const std::string& word) {
    if (std::exchange(waiting_, nullptr) != nullptr) return;  // the value of the flag before
    if (!only_arguments_ && word == "--") {
      only_arguments_ = true;
    } else if (!only_arguments_ && absl::StartsWith(word, "-") && word.size() > 1) {
      CLI::Option* option = Find(word.substr(0, word.find('=')));
      if (option != nullptr && TakesValue(*option) && !absl::StrContains(word, "=")) waiting_ = option;
    } else if (CLI::App* inner = only_arguments_ ? nullptr : Command(word)) {
      command_ = inner;
      arguments_ = 0;
    } else {
      ++arguments_;
    }
  }

  CLI::App& command() const { return *command_; }
  CLI::Option* waiting() const { return waiting_; }
  bool only_arguments() const { return only_arguments_; }

  // The option of this flag, with its dashes, of the command or of one that contains it; null if there is
  // none.
  CLI::Option* Find(const std::string& flag) const {
    const absl::string_view name = absl::StripPrefix(absl::StripPrefix(flag, "-"), "-");
    for (CLI::App* at = command_; at != nullptr; at = at->get_parent()) {
      for (CLI::Option* option : at->get_options([](const CLI::Option*) { return true; })) {
        const auto& letters = option->get_snames();
        const bool is_letter = !absl::StartsWith(flag, "--") &&
                               std::find(letters.begin(), letters.end(), std::string(name)) != letters.end();
        if (is_letter || FindOption(*at, std::string(name)) == option) return option;
      }
    }
    return nullptr;
  }

  // The argument without a flag that is next; null if there is none.
  CLI::Option* NextArgument() const {
    const auto arguments =
        command_->get_options([](const CLI::Option* option) { return option->get_positional(); });
    if (arguments.empty()) return nullptr;
    if (arguments_ < arguments.size()) return arguments[arguments_];
    return arguments.back()->get_items_expected_max() > 1 ? arguments.back() : nullptr;
  }

 private:
  CLI::App* Command(const std::string& name) const {
    for (CLI::App* command : command_->get_subcommands([](const CLI::App*) { return true; })) {
      if (command->get_name() == name) return command;
    }
    return nullptr;
  }

  CLI::App* command_;
  CLI::Option* waiting_ = nullptr;  // the flag whose value is next
  bool only_arguments_ = false;
  size_t arguments_ = 0;
};

// Adds the values of an option that begin with `word`, each after `prefix`.
void AddValues(CLI::Option& option, const std::string& prefix, std::string word, const DynamicValues& dynamic,
               Candidates& found) {
  const std::string type = option.get_type_name();
  std::vector<std::string> values;
  if (auto known = dynamic(option)) {
    values = *std::move(known);
  } else if (values = DeclaredValues(option); values.empty()) {
    values = MemberValues(type);
  }
  if (values.empty()) {
    found.files = found.files || TakesFile(type, option);
    return;
  }
  std::string before = prefix;
  std::set<std::string> given;
  if (const size_t comma = word.rfind(','); option.get_delimiter() == ',' && comma != std::string::npos) {
    given = absl::StrSplit(word.substr(0, comma), ',');
    absl::StrAppend(&before, word.substr(0, comma + 1));
    word = word.substr(comma + 1);
  }
  for (const std::string& each : values) {
    const std::string value(absl::StripAsciiWhitespace(each));
    if (absl::StartsWith(value, word) && given.count(value) == 0) {
      found.words.push_back({absl::StrCat(before, value), ""});
    }
  }
}

void AddFlags(const Line& line, const std::string& word, Candidates& found) {
  std::set<std::string> seen;
  for (CLI::App* at = &line.command(); at != nullptr; at = at->get_parent()) {
    for (const CLI::Option* option : at->get_options([](const CLI::Option*) { return true; })) {
      if (!IsShown(*option)) continue;
      for (const std::string& name : option->get_lnames()) {
        const std::string flag = absl::StrCat("--", name);
        if (!absl::StartsWith(flag, word) || !seen.insert(flag).second) continue;
        found.words.push_back({flag, FirstLine(option->get_description())});
      }
    }
  }
}

}  // namespace

void SetValues(CLI::Option* option, const std::vector<std::string>& values) {
  option->check(CLI::Validator([](std::string&) { return std::string(); }, "",
                               absl::StrCat(kValues, absl::StrJoin(values, ","))));
}

Candidates Complete(CLI::App& app, const std::vector<std::string>& words, const DynamicValues& dynamic) {
  Candidates found;
  if (words.empty()) return found;
  Line line(app);
  for (size_t i = 0; i + 1 < words.size(); ++i) line.Take(words[i]);
  const std::string& word = words.back();
  if (line.waiting() != nullptr) {
    AddValues(*line.waiting(), "", word, dynamic, found);
    return found;
  }
  if (absl::StartsWith(word, "-") && !line.only_arguments()) {
    const size_t equals = word.find('=');
    if (equals == std::string::npos) {
      AddFlags(line, word, found);
    } else if (CLI::Option* option = line.Find(word.substr(0, equals));
               option != nullptr && TakesValue(*option)) {
      AddValues(*option, word.substr(0, equals + 1), word.substr(equals + 1), dynamic, found);
    }
    return found;
  }
  for (const CLI::App* command : line.command().get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_group().empty() || !absl::StartsWith(command->get_name(), word)) continue;
    found.words.push_back({command->get_name(), FirstLine(command->get_description())});
  }
  if (CLI::Option* argument = line.NextArgument()) AddValues(*argument, "", word, dynamic, found);
  return found;
}

std::vector<std::string> SplitWords(absl::string_view line) {
  std::vector<std::string> words;
  std::string word;
  char quote = 0;
  bool in_word = false;
  for (size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '\\' && quote != '\'' && i + 1 < line.size()) {
      word.push_back(line[++i]);
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word.push_back(c);
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      if (in_word) words.push_back(std::exchange(word, ""));
      in_word = false;
    } else {
      word.push_back(c);
      in_word = true;
    }
  }
  words.push_back(word);
  return words;
}

}  // namespace command_line
