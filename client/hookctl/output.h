// What people and programs see: tables, times, JSON. Thread-safe but for Table, which is a plain value.
#ifndef HOOKCTL_OUTPUT_H_
#define HOOKCTL_OUTPUT_H_

#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/timestamp.pb.h"

namespace hookctl {

// Rows under headings, in aligned columns.
class Table {
 public:
  explicit Table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

  // As many cells as there are headings; an empty one is shown as `-`.
  void Add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  // Cuts what does not fit a terminal of `width` columns; 0 cuts nothing.
  void Print(std::ostream& out, int width) const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

// Rows that come one after another over time: columns grow as wider cells come, from there on.
class LiveTable {
 public:
  // What the columns have at first.
  explicit LiveTable(std::vector<size_t> widths) : widths_(std::move(widths)) {}

  // A row, or first the headings; as Table has them. Flushes.
  void Add(std::ostream& out, int width, const std::vector<std::string>& cells);

 private:
  std::vector<size_t> widths_;
};

// A label and a value a line, the values in one column; lines with an empty value are left out.
void PrintFields(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields,
                 absl::string_view indent = "");

// Protobuf JSON with the fields' proto names; indented, or in one line, and ending in a newline. Fields at
// their default are written out, so that programs find each one; not so in an Event, whose fields are
// `optional`: there, what is not set is left out.
std::string ToJson(const google::protobuf::Message& message, bool one_line = false);

// `json` indented, with every number as it was written; nothing if it is not JSON, or nested out of all
// reason.
std::optional<std::string> PrettyJson(const std::string& json);

// `text` for a terminal: control characters, which could move the cursor or worse, and bytes that are not
// UTF-8 are shown as `\x1b`. Newlines and tabs are kept only if `keep_lines`.
std::string Printable(absl::string_view text, bool keep_lines = false);

// Valid UTF-8 through and through.
bool IsUtf8(absl::string_view text);

// Each line of `text` after `indent`, ending in a newline.
std::string Indented(absl::string_view text, absl::string_view indent);

// `2026-01-31 12:30:05Z`; with milliseconds if `precise`. Empty if it is not set.
std::string TimeText(const google::protobuf::Timestamp& time, bool precise = false);

// `12.3 ms`, `4.00 s`.
std::string DurationText(const google::protobuf::Duration& duration);

// The last part of a resource name.
std::string IdOf(absl::string_view name);

// `12,345`, of what is not negative.
std::string WithCommas(long long count);

// `1 webhook`, `12,345 webhooks`.
std::string Counted(long long count, absl::string_view singular, absl::string_view plural);

}  // namespace hookctl

#endif  // HOOKCTL_OUTPUT_H_
