// Reads numbers from text, as JSON writes them. Takes time in proportion to the text's size and no memory,
// whatever its exponent is.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_NUMBER_H_
#define HOOKD_WEB_JSON_JSON_NUMBER_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace hookd {

// Return the integer: 12, and also 12.0 and 1.2e1, which have the same value. Nothing if `text` is not a
// number of JSON, or has a fraction, or is out of range.
std::optional<int64_t> ReadInt64(absl::string_view text);
std::optional<uint64_t> ReadUint64(absl::string_view text);

// Returns the double nearest to the number. Nothing if `text` is not a number of JSON, or is beyond the range
// of a double.
std::optional<double> ReadDouble(absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_NUMBER_H_
