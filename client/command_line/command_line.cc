#include "command_line/command_line.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace command_line {
namespace {

std::string Normalized(const std::string& name) { return absl::StrReplaceAll(name, {{"_", "-"}}); }

bool IsFlag(const std::string& argument) { return absl::StartsWith(argument, "--") && argument.size() > 2; }

// `listen` of `--listen=:1`.
std::string NameOfFlag(const std::string& argument) { return argument.substr(2, argument.find('=') - 2); }

std::optional<std::string> LongName(const CLI::Option& option, const std::string& name) {
  for (const std::string& each : option.get_lnames()) {
    if (Normalized(each) == Normalized(name)) return each;
  }
  return std::nullopt;
}

const CLI::App* FindCommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

// How many letters must be inserted, deleted, replaced or exchanged with their neighbour to make `b` of `a`.
size_t Distance(const std::string& a, const std::string& b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) {
    for (size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        cost[i][j] = i + j;
        continue;
      }
      const bool same = a[i - 1] == b[j - 1];
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, cost[i - 1][j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
      }
    }
  }
  return cost[a.size()][b.size()];
}

// The command that the line had come to when parsing ended.
const CLI::App& InnermostCommand(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::vector<std::string> CommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) names.push_back(command->get_name());
  return names;
}

}  // namespace

const CLI::Option* FindOption(const CLI::App& app, const std::string& name) {
  for (const CLI::Option* option : app.get_options()) {
    if (LongName(*option, name).has_value()) return option;
  }
  return nullptr;
}

std::vector<std::string> FlagNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
  }
  return names;
}

std::string DidYouMean(const std::string& name, const std::vector<std::string>& candidates,
                       const std::string& prefix) {
  // A name that differs in more than a third of its letters is another name.
  size_t least = std::max<size_t>(1, name.size() / 3) + 1;
  std::string nearest;
  for (const std::string& candidate : candidates) {
    const size_t distance = Distance(Normalized(name), Normalized(candidate));
    if (distance == 0) return "";
    if (distance >= least) continue;
    least = distance;
    nearest = candidate;
  }
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", prefix, nearest, "?");
}

void Parse(CLI::App& app, const std::vector<std::string>& arguments) {
  std::vector<std::string> line;
  const CLI::App* command = &app;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--") {  // the rest is not flags
      line.insert(line.end(), arguments.begin() + static_cast<ptrdiff_t>(i), arguments.end());
      break;
    }
    if (!IsFlag(argument)) {
      if (const CLI::App* inner = FindCommand(*command, argument)) command = inner;
      line.push_back(argument);
      continue;
    }
    const std::string name = NameOfFlag(argument);
    const CLI::Option* option = nullptr;
    for (const CLI::App* at = command; at != nullptr && option == nullptr; at = at->get_parent()) {
      option = FindOption(*at, name);
    }
    if (option == nullptr) {
      line.push_back(argument);
      continue;
    }
    line.push_back(absl::StrCat("--", *LongName(*option, name), argument.substr(2 + name.size())));
    if (option->get_items_expected_min() == 0) continue;
    if (argument.find('=') == std::string::npos) {
      if (i + 1 < arguments.size()) line.push_back(arguments[++i]);  // its value, whatever that looks like
    } else if (argument.back() == '=' && argument.find('=') == argument.size() - 1) {
      // CLI11 2.1 would take the next argument for the value.
      line.back().pop_back();
      line.emplace_back();
    }
  }
  std::reverse(line.begin(), line.end());  // CLI11 takes a vector from its end.
  app.parse(std::move(line));
}

std::string Describe(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = InnermostCommand(app);
  const std::vector<std::string> commands = CommandNames(command);
  // CLI11 reports a misspelt command as one that is missing.
  const std::vector<std::string> unknown = app.remaining(true);
  if (!unknown.empty() && IsFlag(unknown.front())) {
    std::vector<std::string> flags;
    for (const CLI::App* at = &command; at != nullptr; at = at->get_parent()) {
      const std::vector<std::string> names = FlagNames(*at);
      flags.insert(flags.end(), names.begin(), names.end());
    }
    const std::string name = NameOfFlag(unknown.front());
    return absl::StrCat("unknown flag --", name, DidYouMean(name, flags, "--"));
  }
  if (!unknown.empty() && absl::StartsWith(unknown.front(), "-")) {
    return absl::StrCat("unknown flag ", unknown.front());
  }
  if (!unknown.empty() && !commands.empty()) {
    return absl::StrCat("unknown command ", unknown.front(), DidYouMean(unknown.front(), commands));
  }
  if (!unknown.empty()) return absl::StrCat("unexpected argument ", unknown.front());
  if (!commands.empty() && dynamic_cast<const CLI::RequiredError*>(&error) != nullptr &&
      absl::StrContains(error.what(), "subcommand")) {
    return absl::StrCat("missing command: give one of ", absl::StrJoin(commands, ", "));
  }
  return error.what();
}

}  // namespace command_line
