#include "hookctl/color.h"

#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookctl {
namespace {

constexpr char kReset[] = "\x1b[0m";

int StreamProperty() {
  static const int index = std::ios_base::xalloc();
  return index;
}

const char* Sequence(Color color) {
  switch (color) {
    case Color::kRed:
      return "\x1b[31m";
    case Color::kGreen:
      return "\x1b[32m";
    case Color::kYellow:
      return "\x1b[33m";
    case Color::kCyan:
      return "\x1b[36m";
    case Color::kBold:
      return "\x1b[1m";
    case Color::kNone:
      break;
  }
  return "";
}

// A state can be followed by details: `disabled since 2026-01-31 12:00:00Z`, `failing: connection refused`.
Color ColorOfState(absl::string_view value) {
  const absl::string_view state = value.substr(0, value.find_first_of(" :,;"));
  for (const char* good : {"delivered", "enabled", "healthy", "closed", "ok"}) {
    if (state == good) return Color::kGreen;
  }
  for (const char* bad : {"failed", "failing", "open", "unhealthy"}) {
    if (state == bad) return Color::kRed;
  }
  for (const char* notable : {"canceled", "disabled", "held", "half-open", "degraded"}) {
    if (state == notable) return Color::kYellow;
  }
  return state == "pending" ? Color::kCyan : Color::kNone;
}

// The class of an HTTP status.
Color ColorOfStatus(absl::string_view value) {
  if (value.size() < 3 || !absl::ascii_isdigit(static_cast<unsigned char>(value[0]))) return Color::kNone;
  if (value[0] == '2') return Color::kGreen;
  return value[0] == '4' || value[0] == '5' ? Color::kRed : Color::kYellow;
}

}  // namespace

std::optional<ColorMode> ParseColorMode(absl::string_view text) {
  if (text == "auto") return ColorMode::kAuto;
  if (text == "always") return ColorMode::kAlways;
  if (text == "never") return ColorMode::kNever;
  return std::nullopt;
}

bool WantsColors(ColorMode mode, bool is_terminal) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  const char* term = std::getenv("TERM");
  return is_terminal && (no_color == nullptr || *no_color == '\0') &&
         (term == nullptr || absl::string_view(term) != "dumb");
}

void SetColors(std::ostream& out, bool on) { out.iword(StreamProperty()) = on ? 1 : 0; }

std::string Colored(std::ostream& out, Color color, absl::string_view text) {
  if (color == Color::kNone || text.empty() || out.iword(StreamProperty()) == 0) return std::string(text);
  return absl::StrCat(Sequence(color), text, kReset);
}

Color ColorOf(absl::string_view heading, absl::string_view value) {
  if (value.empty() || value == "-") return Color::kNone;
  for (const char* states : {"state", "health", "circuit"}) {
    if (absl::EqualsIgnoreCase(heading, states)) return ColorOfState(value);
  }
  if (absl::EqualsIgnoreCase(heading, "status")) return ColorOfStatus(value);
  if (absl::EqualsIgnoreCase(heading, "error")) return Color::kRed;
  return Color::kNone;
}

}  // namespace hookctl
