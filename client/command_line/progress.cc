#include "command_line/progress.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "command_line/text.h"

namespace command_line {
namespace {

constexpr std::chrono::milliseconds kPause(100);
constexpr int kBarColumns = 20;
// Moves to the beginning of the line, and clears the rest of the line after the new text, which avoids
// flicker.
constexpr char kToBeginning[] = "\r";
constexpr char kClearRest[] = "\x1b[K";

}  // namespace

Progress::Progress(std::ostream& out, int width, std::string unit, Now now)
    : out_(out),
      width_(width),
      unit_(std::move(unit)),
      now_(std::move(now)),
      begin_(now_()),
      last_drawn_(begin_) {}

void Progress::Update(int64_t count, std::optional<double> part) {
  if (width_ <= 0) return;
  const auto now = now_();
  if (now - last_drawn_ < kPause) return;
  last_drawn_ = now;
  drawn_ = true;
  const double seconds = std::chrono::duration<double>(now - begin_).count();
  // One column stays free, because some terminals wrap a full line.
  const std::string line = Line(count, part, seconds).substr(0, static_cast<size_t>(width_) - 1);
  out_ << kToBeginning << line << kClearRest << std::flush;
}

void Progress::Clear() {
  if (!drawn_) return;
  drawn_ = false;
  out_ << kToBeginning << kClearRest << std::flush;
}

std::string Progress::Line(int64_t count, std::optional<double> part, double seconds) const {
  std::string line;
  if (part.has_value()) {
    const double done = std::clamp(*part, 0.0, 1.0);
    const int filled = static_cast<int>(done * kBarColumns);
    line = absl::StrFormat("[%s%s] %3d%%  ", std::string(filled, '#'), std::string(kBarColumns - filled, '.'),
                           static_cast<int>(done * 100));
  }
  absl::StrAppend(&line, WithCommas(count), " ", unit_, "  ",
                  WithCommas(static_cast<int64_t>(static_cast<double>(count) / seconds)), "/s");
  if (part.has_value() && *part > 0 && *part < 1) {
    // Rounded up, so that it is never 0.
    const auto left = absl::Ceil(absl::Seconds(seconds * (1 - *part) / *part), absl::Seconds(1));
    absl::StrAppend(&line, "  ", absl::FormatDuration(left), " left");
  }
  return line;
}

}  // namespace command_line
