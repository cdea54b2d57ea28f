// Endpoints that misbehave in HTTP/2. Without --egress_http2 they speak it to a client that did not ask for
// it.
#include "absl/strings/str_cat.h"
#include "tests/faults/menagerie/kind.h"
#include "tests/support/http2_frames.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;
using http2::Frame;
using http2::FrameType;

// After the handshake and the server's settings: the script.
Kind Http2Kind(std::string name, PeerScript script) {
  script.insert(script.begin(), {{Do::kHandshake}, Send(http2::Greeting())});
  return {.name = std::move(name),
          .make =
              [script = std::move(script)](const TlsCertificates& certificates) {
                return Scripted({.script = script, .tls = certificates.good, .http2 = true});
              },
          .http2 = true};
}

PeerStep Answer(int status, uint8_t flags) {
  return Send([status, flags](uint32_t stream) { return http2::Headers(stream, status, flags); });
}

// On the request's stream or, if `on_stream` is 0, on the connection's.
PeerStep Flood(FrameType type, uint8_t flags, std::string payload, uint32_t on_stream = 1) {
  return SendEndlessly([=](uint32_t stream) { return Frame(type, flags, stream * on_stream, payload); });
}

// Reads the head of a request, and answers and gives up its body (RFC 9113, 8.1).
PeerScript AnswerBeforeTheBody(int status) {
  return {{Do::kReadHead}, Send([status](uint32_t stream) {
            return http2::Headers(stream, status, http2::kEndStream) +
                   http2::ResetStream(stream, http2::kNoError);
          })};
}

PeerScript Then(PeerScript script, PeerStep step) {
  script.push_back(std::move(step));
  return script;
}

}  // namespace

std::vector<Kind> Http2Kinds() {
  const PeerStep read = {Do::kReadRequest}, silence = {Do::kSilence};
  const PeerStep begun = Answer(200, 0), whole = Answer(200, http2::kEndStream);
  const std::string eight(8, '\1');
  const std::string altsvc = absl::StrCat(std::string("\0\0", 2), "h3=\":1\"");
  Kind gone = Http2Kind("http2_gone_before_the_body_is_read", Then(AnswerBeforeTheBody(410), silence));
  gone.outcome = Outcome::kGone;
  gone.timeout = absl::Seconds(20);
  return {
      Delivered(Http2Kind("http2_that_is_well", Repeated(1000, {read, whole}, {silence}))),
      Http2Kind("http2_floods_with_empty_data", {read, begun, Flood(FrameType::kData, 0, "")}),
      Http2Kind("http2_floods_with_data", {read, begun, Flood(FrameType::kData, 0, std::string(1000, 'x'))}),
      Http2Kind("http2_floods_with_window_updates",
                {read, begun, Flood(FrameType::kWindowUpdate, 0, std::string("\0\0\0\1", 4))}),
      Http2Kind("http2_floods_with_pings", {read, begun, Flood(FrameType::kPing, 0, eight, 0)}),
      Http2Kind("http2_floods_with_ping_acks", {read, begun, Flood(FrameType::kPing, http2::kAck, eight, 0)}),
      Http2Kind("http2_floods_with_priorities",
                {read, begun, Flood(FrameType::kPriority, 0, std::string("\0\0\0\3\1", 5))}),
      Http2Kind("http2_floods_with_alternative_services",
                {read, begun, Flood(FrameType::kAltsvc, 0, altsvc)}),
      Http2Kind("http2_floods_with_settings", {read, begun, Flood(FrameType::kSettings, 0, "", 0)}),
      Http2Kind("http2_floods_with_setting_acks",
                {read, begun, Flood(FrameType::kSettings, http2::kAck, "", 0)}),
      // Goes on after the client has given the stream up.
      Http2Kind("http2_floods_with_status_103",
                {read, SendEndlessly([](uint32_t stream) { return http2::Headers(stream, 103, 0); })}),
      Http2Kind("http2_never_ending_head",
                {read, Send([](uint32_t stream) { return Frame(FrameType::kHeaders, 0, stream, "\x88"); }),
                 Flood(FrameType::kContinuation, 0, absl::StrCat(std::string(1, '\0'), "\1x\1y"))}),
      Http2Kind("http2_floods_with_unknown_frames", {read, begun, Flood(FrameType{0x7f}, 0, "unknown")}),
      WithRetries(Http2Kind("http2_is_silent", {silence})),
      WithRetries(Http2Kind("http2_is_silent_after_its_head", {read, begun, silence})),
      Http2Kind("http2_garbage", {read, Send(std::string(1000, '\xff')), silence}),
      Delivered(Http2Kind("http2_answers_before_the_body_is_read",
                          Repeated(1000, AnswerBeforeTheBody(200), {silence}))),
      gone,
      WithRetries(Http2Kind("http2_refuses_each_stream", Repeated(1000, {read, Send([](uint32_t stream) {
                                                                           return http2::ResetStream(
                                                                               stream, http2::kRefusedStream);
                                                                         })},
                                                                  {silence}))),
      WithRetries(Http2Kind("http2_goes_away_at_once", {Send(http2::Goaway(0, http2::kNoError)), silence})),
      DeliveredInTheEnd(
          Http2Kind("http2_goes_away_after_each_answer",
                    {read,
                     whole,
                     Send([](uint32_t stream) { return http2::Goaway(stream, http2::kNoError); }),
                     {Do::kClose}})),
      // A forwarder that stops passing bytes on existing connections, and serves new ones.
      DeliveredInTheEnd(Http2Kind("http2_stops_passing_bytes_after_two_requests",
                                  Repeated(2, {read, whole}, {{Do::kStopReading}}))),
  };
}

}  // namespace hookd
