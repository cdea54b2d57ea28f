// Draws statistics as charts of bars for a terminal. Thread-safe; no state.
#ifndef HOOKCTL_STATS_CHART_H_
#define HOOKCTL_STATS_CHART_H_

#include <ostream>
#include <string>

#include "hookd/v1/stats.pb.h"

namespace hookctl {

struct ChartStyle {
  int width = 80;     // of the terminal, in columns; no line is longer
  bool utf8 = false;  // bars of block elements, with eight steps for each line; otherwise of `#`
};

// The style for a terminal of that width (0: none) in the locale of the environment: LC_ALL, LC_CTYPE or
// LANG.
ChartStyle StyleOf(int width);

// Draws two charts, one of deliveries that were delivered and one of the others that ended, on the same axis
// of time. Points are added up so that they fit the width. Draws nothing if there are no points.
void DrawStats(std::ostream& out, const hookd::v1::Stats& stats, const ChartStyle& style);

}  // namespace hookctl

#endif  // HOOKCTL_STATS_CHART_H_
