// What a caller sent, as an error message shows it. Thread-safe; no state.
#ifndef HOOKD_WEB_ROUTES_SHOWN_H_
#define HOOKD_WEB_ROUTES_SHOWN_H_

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "base/utf8.h"

namespace hookd {

// Returns the text with bytes other than visible ASCII escaped, and at most 150 bytes of it.
inline std::string Shown(absl::string_view text) {
  constexpr size_t kMaxBytes = 150;
  return AbbreviateUtf8(absl::CHexEscape(text.substr(0, kMaxBytes + 1)), kMaxBytes);
}

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_SHOWN_H_
