#include "hookctl/output.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "google/protobuf/util/json_util.h"
#include "hookctl/color.h"
#include "hookctl/columns.h"
#include "hookctl/values.h"
#include "rapidjson/prettywriter.h"
#include "rapidjson/reader.h"
#include "rapidjson/stringbuffer.h"

namespace hookctl {
namespace {

// The width of printable text: one column per character, which is correct except for East Asian wide
// characters.
size_t Columns(absl::string_view text) {
  return std::count_if(text.begin(), text.end(),
                       [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

std::string Cut(const std::string& text, size_t width) {
  if (Columns(text) <= width) return text;
  size_t bytes = 0;
  for (size_t column = 0; column + 1 < width; ++column) {
    do ++bytes;
    while ((static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80U);  // the rest of the character
  }
  return text.substr(0, bytes) + "…";
}

// A line of a table. It is cut as plain text, and coloured when it is printed.
class Line {
 public:
  // Adds a cell, and its colour.
  void Add(absl::string_view cell, Color color) {
    if (color != Color::kNone) colored_.push_back({text_.size(), text_.size() + cell.size(), color});
    absl::StrAppend(&text_, cell);
  }
  void AddBlanks(size_t columns) { text_.append(columns, ' '); }

  // Cuts the line to `width` columns; 0 cuts nothing.
  void Print(std::ostream& out, int width) const {
    const std::string shown = width > 0 ? Cut(text_, static_cast<size_t>(width)) : text_;
    size_t end = 0;
    for (const auto& cell : colored_) {
      if (cell.begin >= shown.size()) break;
      const size_t cell_end = std::min(cell.end, shown.size());
      out << shown.substr(end, cell.begin - end)
          << Colored(out, cell.color, shown.substr(cell.begin, cell_end - cell.begin));
      end = cell_end;
    }
    out << shown.substr(end);
  }

 private:
  struct ColoredCell {
    size_t begin;
    size_t end;
    Color color;
  };
  std::string text_;
  std::vector<ColoredCell> colored_;
};

// Prints a row in columns of these widths, and leaves out those with width 0. The headings decide the
// colours; the row may be the headings themselves.
void PrintRow(std::ostream& out, int width, const std::vector<std::string>& headings,
              const std::vector<size_t>& widths, const std::vector<std::string>& row) {
  Line line;
  size_t blanks = 0;  // before the next cell
  for (size_t i = 0; i < row.size(); ++i) {
    if (widths[i] == 0) continue;
    const std::string cell = Cut(row[i], widths[i]);
    line.AddBlanks(blanks);
    line.Add(cell, &row == &headings ? Color::kBold : ColorOf(headings[i], row[i]));
    blanks = widths[i] - Columns(cell) + kColumnGap;
  }
  line.Print(out, width);
}

// Passes the events of a Reader to a PrettyWriter. Numbers stay as they were written, because a double would
// lose digits of a 64-bit integer.
class NumbersAsWritten {
 public:
  explicit NumbersAsWritten(rapidjson::PrettyWriter<rapidjson::StringBuffer>* writer) : writer_(writer) {}

  bool Null() { return writer_->Null(); }
  bool Bool(bool value) { return writer_->Bool(value); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return writer_->RawValue(text, size, rapidjson::kNumberType);
  }
  bool String(const char* text, rapidjson::SizeType size, bool copy) {
    return writer_->String(text, size, copy);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool copy) { return writer_->Key(text, size, copy); }
  bool StartObject() { return ++depth_ <= kDeepest && writer_->StartObject(); }
  bool EndObject(rapidjson::SizeType count) { return --depth_ >= 0 && writer_->EndObject(count); }
  bool StartArray() { return ++depth_ <= kDeepest && writer_->StartArray(); }
  bool EndArray(rapidjson::SizeType count) { return --depth_ >= 0 && writer_->EndArray(count); }

  // Required by the Reader, but not called with kParseNumbersAsStringsFlag.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(int64_t) { return false; }
  bool Uint64(uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  // Indentation grows with depth, so a few kilobytes of brackets would otherwise become gigabytes.
  static constexpr int kDeepest = 100;

  rapidjson::PrettyWriter<rapidjson::StringBuffer>* writer_;
  int depth_ = 0;
};

}  // namespace

void Table::Print(std::ostream& out, int width) const {
  std::vector<std::vector<std::string>> rows = rows_;
  std::vector<size_t> widths(rows.front().size(), 1);
  for (auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      row[i] = row[i].empty() ? "-" : Printable(row[i]);
      widths[i] = std::max(widths[i], Columns(row[i]));
    }
  }
  std::vector<size_t> dispensable;
  for (const std::string& heading : dispensable_) {
    const auto found = std::find(rows.front().begin(), rows.front().end(), heading);
    if (found != rows.front().end()) dispensable.push_back(static_cast<size_t>(found - rows.front().begin()));
  }
  widths = FitColumns(widths, dispensable, static_cast<size_t>(width));
  for (const auto& row : rows) {
    PrintRow(out, width, rows.front(), widths, row);
    out << "\n";
  }
}

void LiveTable::Add(std::ostream& out, int width, const std::vector<std::string>& cells) {
  const bool is_heading = headings_.empty();
  if (is_heading) headings_ = cells;
  std::vector<std::string> row;
  for (size_t i = 0; i < cells.size(); ++i) {
    row.push_back(cells[i].empty() ? "-" : Printable(cells[i]));
    widths_[i] = std::max(widths_[i], Columns(row[i]));
  }
  const auto widths = FitColumns(widths_, dispensable_, static_cast<size_t>(width));
  PrintRow(out, width, headings_, widths, is_heading ? headings_ : row);
  out << std::endl;
}

void PrintFields(std::ostream& out, const std::vector<std::pair<std::string, std::string>>& fields,
                 absl::string_view indent) {
  size_t width = 0;
  for (const auto& [label, value] : fields) {
    if (!value.empty()) width = std::max(width, label.size());
  }
  for (const auto& [label, value] : fields) {
    if (value.empty()) continue;
    out << indent << label << std::string(width - label.size() + 2, ' ')
        << Colored(out, ColorOf(label, value), Printable(value)) << "\n";
  }
}

std::string ToJson(const google::protobuf::Message& message, bool one_line) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = !one_line;
  // The fields of an event are optional, and with defaults protobuf would also reorder them.
  options.always_print_primitive_fields = message.GetDescriptor()->full_name() != "hookd.v1.Event";
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::StrCat("{\"error\": \"", std::string(status.message()), "\"}\n");
  if (one_line) json.push_back('\n');
  return json;
}

std::optional<std::string> PrettyJson(const std::string& json) {
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag |
                              rapidjson::kParseValidateEncodingFlag;
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer(buffer);
  writer.SetIndent(' ', 2);
  NumbersAsWritten handler(&writer);
  rapidjson::MemoryStream in(json.data(), json.size());
  rapidjson::Reader reader;
  if (!reader.Parse<kFlags>(in, handler)) return std::nullopt;
  return std::string(buffer.GetString(), buffer.GetSize());
}

std::string Indented(absl::string_view text, absl::string_view indent) {
  std::string indented;
  for (const absl::string_view line : absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    absl::StrAppend(&indented, indent, line, "\n");
  }
  return indented;
}

std::string TimeText(const google::protobuf::Timestamp& time, bool precise) {
  if (time.seconds() == 0 && time.nanos() == 0) return "";
  return absl::FormatTime(precise ? "%Y-%m-%d %H:%M:%E3SZ" : "%Y-%m-%d %H:%M:%SZ", FromTimestamp(time),
                          absl::UTCTimeZone());
}

std::string DurationText(const google::protobuf::Duration& duration) {
  const double ms = static_cast<double>(duration.seconds()) * 1e3 + duration.nanos() / 1e6;
  if (ms >= 1000) return absl::StrFormat("%.2f s", ms / 1000);
  if (ms >= 100) return absl::StrFormat("%.0f ms", ms);
  if (ms >= 1) return absl::StrFormat("%.1f ms", ms);
  return absl::StrFormat("%.2f ms", ms);
}

std::string IdOf(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return std::string(slash == absl::string_view::npos ? name : name.substr(slash + 1));
}

}  // namespace hookctl
