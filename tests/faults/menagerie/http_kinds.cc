// Endpoints that misbehave in HTTP/1.1: heads, bodies, lengths and statuses.
#include "absl/strings/str_cat.h"
#include "tests/faults/menagerie/kind.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;

// Reads the request, and answers with these bytes; what follows is `then`.
Kind Answers(std::string name, std::string bytes, PeerStep then = {Do::kRepeat}) {
  return ScriptedKind(std::move(name), {{Do::kReadRequest}, Send(std::move(bytes)), std::move(then)});
}

std::string Head(const char* status, const char* headers = "Content-Length: 0\r\n") {
  return absl::StrCat("HTTP/1.1 ", status, "\r\n", headers, "\r\n");
}

}  // namespace

std::vector<Kind> HttpKinds() {
  const PeerStep silence = {Do::kSilence}, close = {Do::kClose}, reset = {Do::kReset};
  const std::string interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n";
  const std::string chunked = Head("200 OK", "Transfer-Encoding: chunked\r\n");
  const std::string long_body = Head("200 OK", "Content-Length: 1000000000000\r\n");
  const absl::Duration drip = absl::Milliseconds(20);
  Kind gone = ScriptedKind("gone_with_the_body_unread",
                           {{Do::kReadHead}, Send(Head("410 Gone")), {Do::kReadRequest}, {Do::kRepeat}});
  gone.outcome = Outcome::kGone;
  gone.timeout = absl::Seconds(20);
  return {
      Answers("never_ending_head", "HTTP/1.1 200 OK\r\n", SendEndlessly("X-Filler: filler\r\n")),
      Answers("never_ending_line_of_the_head", "HTTP/1.1 200 OK\r\nX-Filler: ", SendEndlessly("x")),
      Answers("never_ending_status_line", "HTTP/1.1 200 ", SendEndlessly("OK")),
      WithRetries(Answers("never_ending_body", long_body, SendEndlessly("x"))),
      Answers("never_ending_body_without_a_length", Head("200 OK", ""), SendEndlessly("x")),
      Answers("never_ending_chunks", chunked, SendEndlessly("1\r\nx\r\n")),
      Answers("never_ending_chunk_extension", chunked + "1;", SendEndlessly("x")),
      Answers("never_ending_trailers", chunked + "0\r\n", SendEndlessly("X-Filler: filler\r\n")),
      Answers("never_ending_empty_lines", "", SendEndlessly("\r\n")),
      WithRetries(Answers("drips_its_head", "",
                          Drip(absl::StrCat("HTTP/1.1 200 OK\r\nX-Filler: ", std::string(4000, 'x')), drip))),
      Answers("drips_its_body", long_body, Drip(std::string(4000, 'x'), drip)),
      Answers("floods_with_status_103", "", SendEndlessly(interim)),
      Answers("floods_with_status_100", "", SendEndlessly("HTTP/1.1 100 Continue\r\n\r\n")),
      Answers("drips_status_100", "",
              Drip(
                  [] {
                    std::string many;
                    for (int i = 0; i < 200; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
                    return many;
                  }(),
                  drip)),
      Delivered(Answers("status_103_and_then_200", interim + kOk)),
      Answers("switches_protocols", Head("101 Switching Protocols", "Upgrade: x\r\nConnection: upgrade\r\n"),
              silence),
      // The head of the request is read, and its body is not.
      Delivered(ScriptedKind("answers_before_the_body_is_read_and_closes",
                             {{Do::kReadHead},
                              Send(Head("200 OK", "Content-Length: 0\r\nConnection: close\r\n")),
                              {Do::kClose}})),
      ScriptedKind("answers_before_the_body_is_read_and_resets",
                   {{Do::kReadHead}, Send(Head("200 OK")), {Do::kReset}}),
      ScriptedKind("answers_before_the_request", {Send(kOk), {Do::kSilence}}),
      gone,
      Answers("two_answers_to_a_request", absl::StrCat(kOk, kOk)),
      Answers("chunk_size_that_is_none", chunked + "zz\r\n", silence),
      Answers("chunk_size_of_16_exabytes", chunked + "ffffffffffffffff\r\nx", silence),
      Answers("chunk_without_its_end", chunked + "2\r\nokXX0\r\n\r\n", silence),
      Answers("length_that_is_too_long", Head("200 OK", "Content-Length: 10\r\n") + "x", close),
      Answers("length_that_is_too_short", Head("200 OK", "Content-Length: 1\r\n") + "four"),
      Answers("two_lengths", Head("200 OK", "Content-Length: 1\r\nContent-Length: 5\r\n") + "x", silence),
      Answers("length_below_zero", Head("200 OK", "Content-Length: -1\r\n"), silence),
      Answers("length_of_many_digits", Head("200 OK", "Content-Length: 99999999999999999999999999\r\n") + "x",
              silence),
      Answers("length_and_chunks",
              Head("200 OK", "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n") + "0\r\n\r\n", silence),
      Answers("http_0_9", "ok", close),
      Answers("not_http", std::string(1000, '\xff'), silence),
      Answers("gigantic_status", Head("99999999999 OK")),
      Answers("status_of_two_digits", Head("20 OK")),
      Answers("zeros_in_its_head", Head("200 OK", "") + std::string(100, '\0'), silence),
      WithRetries(Answers("proxy_authentication_required",
                          Head("407 Proxy Authentication Required",
                               "Content-Length: 0\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"))),
      Answers("redirects_to_itself", Head("307 Temporary Redirect", "Content-Length: 0\r\nLocation: /\r\n")),
      Answers("redirects_to_an_address_that_swallows",
              Head("302 Found", "Content-Length: 0\r\nLocation: http://192.0.2.1/\r\n")),
      WithRetries(Answers("fails_with_status_500", Head("500 Internal Server Error"))),
      WithRetries(
          Answers("asks_to_retry_in_a_century",
                  Head("503 Service Unavailable", "Content-Length: 0\r\nRetry-After: 3153600000\r\n"))),
      Answers("resets_after_a_whole_answer", kOk, reset),
  };
}

}  // namespace hookd
