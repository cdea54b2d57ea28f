// Colours on a terminal. Whether text is coloured is a property of the stream that it goes to, so that
// everything that prints to a stream agrees. The functions are thread-safe for different streams.
#ifndef HOOKCTL_COLOR_H_
#define HOOKCTL_COLOR_H_

#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"

namespace hookctl {

enum class Color { kNone, kRed, kGreen, kYellow, kCyan, kBold };

// When to use colours: the values of --color.
enum class ColorMode { kAuto, kAlways, kNever };

// Parses `auto`, `always` or `never`; nothing if it is something else.
std::optional<ColorMode> ParseColorMode(absl::string_view text);

// Whether a stream gets colours. `auto` means a terminal, unless NO_COLOR is set to anything or TERM is
// `dumb`.
bool WantsColors(ColorMode mode, bool is_terminal);

// Turns colours on or off for a stream; they are off at first.
void SetColors(std::ostream& out, bool on);

// Returns `text` in `color` if `out` has colours, and `text` unchanged otherwise. Requires: `text` is
// printable.
std::string Colored(std::ostream& out, Color color, absl::string_view text);

// The colour of a value, by the heading of its column or its label: green for what works, red for what
// failed, yellow for what needs attention, cyan for what is not decided yet. Other values have no colour.
Color ColorOf(absl::string_view heading, absl::string_view value);

}  // namespace hookctl

#endif  // HOOKCTL_COLOR_H_
