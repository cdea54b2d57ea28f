// A progress bar on a terminal, redrawn at most ten times per second.
//
//   [##########..........]  50%  12,345 events  3,210/s  4s left
//
// Not thread-safe. The stream must outlive it.
#ifndef COMMAND_LINE_PROGRESS_H_
#define COMMAND_LINE_PROGRESS_H_

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

namespace command_line {

class Progress {
 public:
  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `unit` is the plural of what is counted. `width` is the terminal's width in columns; 0 means that `out`
  // is not a terminal, and nothing is drawn.
  Progress(std::ostream& out, int width, std::string unit, Now now = std::chrono::steady_clock::now);

  // Clears the line.
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Sets the number of finished units, and which part (0 to 1) of the work they are, if that is known.
  void Update(int64_t count, std::optional<double> part);

  // Clears the line, so that other text can be written; the next update draws it again.
  void Clear();

 private:
  std::string Line(int64_t count, std::optional<double> part, double seconds) const;

  std::ostream& out_;
  const int width_;
  const std::string unit_;
  const Now now_;
  const std::chrono::steady_clock::time_point begin_;
  // Initially `begin_`, so that short work draws nothing.
  std::chrono::steady_clock::time_point last_drawn_;
  bool drawn_ = false;
};

}  // namespace command_line

#endif  // COMMAND_LINE_PROGRESS_H_
