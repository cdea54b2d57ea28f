// Completion of a command line in a shell, from the definitions that also parse it. Thread-safe for different
// apps; no state.
#ifndef COMMAND_LINE_COMPLETION_H_
#define COMMAND_LINE_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace command_line {

struct Candidate {
  std::string text;         // the whole word
  std::string description;  // one line; may be empty
};

struct Candidates {
  std::vector<Candidate> words;
  bool files = false;  // the word can be the name of a file
};

// The values of an option that only the program knows when it runs; nothing if the option is another one.
using DynamicValues = std::function<std::optional<std::vector<std::string>>(const CLI::Option&)>;

// Declares the values that an option takes. Completion needs this only for an option whose check is not
// CLI::IsMember.
void SetValues(CLI::Option* option, const std::vector<std::string>& values);

// Returns what the last of `words` can become. The words exclude the program's name; the last one is
// incomplete, and often empty. Hidden options are left out. Requires: `app` was not parsed.
Candidates Complete(CLI::App& app, const std::vector<std::string>& words, const DynamicValues& dynamic);

// Splits the beginning of a line into words as a POSIX shell does, as far as quotes and backslashes go. The
// last word is the one that the line ends in, empty after a blank.
std::vector<std::string> SplitWords(absl::string_view line);

}  // namespace command_line

#endif  // COMMAND_LINE_COMPLETION_H_
