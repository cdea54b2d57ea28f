#include "http/header_rules.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"

namespace hookd {
namespace {

// What HTTP's framing and connections are made of (RFC 9110, 7.6 and 8; RFC 9112), and what the client sends
// or must not send.
constexpr absl::string_view kReserved[] = {"accept",
                                           "accept-encoding",
                                           "connection",
                                           "content-encoding",
                                           "content-length",
                                           "content-type",
                                           "cookie",
                                           "date",
                                           "expect",
                                           "forwarded",
                                           "host",
                                           "http2-settings",
                                           "keep-alive",
                                           "te",
                                           "trailer",
                                           "transfer-encoding",
                                           "upgrade",
                                           "user-agent",
                                           "via"};

bool IsValueCharacter(char c) { return c == '\t' || (c >= ' ' && c <= '~'); }

}  // namespace

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("!#$%&'*+-.^_`|~").find(c) != absl::string_view::npos;
}

bool IsToken(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

absl::Status CheckHeaderName(absl::string_view name) {
  if (name.empty() || name.size() > limits::kMaxHeaderNameBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("a header's name must be 1 to ", limits::kMaxHeaderNameBytes, " bytes long"));
  }
  if (!IsToken(name)) {
    return absl::InvalidArgumentError(
        "a header's name must consist of letters, digits and !#$%&'*+-.^_`|~ (a token of RFC 9110)");
  }
  if (std::any_of(std::begin(kReserved), std::end(kReserved),
                  [&](absl::string_view reserved) { return absl::EqualsIgnoreCase(name, reserved); }) ||
      absl::StartsWithIgnoreCase(name, "proxy-")) {
    return absl::InvalidArgumentError(absl::StrCat(name, " is reserved: HTTP or hookd sets it"));
  }
  return absl::OkStatus();
}

absl::Status CheckHeaderValue(absl::string_view value) {
  if (!std::all_of(value.begin(), value.end(), IsValueCharacter)) {
    return absl::InvalidArgumentError("a header's value must consist of visible ASCII, spaces and tabs");
  }
  if (value != absl::StripAsciiWhitespace(value)) {
    return absl::InvalidArgumentError("a header's value must not begin or end with a space or tab");
  }
  return absl::OkStatus();
}

}  // namespace hookd
