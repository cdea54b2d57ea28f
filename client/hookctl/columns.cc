#include "hookctl/columns.h"

#include <algorithm>

namespace hookctl {
namespace {

// What a cut column keeps: times, ids and types as a whole, and the beginning of a sentence or URL.
constexpr size_t kUseful = 24;
// What it keeps if the terminal is so narrow that this does not fit.
constexpr size_t kNarrow = 8;

size_t Total(const std::vector<size_t>& widths) {
  size_t total = 0;
  for (const size_t width : widths) total += width == 0 ? 0 : width + kColumnGap;
  return total == 0 ? 0 : total - kColumnGap;
}

// Cuts the widest column by one, and so on, until all fit. No column from `first` on gets narrower than
// `least`, and no other is cut.
void CutWidest(std::vector<size_t>& widths, size_t first, size_t least, size_t width) {
  while (Total(widths) > width) {
    const auto widest = std::max_element(widths.begin() + static_cast<ptrdiff_t>(first), widths.end());
    if (widest == widths.end() || *widest <= least) return;
    --*widest;
  }
}

}  // namespace

std::vector<size_t> FitColumns(const std::vector<size_t>& widths, const std::vector<size_t>& dispensable,
                               size_t width) {
  std::vector<size_t> fitted = widths;
  if (width == 0 || Total(fitted) <= width) return fitted;
  // The first column is cut only if nothing else helps.
  std::vector<size_t> least = widths;
  for (size_t i = 1; i < least.size(); ++i) least[i] = std::min(least[i], kUseful);
  for (const size_t column : dispensable) {
    if (Total(least) <= width) break;
    least[column] = fitted[column] = 0;
  }
  CutWidest(fitted, 1, kUseful, width);
  CutWidest(fitted, 1, kNarrow, width);
  CutWidest(fitted, 0, kNarrow, width);
  return fitted;
}

}  // namespace hookctl
