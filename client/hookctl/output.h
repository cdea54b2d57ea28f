// Formats output for people and programs: tables, times, JSON. Tables and fields are coloured if their stream
// has colours (see color.h). The functions are thread-safe.
#ifndef HOOKCTL_OUTPUT_H_
#define HOOKCTL_OUTPUT_H_

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "command_line/text.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace hookctl {

using command_line::Counted;
using command_line::IsUtf8;
using command_line::Printable;
using command_line::WithCommas;

// Rows under headings, in aligned columns.
class Table {
 public:
  // Columns with the headings `dispensable` are left out, the first of them first, if the terminal is too
  // narrow for all.
  explicit Table(std::vector<std::string> headings, std::vector<std::string> dispensable = {})
      : dispensable_(std::move(dispensable)) {
    rows_.push_back(std::move(headings));
  }

  // Adds a row. Requires: as many cells as headings. An empty cell is shown as `-`.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Fits the table into `width` columns (see FitColumns); 0 cuts and leaves out nothing.
  void Print(std::ostream& out, int width) const;

 private:
  std::vector<std::string> dispensable_;
  std::vector<std::vector<std::string>> rows_;
};

// A table whose rows are printed as they arrive. A column grows when a wider cell arrives, for the rows from
// then on.
class LiveTable {
 public:
  // `widths` are the initial widths of the columns; `dispensable` as for FitColumns.
  explicit LiveTable(std::vector<size_t> widths, std::vector<size_t> dispensable = {})
      : widths_(std::move(widths)), dispensable_(std::move(dispensable)) {}

  // Prints a row, formatted as Table does. The first row is the headings. Flushes `out`.
  void Add(std::ostream& out, int width, const std::vector<std::string>& cells);

 private:
  std::vector<size_t> widths_;
  std::vector<size_t> dispensable_;
  std::vector<std::string> headings_;  // the first row
};

// Prints a label and a value per line, with aligned values. Skips empty values.
void PrintFields(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields,
                 absl::string_view indent = "");

// Returns protobuf JSON with the proto names of the fields, indented or on one line, with a final newline.
// Fields with default values are included, except in an Event, whose fields are `optional`.
std::string ToJson(const google::protobuf::Message& message, bool one_line = false);

// Returns `json` indented, with every number as it was written; nothing if it is not JSON or nested too
// deeply.
std::optional<std::string> PrettyJson(const std::string& json);

// Returns `text` with `indent` before each line and a final newline.
std::string Indented(absl::string_view text, absl::string_view indent);

// Such as `2026-01-31 12:30:05Z`; with milliseconds if `precise`. Empty if `time` is unset.
std::string TimeText(const google::protobuf::Timestamp& time, bool precise = false);

// Such as `12.3 ms` or `4.00 s`.
std::string DurationText(const google::protobuf::Duration& duration);

// The last segment of a resource name.
std::string IdOf(absl::string_view name);

}  // namespace hookctl

#endif  // HOOKCTL_OUTPUT_H_
