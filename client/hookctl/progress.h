// A line on a terminal that shows how far long work has come, drawn over again at most ten times a second.
//
//   [##########..........]  50%  12,345 events  3,210/s  4s left
//
// Not thread-safe. Owns nothing: the stream outlives it.
#ifndef HOOKCTL_PROGRESS_H_
#define HOOKCTL_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace hookctl {

class Progress {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `unit` is what is counted, as a plural. `width` is the terminal's in columns; 0: `out` is none, and
  // nothing is ever drawn.
  Progress(std::ostream& out, int width, std::string unit, Now now = std::chrono::steady_clock::now);

  // Takes the line away.
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `count` units are done, which is this part (0 to 1) of the work; without a part, the work's end is
  // unknown.
  void Update(int64_t count, std::optional<double> part);

  // Takes the line away, so that something else can be written there; the next update draws it again.
  void Clear();

 private:
  std::string Line(int64_t count, std::optional<double> part, double seconds) const;

  std::ostream& out_;
  const int width_;
  const std::string unit_;
  const Now now_;
  const std::chrono::steady_clock::time_point begin_;
  // At first the beginning: work that is done at once shows nothing.
  std::chrono::steady_clock::time_point last_drawn_;
  bool drawn_ = false;
};

}  // namespace hookctl

#endif  // HOOKCTL_PROGRESS_H_
