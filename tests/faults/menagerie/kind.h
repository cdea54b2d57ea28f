// A kind of misbehaving endpoint, by name: what plays it, and what hookd owes it all the same.
//
// Plain data. Peers run until their Endpoint goes.
#ifndef HOOKD_TESTS_FAULTS_MENAGERIE_KIND_H_
#define HOOKD_TESTS_FAULTS_MENAGERIE_KIND_H_

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/support/dns_server.h"
#include "tests/support/peer_script.h"
#include "tests/support/scripted_peer.h"
#include "tests/support/tls_certificates.h"

namespace hookd {

// One that runs.
struct Endpoint {
  std::string scheme = "http";
  int port = 0;
  DnsServer::Name name = {.a = {"127.0.0.1"}};  // what the name server says of its names
  std::vector<std::shared_ptr<void>> peers = {};

  // Run once in the middle of a test, if set; then the names get `moves_to`.
  std::function<void(Endpoint&)> midway = {};
  std::optional<DnsServer::Name> moves_to = {};
  // Whether what has to come of it has come, if set: events are emitted until then.
  std::function<bool()> is_settled = {};
};

// What has to become of its deliveries.
enum class Outcome {
  kUndefined,
  kDelivered,  // the endpoint accepts every request, or the retried ones: no delivery is FAILED
  kGone,       // it answers 410: its webhooks are disabled for that reason
};

enum class Retries {
  kNone,
  kQuick,    // a fraction of a second apart
  kDefault,  // as hookd has them where a policy says nothing
};

struct Kind {
  std::string name;  // letters, digits and underscores
  std::function<Endpoint(const TlsCertificates&)> make;
  Retries retries = Retries::kNone;
  Outcome outcome = Outcome::kUndefined;
  bool http2 = false;  // `outcome` is of hookds with --egress_http2
  absl::Duration timeout = absl::Seconds(1);
  std::vector<std::string> flags = {};  // what hookd needs for it
};

// For the names of tests that fail.
inline void PrintTo(const Kind& kind, std::ostream* out) { *out << kind.name; }

// The answer of an endpoint that is well.
inline constexpr char kOk[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

// An endpoint that plays one script.
Endpoint Scripted(ScriptedPeer::Options options);
Kind ScriptedKind(std::string name, PeerScript script);
// The same kind, with other members.
Kind WithRetries(Kind kind);
Kind Delivered(Kind kind);          // at the first attempt
Kind DeliveredInTheEnd(Kind kind);  // by retries

std::vector<Kind> TcpKinds();
std::vector<Kind> TlsKinds();
std::vector<Kind> HttpKinds();
std::vector<Kind> Http2Kinds();
std::vector<Kind> DnsKinds();

// All of these, except those that need an address that this machine does not have.
std::vector<Kind> AllKinds();

}  // namespace hookd

#endif  // HOOKD_TESTS_FAULTS_MENAGERIE_KIND_H_
