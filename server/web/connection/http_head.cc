#include "web/connection/http_head.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "http/header_rules.h"

namespace hookd {
namespace {

absl::Status Invalid(absl::string_view reason) { return absl::InvalidArgumentError(reason); }

bool IsVisibleAscii(char c) { return c > ' ' && c < '\x7f'; }

bool IsValueCharacter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

// Takes the next line, without its CRLF.
absl::string_view TakeLine(absl::string_view& head) {
  const size_t end = head.find("\r\n");
  const absl::string_view line = head.substr(0, end);
  head.remove_prefix(end == absl::string_view::npos ? head.size() : end + 2);
  return line;
}

absl::Status CheckRequestLine(absl::string_view line, bool& http11) {
  const size_t first = line.find(' ');
  const size_t second = first == absl::string_view::npos ? first : line.find(' ', first + 1);
  if (second == absl::string_view::npos) return Invalid("the request line is not: method target HTTP/1.1");
  const absl::string_view method = line.substr(0, first);
  const absl::string_view target = line.substr(first + 1, second - first - 1);
  const absl::string_view version = line.substr(second + 1);
  if (!IsToken(method)) return Invalid("the method is not valid");
  http11 = version == "HTTP/1.1";
  if (!http11 && version != "HTTP/1.0") return Invalid("the version must be HTTP/1.1 or HTTP/1.0");
  if (!std::all_of(target.begin(), target.end(), IsVisibleAscii)) {
    return Invalid("the target has a character that must be percent-encoded");
  }
  if (target.find('#') != absl::string_view::npos) return Invalid("the target must not have a fragment");
  const bool is_path = absl::StartsWith(target, "/") || (target == "*" && method == "OPTIONS");
  if (!is_path || method == "CONNECT") return Invalid("the target must be a path that begins with /");
  return absl::OkStatus();
}

// The headers that decide where a request ends and whom it is for.
struct Framing {
  int hosts = 0;
  int lengths = 0;
  int codings = 0;
};

absl::Status CheckFramingHeader(absl::string_view name, absl::string_view value, Framing& framing) {
  if (absl::EqualsIgnoreCase(name, "host")) {
    ++framing.hosts;
    const bool valid = std::all_of(value.begin(), value.end(), IsVisibleAscii) &&
                       value.find_first_of(",/?#@\\\"<>") == absl::string_view::npos;
    return valid ? absl::OkStatus() : Invalid("the Host header is not a host");
  }
  if (absl::EqualsIgnoreCase(name, "content-length")) {
    ++framing.lengths;
    const bool valid = !value.empty() && value.size() <= 19 &&
                       std::all_of(value.begin(), value.end(), [](char c) { return c >= '0' && c <= '9'; });
    return valid ? absl::OkStatus() : Invalid("the Content-Length header is not a number");
  }
  if (absl::EqualsIgnoreCase(name, "transfer-encoding")) {
    ++framing.codings;
    return absl::EqualsIgnoreCase(value, "chunked") ? absl::OkStatus()
                                                    : Invalid("the Transfer-Encoding must be chunked");
  }
  return absl::OkStatus();
}

absl::Status CheckHeader(absl::string_view line, Framing& framing) {
  if (line[0] == ' ' || line[0] == '\t') return Invalid("a header is folded into several lines");
  const size_t colon = line.find(':');
  if (colon == absl::string_view::npos) return Invalid("a header has no colon");
  const absl::string_view name = line.substr(0, colon);
  if (!IsToken(name)) return Invalid("the name of a header is not valid");
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  // StripAsciiWhitespace removes more than blanks, so the whole line is checked.
  if (!std::all_of(line.begin(), line.end(), IsValueCharacter)) {
    return Invalid("a header has a control character");
  }
  return CheckFramingHeader(name, value, framing);
}

}  // namespace

HeadEnd FindHeadEnd(absl::string_view input, size_t& scanned) {
  if (!input.empty() && !IsTokenCharacter(input[0])) return HeadEnd::kInvalid;
  for (size_t at = input.find('\n', scanned); at != absl::string_view::npos; at = input.find('\n', at + 1)) {
    if (at == 0 || input[at - 1] != '\r') return HeadEnd::kInvalid;
    if (at >= 3 && input[at - 2] == '\n') {
      scanned = at + 1;
      return HeadEnd::kFound;
    }
  }
  scanned = input.size();
  return HeadEnd::kIncomplete;
}

absl::Status CheckHead(absl::string_view head) {
  bool http11 = false;
  if (!absl::EndsWith(head, "\r\n\r\n")) return Invalid("the head does not end with an empty line");
  HOOKD_RETURN_IF_ERROR(CheckRequestLine(TakeLine(head), http11));
  Framing framing;
  int count = 0;
  for (absl::string_view line = TakeLine(head); !line.empty(); line = TakeLine(head)) {
    if (++count > kMaxHttpHeaders) return absl::ResourceExhaustedError("the request has too many headers");
    HOOKD_RETURN_IF_ERROR(CheckHeader(line, framing));
  }
  if (!head.empty()) return Invalid("the head has an empty line");
  if (framing.hosts > 1 || (http11 && framing.hosts == 0)) {
    return Invalid("the request must have one Host header");
  }
  if (framing.lengths > 1) return Invalid("the request has several Content-Length headers");
  if (framing.codings > 1) return Invalid("the request has several Transfer-Encoding headers");
  if (framing.codings > 0 && framing.lengths > 0) {
    return Invalid("the request has both Content-Length and Transfer-Encoding");
  }
  if (framing.codings > 0 && !http11) return Invalid("HTTP/1.0 has no Transfer-Encoding");
  return absl::OkStatus();
}

}  // namespace hookd
