#include "command_line/man_page.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "command_line/help.h"

namespace command_line {
namespace {

// Text in which roff sees no commands. A line must not begin with a dot or an apostrophe.
std::string Escaped(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"},
                                                   {"-", "\\-"},
                                                   {"'", "\\(aq"},
                                                   {"`", "\\(ga"},
                                                   {"^", "\\(ha"},
                                                   {"~", "\\(ti"},
                                                   {"…", "..."},
                                                   {"\t", " "}});
  if (absl::StartsWith(escaped, ".")) escaped.insert(0, "\\&");
  return escaped;
}

bool IsBlank(absl::string_view line) { return absl::StripAsciiWhitespace(line).empty(); }

// Paragraphs are filled; indented lines stay as they are.
void AppendText(std::string& out, absl::string_view text) {
  bool verbatim = false;
  bool paragraph = false;  // a paragraph has begun
  const auto end_verbatim = [&] {
    if (verbatim) absl::StrAppend(&out, ".fi\n.RE\n");
    verbatim = false;
  };
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (IsBlank(line)) {
      end_verbatim();
      paragraph = false;
      continue;
    }
    if (line.front() == ' ') {
      if (!verbatim) absl::StrAppend(&out, paragraph ? "" : ".PP\n", ".RS 2\n.nf\n");
      verbatim = true;
      paragraph = true;
      absl::StrAppend(&out, Escaped(line.substr(absl::StartsWith(line, "  ") ? 2 : 1)), "\n");
      continue;
    }
    end_verbatim();
    if (!paragraph) absl::StrAppend(&out, ".PP\n");
    paragraph = true;
    absl::StrAppend(&out, Escaped(line), "\n");
  }
  end_verbatim();
}

// `--server HOST:PORT`.
std::string OptionTitle(const CLI::Option& option) {
  const std::string value = option.get_positional() ? "" : ValueName(option);
  return absl::StrCat("\\fB", Escaped(OptionNames(option)), "\\fR",
                      value.empty() ? "" : absl::StrCat(" \\fI", Escaped(value), "\\fR"));
}

void AppendOption(std::string& out, const CLI::Option& option) {
  absl::StrAppend(&out, ".TP\n", OptionTitle(option), "\n",
                  Escaped(absl::StrReplaceAll(option.get_description(), {{"\n", " "}})));
  if (option.get_required()) absl::StrAppend(&out, " (required)");
  if (!option.get_default_str().empty()) {
    absl::StrAppend(&out, " [default: ", Escaped(option.get_default_str()), "]");
  }
  if (!option.get_envname().empty()) {
    absl::StrAppend(&out, " [environment: ", Escaped(option.get_envname()), "]");
  }
  absl::StrAppend(&out, "\n");
}

// The arguments first, then the flags, as the help has them.
void AppendOptions(std::string& out, const CLI::App& app) {
  for (const bool positional : {true, false}) {
    for (const CLI::Option* option : app.get_options()) {
      const bool is_help = option == app.get_help_ptr() && app.get_parent() != nullptr;
      if (option->get_group().empty() || option->get_positional() != positional || is_help) continue;
      AppendOption(out, *option);
    }
  }
}

std::string Synopsis(const CLI::App& app) {
  std::string line = " [OPTIONS]";
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const bool many = option->get_items_expected_max() > 1;
    const std::string name = absl::StrCat(option->get_name(true), many ? "..." : "");
    absl::StrAppend(&line, " ", option->get_required() ? name : absl::StrCat("[", name, "]"));
  }
  return line;
}

std::vector<const CLI::App*> Commands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* command) { return !command->get_group().empty(); });
}

void AppendCommand(std::string& out, const CLI::App& command, const std::string& parent,
                   const ManPage& page) {
  const std::string name = absl::StrCat(parent, " ", command.get_name());
  const auto commands = Commands(command);
  const std::string footer = absl::StrReplaceAll(command.get_footer(), {{page.omitted, ""}});
  if (commands.empty()) {
    absl::StrAppend(&out, ".SS \"", Escaped(absl::StrCat(name, Synopsis(command))), "\"\n");
    AppendText(out, absl::StrCat(command.get_description(), "."));
    AppendOptions(out, command);
    if (!IsBlank(footer)) AppendText(out, footer);
    return;
  }
  // The page describes a group by its commands.
  if (!IsBlank(footer)) {
    absl::StrAppend(&out, ".SS \"", Escaped(name), "\"\n");
    AppendText(out, footer);
  }
  for (const CLI::App* inner : commands) AppendCommand(out, *inner, name, page);
}

}  // namespace

std::string FormatManPage(const CLI::App& app, const ManPage& page) {
  const std::string& name = app.get_name();
  const auto commands = Commands(app);
  std::string out =
      absl::StrCat(".TH ", absl::AsciiStrToUpper(name), " ", page.section, " \"\" \"", Escaped(page.version),
                   "\" \"", Escaped(page.manual), "\"\n", ".SH NAME\n", name, " \\- ", Escaped(page.summary),
                   "\n", ".SH SYNOPSIS\n.B ", name, "\n[OPTIONS]",
                   commands.empty() ? "" : " COMMAND [ARGUMENTS]", "\n.SH DESCRIPTION\n");
  AppendText(out, app.get_description());
  absl::StrAppend(&out, ".SH OPTIONS\n");
  AppendOptions(out, app);
  if (!commands.empty()) {
    absl::StrAppend(&out, ".SH COMMANDS\n");
    for (const CLI::App* command : commands) AppendCommand(out, *command, name, page);
  }
  if (!IsBlank(app.get_footer())) {
    absl::StrAppend(&out, ".SH NOTES\n");
    AppendText(out, app.get_footer());
  }
  for (const auto& [heading, text] : page.sections) {
    absl::StrAppend(&out, ".SH ", heading, "\n");
    AppendText(out, text);
  }
  return out;
}

}  // namespace command_line
