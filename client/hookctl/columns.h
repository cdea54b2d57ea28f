// Fits the columns of a table into the width of a terminal. Thread-safe; no state.
#ifndef HOOKCTL_COLUMNS_H_
#define HOOKCTL_COLUMNS_H_

#include <cstddef>
#include <vector>

namespace hookctl {

// The number of blanks between two columns.
inline constexpr size_t kColumnGap = 2;

// Returns the width to show each column with; 0 leaves it out. `widths` are the widths that the columns need,
// at least 1; `dispensable` are columns that can be left out, the first of them first. `width` 0: all of
// them.
//
// Wide columns are cut first, down to a width at which a text is still useful; then columns are left out;
// then the others are cut further. The first column, which names the row, is cut last.
std::vector<size_t> FitColumns(const std::vector<size_t>& widths, const std::vector<size_t>& dispensable,
                               size_t width);

}  // namespace hookctl

#endif  // HOOKCTL_COLUMNS_H_
