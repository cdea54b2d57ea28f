// Endpoints that misbehave as a host or a network does: connections.
#include <unistd.h>

#include "tests/faults/menagerie/kind.h"
#include "tests/support/black_hole.h"
#include "tests/support/loopback_socket.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;

// A port that nothing listens on, and nothing can, as it is taken.
class RefusingPort {
 public:
  RefusingPort() : descriptor_(BindTo("127.0.0.1", 0)), port_(PortOf(descriptor_)) {}
  ~RefusingPort() { close(descriptor_); }
  RefusingPort(const RefusingPort&) = delete;
  RefusingPort& operator=(const RefusingPort&) = delete;
  int port() const { return port_; }

 private:
  const int descriptor_;
  const int port_;
};

Endpoint Refuses(const TlsCertificates&) {
  auto port = std::make_shared<RefusingPort>();
  return {.port = port->port(), .peers = {port}};
}

Endpoint SwallowsSyns(const TlsCertificates&) {
  auto hole = std::make_shared<BlackHole>();
  return {.port = hole->port(), .peers = {hole}};
}

Endpoint BacklogThatDrains(const TlsCertificates& certificates) {
  Endpoint endpoint = SwallowsSyns(certificates);
  endpoint.midway = [](Endpoint& self) {
    self.peers.clear();
    self.peers.push_back(std::make_shared<ScriptedPeer>(
        ScriptedPeer::Options{.script = {{Do::kReadRequest}, Send(kOk), {Do::kRepeat}}, .port = self.port}));
  };
  return endpoint;
}

}  // namespace

std::vector<Kind> TcpKinds() {
  const std::string half_head(kOk, 20), half_body(kOk, sizeof(kOk) - 2);
  return {
      {.name = "swallows_syns", .make = &SwallowsSyns},
      WithRetries({.name = "swallows_syns_with_retries", .make = &SwallowsSyns}),
      DeliveredInTheEnd({.name = "full_backlog_that_drains", .make = &BacklogThatDrains}),
      WithRetries({.name = "refuses", .make = &Refuses}),
      ScriptedKind("closes_on_accept", {{Do::kClose}}),
      WithRetries(ScriptedKind("resets_on_accept", {{Do::kReset}})),
      ScriptedKind("resets_after_the_head_of_the_request", {{Do::kReadHead}, {Do::kReset}}),
      ScriptedKind("resets_after_the_request", {{Do::kReadRequest}, {Do::kReset}}),
      ScriptedKind("resets_in_the_head_of_the_answer", {{Do::kReadRequest}, Send(half_head), {Do::kReset}}),
      ScriptedKind("resets_in_the_body_of_the_answer", {{Do::kReadRequest}, Send(half_body), {Do::kReset}}),
      ScriptedKind("closes_in_the_body_of_the_answer", {{Do::kReadRequest}, Send(half_body), {Do::kClose}}),
      WithRetries(ScriptedKind("accepts_and_is_silent", {{Do::kSilence}})),
      ScriptedKind("accepts_and_never_reads", {{Do::kStopReading}}),
      ScriptedKind("is_silent_after_the_head_of_the_request", {{Do::kReadHead}, {Do::kSilence}}),
      ScriptedKind("is_silent_in_the_body_of_the_answer",
                   {{Do::kReadRequest}, Send(half_body), {Do::kSilence}}),
      ScriptedKind("half_closed_on_accept", {{Do::kShutdownWrite}, {Do::kSilence}}),
      ScriptedKind("half_closed_before_the_answer",
                   {{Do::kReadRequest}, {Do::kShutdownWrite}, {Do::kSilence}}),
      Delivered(ScriptedKind("half_closed_after_the_answer",
                             {{Do::kReadRequest}, Send(kOk), {Do::kShutdownWrite}, {Do::kSilence}})),
      Delivered(ScriptedKind("closes_after_each_answer_unannounced",
                             {{Do::kReadRequest}, Send(kOk), {Do::kClose}})),
      Delivered(ScriptedKind("closes_a_while_after_each_answer",
                             {{Do::kReadRequest}, Send(kOk), Pause(absl::Milliseconds(100)), {Do::kClose}})),
      Delivered(ScriptedKind("announces_that_it_closes_after_each_answer",
                             {{Do::kReadRequest},
                              Send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"),
                              {Do::kClose}})),
      // A forwarder that stops passing bytes on existing connections, and serves new ones.
      DeliveredInTheEnd(ScriptedKind("stops_passing_bytes_after_three_requests",
                                     Repeated(3, {{Do::kReadRequest}, Send(kOk)}, {{Do::kStopReading}}))),
  };
}

}  // namespace hookd
