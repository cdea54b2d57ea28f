// A head that is accepted is one that Beast reads the same way: no header is lost, added or merged, exactly
// one of them says where the body ends, and nothing of it is found to end earlier. What follows it is parsed
// alike in one piece and in two.
#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "tests/fuzz/fuzzing.h"
#include "web/connection/http_head.h"
#include "web/connection/request_parser.h"

namespace {

using hookd::ByteAccount;
using hookd::HttpLimits;
using hookd::RequestParser;
using hookd::RequestRefusal;
using hookd::WebRequest;

HttpLimits Limits() {
  HttpLimits limits;
  limits.connections = 1;
  return limits;
}

struct Parsed {
  int status = 0;
  bool done = false;
  size_t used = 0;
  std::string body;
};

int CountOf(const WebRequest& request, absl::string_view name) {
  return static_cast<int>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const auto& header) { return absl::EqualsIgnoreCase(header.first, name); }));
}

void CheckRequest(const WebRequest& request, absl::string_view head) {
  const auto is_control = [](char c) {
    return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
  };
  const auto has_control = [&](const std::string& text) {
    return std::any_of(text.begin(), text.end(), is_control);
  };
  HOOKD_PROMISE(!request.method.empty() && !has_control(request.method));
  HOOKD_PROMISE(!has_control(request.target) && request.target.find(' ') == std::string::npos);
  HOOKD_PROMISE(request.target[0] == '/' || request.target == "*");
  for (const auto& [name, value] : request.headers) {
    HOOKD_PROMISE(!name.empty() && name.find_first_of(": \t") == std::string::npos && !has_control(name));
    HOOKD_PROMISE(!has_control(value));
  }
  const auto lines = std::count(head.begin(), head.end(), '\n');
  HOOKD_PROMISE(static_cast<size_t>(lines) == request.headers.size() + 2);
  HOOKD_PROMISE(CountOf(request, "host") <= 1);
  HOOKD_PROMISE(CountOf(request, "content-length") + CountOf(request, "transfer-encoding") <= 1);
}

// Parses `input`, of which only `first` bytes arrive at once.
Parsed Parse(absl::string_view head, absl::string_view input, size_t first) {
  static const HttpLimits limits = Limits();
  ByteAccount account(1 << 20);
  ByteAccount::Charge charge(&account);
  WebRequest request;
  RequestParser parser(limits, &request, &charge);
  Parsed parsed;
  RequestRefusal refusal = parser.ParseHead(head);
  parsed.status = refusal.status;
  if (refusal.status != 0) return parsed;
  CheckRequest(request, head);
  for (const size_t end : {std::min(first, input.size()), input.size()}) {
    while (!parser.done() && refusal.status == 0 && parsed.used < end) {
      const size_t used = parser.ParseBody(input.substr(parsed.used, end - parsed.used), refusal);
      parsed.used += used;
      if (used == 0) break;
    }
  }
  parsed.status = refusal.status;
  parsed.done = parser.done();
  parsed.body = request.body;
  return parsed;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text = FuzzText(data, size);
  size_t scanned = 0;
  const hookd::HeadEnd end = hookd::FindHeadEnd(text, scanned);
  size_t in_pieces = 0;
  hookd::HeadEnd end_in_pieces = hookd::FindHeadEnd(text.substr(0, size / 2), in_pieces);
  if (end_in_pieces == hookd::HeadEnd::kIncomplete) end_in_pieces = hookd::FindHeadEnd(text, in_pieces);
  HOOKD_PROMISE(end != hookd::HeadEnd::kFound || (end_in_pieces == end && in_pieces == scanned));
  if (end != hookd::HeadEnd::kFound) return 0;
  const absl::string_view head = text.substr(0, scanned);
  if (!hookd::CheckHead(head).ok()) return 0;
  const absl::string_view rest = text.substr(scanned);
  const Parsed whole = Parse(head, rest, rest.size());
  const Parsed pieces = Parse(head, rest, rest.size() / 2);
  HOOKD_PROMISE(whole.done == pieces.done && whole.used == pieces.used && whole.body == pieces.body);
  return 0;
}
