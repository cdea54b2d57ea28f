#include "tests/faults/menagerie/kind.h"

#include <utility>

namespace hookd {

Endpoint Scripted(ScriptedPeer::Options options) {
  Endpoint endpoint;
  endpoint.scheme = options.tls.has_value() ? "https" : "http";
  auto peer = std::make_shared<ScriptedPeer>(std::move(options));
  endpoint.port = peer->port();
  endpoint.peers.push_back(std::move(peer));
  return endpoint;
}

Kind ScriptedKind(std::string name, PeerScript script) {
  return {.name = std::move(name), .make = [script = std::move(script)](const TlsCertificates&) {
            return Scripted({.script = script});
          }};
}

Kind Delivered(Kind kind) {
  kind.outcome = Outcome::kDelivered;
  // It is to be accepted, however busy the machine is.
  kind.timeout = absl::Seconds(20);
  return kind;
}

Kind WithRetries(Kind kind) {
  kind.retries = Retries::kQuick;
  return kind;
}

Kind DeliveredInTheEnd(Kind kind) {
  kind.retries = Retries::kQuick;
  kind.outcome = Outcome::kDelivered;
  return kind;
}

std::vector<Kind> AllKinds() {
  std::vector<Kind> all;
  for (auto& kinds : {TcpKinds(), TlsKinds(), HttpKinds(), Http2Kinds(), DnsKinds()}) {
    all.insert(all.end(), kinds.begin(), kinds.end());
  }
  return all;
}

}  // namespace hookd
