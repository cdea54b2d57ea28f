// The manual page of a program, from the definitions that also print its help. Thread-safe; no state.
#ifndef COMMAND_LINE_MAN_PAGE_H_
#define COMMAND_LINE_MAN_PAGE_H_

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace command_line {

struct ManPage {
  int section = 1;
  std::string manual;   // such as `User Commands`
  std::string version;  // such as `hookd 1.2.0`
  std::string summary;  // what the program is, in a few words
  // A paragraph that ends the help of every command, and that a page with all of them does not need.
  std::string omitted;
  // Sections at the end: a heading, and text as in a footer.
  std::vector<std::pair<std::string, std::string>> sections;
};

// Returns the page as roff for man(7), with all commands and options that the help shows. In footers, a
// paragraph is filled, and indented lines stay as they are.
std::string FormatManPage(const CLI::App& app, const ManPage& page);

}  // namespace command_line

#endif  // COMMAND_LINE_MAN_PAGE_H_
