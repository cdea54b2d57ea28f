// Endpoints that misbehave in TLS: each step of a handshake, certificates, and messages after it.
#include "tests/faults/menagerie/kind.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;

// With that member of TlsCertificates.
Kind TlsKind(std::string name, PeerScript script,
             TlsOptions TlsCertificates::*shown = &TlsCertificates::good) {
  return {.name = std::move(name), .make = [script, shown](const TlsCertificates& certificates) {
            return Scripted({.script = script, .tls = certificates.*shown});
          }};
}

}  // namespace

std::vector<Kind> TlsKinds() {
  const PeerScript good = {{Do::kHandshake}, {Do::kReadRequest}, Send(kOk), {Do::kRepeat}};
  // A record of type alert: fatal, handshake_failure.
  const std::string alert("\x15\x03\x03\x00\x02\x02\x28", 7);
  // The head of a handshake record that promises 16 KiB.
  const std::string record("\x16\x03\x03\x40\x00", 5);
  const PeerStep pause = Pause(absl::Milliseconds(20));
  return {
      WithRetries(TlsKind("tls_is_silent_after_accept", {{Do::kSilence}})),
      TlsKind("tls_never_reads", {{Do::kStopReading}}),
      TlsKind("tls_closes_on_accept", {{Do::kClose}}),
      TlsKind("tls_sends_half_of_its_hello", {{Do::kSendPartOfFlight}, {Do::kSilence}}),
      TlsKind("tls_closes_in_the_handshake", {{Do::kSendPartOfFlight}, {Do::kClose}}),
      TlsKind("tls_resets_in_the_handshake", {pause, {Do::kSendPartOfFlight}, {Do::kReset}}),
      TlsKind("tls_hangs_after_its_hello", {{Do::kSendFlight}, {Do::kSilence}}),
      TlsKind("tls_drips_a_hello", {Drip(record + std::string(16384, '\2'), absl::Milliseconds(20))}),
      TlsKind("tls_floods_in_place_of_a_hello", {SendEndlessly(record + std::string(16384, '\2'))}),
      TlsKind("tls_garbage", {Send(std::string(1000, '\xff')), {Do::kSilence}}),
      TlsKind("tls_alert", {pause, Send(alert), {Do::kClose}}),
      TlsKind("tls_plain_text_on_its_port", {Send("HTTP/1.1 400 Bad Request\r\n\r\n"), {Do::kClose}}),
      WithRetries(TlsKind("tls_expired_certificate", good, &TlsCertificates::expired)),
      TlsKind("tls_certificate_of_another_name", good, &TlsCertificates::wrong_name),
      TlsKind("tls_self_signed_certificate", good, &TlsCertificates::self_signed),
      TlsKind("tls_is_silent_after_the_handshake", {{Do::kHandshake}, {Do::kSilence}}),
      TlsKind("tls_resets_after_the_request", {{Do::kHandshake}, {Do::kReadRequest}, {Do::kReset}}),
      TlsKind("tls_floods_with_key_updates",
              {{Do::kHandshake}, {Do::kReadRequest}, {Do::kUpdateKeysEndlessly}}),
      TlsKind("tls_floods_with_session_tickets",
              {{Do::kHandshake}, {Do::kReadRequest}, {Do::kSendSessionTicketsEndlessly}}),
      TlsKind("tls_never_ending_body", {{Do::kHandshake},
                                        {Do::kReadRequest},
                                        Send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n"),
                                        SendEndlessly("x")}),
      Delivered(TlsKind("tls_closes_after_each_answer",
                        {{Do::kHandshake}, {Do::kReadRequest}, Send(kOk), {Do::kClose}})),
      DeliveredInTheEnd(TlsKind("tls_stops_passing_bytes_after_two_requests", {{Do::kHandshake},
                                                                               {Do::kReadRequest},
                                                                               Send(kOk),
                                                                               {Do::kReadRequest},
                                                                               Send(kOk),
                                                                               {Do::kStopReading}})),
  };
}

}  // namespace hookd
