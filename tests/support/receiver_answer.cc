#include "tests/support/receiver_answer.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

using End = ReceiverAnswer::End;

constexpr size_t kFillerBytes = size_t{16} * 1024;
constexpr size_t kPromisedTooMuchBytes = 100;

bool HasNoBody(int status) { return status < 200 || status == 204 || status == 304; }

}  // namespace

ReceiverAnswer MakeAnswer(const HttpReceiver::Behaviour& behaviour) {
  ReceiverAnswer answer;
  if (!behaviour.hang) answer.delay = behaviour.delay;
  const bool resets_first = behaviour.reset && !behaviour.cut_short;
  if (behaviour.hang || resets_first || behaviour.close) {
    answer.end = behaviour.hang ? End::kHang : resets_first ? End::kReset : End::kClose;
    return answer;
  }
  if (behaviour.garbage) {
    answer.head = "\x01\xff\x16 this is not HTTP\r\n\r\n";
    answer.end = End::kClose;
    return answer;
  }

  for (const int status : behaviour.interim) {
    absl::StrAppend(&answer.head, "HTTP/1.1 ", status,
                    status == 103 ? " Early Hints\r\nLink: </style.css>; rel=preload" : " Continue",
                    "\r\n\r\n");
  }
  absl::StrAppend(&answer.head, "HTTP/1.1 ", behaviour.status, " \r\n");
  for (const auto& [name, value] : behaviour.headers)
    absl::StrAppend(&answer.head, name, ": ", value, "\r\n");
  for (int i = 0; i < behaviour.header_flood; ++i) {
    absl::StrAppend(&answer.head, "X-Flood-", i, ": ", std::string(90, 'x'), "\r\n");
  }

  if (!HasNoBody(behaviour.status)) {
    answer.body = behaviour.body;
    if (behaviour.endless_body && answer.body.empty()) answer.body.assign(kFillerBytes, 'x');
    const bool length_given = std::any_of(
        behaviour.headers.begin(), behaviour.headers.end(),
        [](const auto& header) { return absl::EqualsIgnoreCase(header.first, "Content-Length"); });
    if (behaviour.chunked) {
      absl::StrAppend(&answer.head, "Transfer-Encoding: chunked\r\n");
      if (!answer.body.empty())
        answer.body = absl::StrCat(absl::Hex(answer.body.size()), "\r\n", answer.body, "\r\n");
      if (!behaviour.endless_body && !behaviour.cut_short) answer.body += "0\r\n\r\n";
    } else if (!behaviour.endless_body && !length_given) {
      const size_t length = answer.body.size() + (behaviour.cut_short ? kPromisedTooMuchBytes : 0);
      absl::StrAppend(&answer.head, "Content-Length: ", length, "\r\n");
    }
    answer.drip = behaviour.drip;
    answer.endless = behaviour.endless_body;
  }
  answer.head += "\r\n";
  if (behaviour.cut_short || behaviour.close_after) answer.end = behaviour.reset ? End::kReset : End::kClose;
  return answer;
}

}  // namespace hookd
