// Endpoints whose names, or some of whose addresses, misbehave.
#include "tests/faults/menagerie/kind.h"
#include "tests/support/black_hole.h"
#include "tests/support/loopback_socket.h"

namespace hookd {
namespace {

using Do = PeerStep::Do;
using Name = DnsServer::Name;
using Reply = DnsServer::Reply;

const char* const kHere = "127.0.0.1";

PeerScript Well() { return {{Do::kReadRequest}, Send(kOk), {Do::kRepeat}}; }

// An endpoint that is well, if only its name were.
Kind NamedKind(std::string name, Name behaviour) {
  return {.name = std::move(name), .make = [behaviour](const TlsCertificates&) {
            Endpoint endpoint = Scripted({.script = Well()});
            endpoint.name = behaviour;
            return endpoint;
          }};
}

// Its port is a black hole at these addresses, and well on 127.0.0.1 if `well`.
Kind HalfDead(std::string name, std::vector<std::string> black_holes, bool well, Name behaviour) {
  return {.name = std::move(name), .make = [=](const TlsCertificates&) {
            Endpoint endpoint = Scripted({.script = Well()});
            endpoint.name = behaviour;
            if (!well) endpoint.peers.clear();
            for (const std::string& address : black_holes) {
              endpoint.peers.push_back(std::make_shared<BlackHole>(address, endpoint.port));
            }
            return endpoint;
          }};
}

// Well on 127.0.0.1 and, from the middle of the test on, on 127.0.0.2, where the name leads then.
Endpoint Moves(bool old_address_stays) {
  Endpoint endpoint = Scripted({.script = Well()});
  endpoint.moves_to = Name{.a = {"127.0.0.2"}};
  endpoint.midway = [old_address_stays](Endpoint& self) {
    if (!old_address_stays) self.peers.clear();
    auto there = std::make_shared<ScriptedPeer>(
        ScriptedPeer::Options{.script = Well(), .address = "127.0.0.2", .port = self.port});
    self.is_settled = [peer = there.get()] { return peer->requests() > 0; };
    self.peers.push_back(std::move(there));
  };
  return endpoint;
}

}  // namespace

std::vector<Kind> DnsKinds() {
  std::vector<std::string> hundred;
  for (int i = 101; i <= 200; ++i) hundred.push_back("127.0.1." + std::to_string(i));
  std::vector<Kind> kinds = {
      WithRetries(NamedKind("name_that_never_resolves", {.reply = Reply::kSilence})),
      WithRetries(NamedKind("name_that_does_not_exist", {.reply = Reply::kNoName})),
      NamedKind("name_without_addresses", {.reply = Reply::kNoData}),
      NamedKind("name_whose_server_fails", {.reply = Reply::kFailure}),
      NamedKind("name_whose_server_refuses", {.reply = Reply::kRefused}),
      NamedKind("name_answered_with_garbage", {.reply = Reply::kGarbage}),
      NamedKind("name_answered_with_a_wrong_id", {.a = {kHere}, .reply = Reply::kWrongId}),
      Delivered(NamedKind("name_answered_over_tcp_alone", {.a = {kHere}, .reply = Reply::kTruncated})),
      Delivered(NamedKind("name_that_resolves_slowly", {.a = {kHere}, .delay = absl::Seconds(2)})),
      NamedKind("name_that_resolves_too_late", {.a = {kHere}, .delay = absl::Seconds(3)}),
      Delivered(NamedKind("name_whose_aaaa_is_swallowed", {.a = {kHere}, .reply_to_aaaa = Reply::kSilence})),
      Delivered(NamedKind("name_whose_aaaa_fails", {.a = {kHere}, .reply_to_aaaa = Reply::kFailure})),
      NamedKind("name_whose_a_is_swallowed", {.reply_to_a = Reply::kSilence}),
      NamedKind("name_with_a_hundred_dead_addresses", {.a = hundred}),
      NamedKind("name_of_an_address_that_is_not_allowed", {.a = {"169.254.169.254"}}),
      Delivered(
          HalfDead("black_hole_before_the_good_address", {"127.0.0.2"}, true, {.a = {"127.0.0.2", kHere}})),
      Delivered(HalfDead("three_black_holes_before_the_good_address", {"127.0.0.2", "127.0.0.3", "127.0.0.4"},
                         true, {.a = {"127.0.0.2", "127.0.0.3", "127.0.0.4", kHere}})),
      HalfDead("three_black_holes", {"127.0.0.2", "127.0.0.3", "127.0.0.4"}, false,
               {.a = {"127.0.0.2", "127.0.0.3", "127.0.0.4"}}),
      DeliveredInTheEnd(
          {.name = "name_that_moves", .make = [](const TlsCertificates&) { return Moves(false); }}),
      Delivered({.name = "name_that_moves_under_kept_connections",
                 .make = [](const TlsCertificates&) { return Moves(true); },
                 .flags = {"--egress_connection_lifetime=1s"}}),
  };
  if (HasAddress("::1")) {
    kinds.push_back(
        Delivered(HalfDead("ipv6_dead_beside_ipv4", {"::1"}, true, {.a = {kHere}, .aaaa = {"::1"}})));
    kinds.push_back(HalfDead("ipv6_dead", {"::1"}, false, {.aaaa = {"::1"}}));
  }
  return kinds;
}

}  // namespace hookd
