#include "hookctl/stats_chart.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "hookctl/output.h"
#include "hookctl/values.h"

namespace hookctl {
namespace {

constexpr int kHeight = 4;        // lines of a chart
constexpr int kSteps = 8;         // of a line, in UTF-8
constexpr int kMinColumns = 8;    // however narrow the terminal is
constexpr int kMaxColumns = 100;  // a wider chart is hard to read
constexpr int kDefaultWidth = 80;

// Adds points up, a group for each column of the chart.
std::vector<int64_t> Group(const std::vector<int64_t>& counts, int per_column) {
  std::vector<int64_t> columns;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (i % static_cast<size_t>(per_column) == 0) columns.push_back(0);
    columns.back() += counts[i];
  }
  return columns;
}

// The part of a bar in one line, which is the `line`th from below; `height` is the bar's, in steps.
absl::string_view Cell(int64_t height, int line, const ChartStyle& style) {
  static constexpr absl::string_view kBlocks[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const int64_t steps = std::clamp<int64_t>(height - int64_t{line} * kSteps, 0, kSteps);
  if (style.utf8) return kBlocks[steps];
  if (steps == 0) return " ";
  return steps > kSteps / 2 ? "#" : ".";
}

// The height of a bar in steps: a count that is not 0 is visible.
int64_t HeightOf(int64_t count, int64_t greatest) {
  if (count == 0) return 0;
  return std::max<int64_t>(
      1, static_cast<int64_t>(static_cast<double>(count) / static_cast<double>(greatest) * kHeight * kSteps));
}

void DrawChart(std::ostream& out, absl::string_view title, const std::vector<int64_t>& columns,
               size_t label_width, const ChartStyle& style) {
  const int64_t greatest = std::max<int64_t>(1, *std::max_element(columns.begin(), columns.end()));
  out << title << "\n";
  for (int line = kHeight - 1; line >= 0; --line) {
    std::string label = line == kHeight - 1 ? WithCommas(greatest) : line == 0 ? "0" : "";
    label.insert(0, label_width - std::min(label_width, label.size()), ' ');
    std::string text = absl::StrCat(label, style.utf8 ? " │" : " |");
    for (const int64_t count : columns) absl::StrAppend(&text, Cell(HeightOf(count, greatest), line, style));
    out << absl::StripTrailingAsciiWhitespace(text) << "\n";
  }
}

// Such as `2026-01-31 12:30`.
std::string MinuteText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M", time, absl::UTCTimeZone());
}

// The axis of time: its start on the left and, if there is room, its end on the right.
void DrawAxis(std::ostream& out, const hookd::v1::Stats& stats, size_t columns, size_t label_width,
              const ChartStyle& style) {
  const absl::Time start = FromTimestamp(stats.points(0).start_time());
  const std::string first = MinuteText(start);
  const std::string last = MinuteText(start + FromProto(stats.step()) * stats.points_size());
  std::string line;
  for (size_t i = 0; i < columns; ++i) absl::StrAppend(&line, style.utf8 ? "─" : "-");
  const std::string indent(label_width + 1, ' ');
  out << indent << (style.utf8 ? "└" : "+") << line << "\n";
  const size_t room = std::min(columns + 1, static_cast<size_t>(style.width) - indent.size());
  if (room >= first.size() + last.size() + 2) {
    out << indent << first << std::string(room - first.size() - last.size(), ' ') << last << "\n";
  } else if (room >= first.size()) {
    out << indent << first << "\n";
  }
}

}  // namespace

ChartStyle StyleOf(int width) {
  ChartStyle style{.width = width > 0 ? width : kDefaultWidth};
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* const locale = std::getenv(name);
    if (locale == nullptr || *locale == '\0') continue;
    const std::string lower = absl::AsciiStrToLower(locale);
    style.utf8 = absl::StrContains(lower, "utf-8") || absl::StrContains(lower, "utf8");
    break;
  }
  return style;
}

void DrawStats(std::ostream& out, const hookd::v1::Stats& stats, const ChartStyle& style) {
  if (stats.points().empty()) return;
  std::vector<int64_t> delivered, others;
  for (const auto& point : stats.points()) {
    delivered.push_back(point.deliveries_delivered());
    others.push_back(point.deliveries_failed() + point.deliveries_canceled());
  }
  // The width of the labels is at most that of the sum.
  const size_t label_width =
      WithCommas(std::max<int64_t>({1, stats.total().deliveries_delivered(),
                                    stats.total().deliveries_failed() + stats.total().deliveries_canceled()}))
          .size();
  const int room = std::clamp(style.width - static_cast<int>(label_width) - 2, kMinColumns, kMaxColumns);
  const int per_column = (stats.points_size() + room - 1) / room;
  const std::vector<int64_t> columns = Group(delivered, per_column);
  const std::string bar = absl::FormatDuration(FromProto(stats.step()) * per_column);
  DrawChart(out, absl::StrCat("Delivered, ", bar, " a bar"), columns, label_width, style);
  DrawChart(out, "Failed or canceled", Group(others, per_column), label_width, style);
  DrawAxis(out, stats, columns.size(), label_width, style);
}

}  // namespace hookctl
