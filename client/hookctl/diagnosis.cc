#include "hookctl/diagnosis.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "hookctl/probe_connection.h"
#include "hookctl/server_address.h"

namespace hookctl {
namespace {

constexpr char kHttpPort[] =
    "that is an HTTP port, not hookd's gRPC port; use the gRPC port, which is 50051 by default";
constexpr char kUnknownServer[] = "another program than hookd answers there; correct the address";

// The first bytes of an HTTP/2 server are a SETTINGS frame: three bytes of length, and type 4.
bool IsHttp2(const std::string& answer) { return answer.size() >= 9 && answer[3] == 4; }

bool IsHttp1(const std::string& answer) { return absl::StartsWith(answer, "HTTP/1."); }

// What is wrong with the certificate of a server that was reached by `host`.
std::string CertificateProblem(const TlsResult& tls, const std::string& host) {
  if (!tls.untrusted.empty()) {
    return absl::StrCat("its certificate is not trusted (", tls.untrusted,
                        "); give the file of its CA with --cacert");
  }
  if (tls.wrong_name) {
    return absl::StrCat("its certificate is not for ", host, " but for ",
                        tls.names.empty() ? "no name" : tls.names, "; use one of its names in the address");
  }
  return "";
}

std::string DiagnoseTls(const HostAndPort& server, const std::string& roots, absl::Time deadline) {
  ProbeConnection connection(deadline);
  if (std::string problem = connection.Connect(server); !problem.empty()) return problem;
  const TlsResult tls = connection.Handshake(server.host, roots);
  switch (tls.outcome) {
    case TlsResult::kDone:
      if (std::string problem = CertificateProblem(tls, server.host); !problem.empty()) return problem;
      return tls.speaks_http2 ? "" : kHttpPort;
    case TlsResult::kRefused:
      return "it ended the TLS handshake; it may require a client certificate (--cert and --key)";
    case TlsResult::kNotTls:
      break;
  }
  ProbeConnection plain(deadline);
  if (!plain.Connect(server).empty()) return kUnknownServer;
  const std::string answer = plain.ExchangePreface();
  if (IsHttp1(answer)) return absl::StrCat("it does not use TLS, and ", kHttpPort);
  if (IsHttp2(answer)) return "it does not use TLS; leave out --tls, --cacert and --cert";
  return kUnknownServer;
}

std::string DiagnosePlaintext(const HostAndPort& server, absl::Time deadline) {
  // A server that uses TLS may wait for more of what it takes for a handshake.
  const absl::Time half = absl::Now() + (deadline - absl::Now()) / 2;
  ProbeConnection plain(half);
  if (std::string problem = plain.Connect(server); !problem.empty()) return problem;
  const std::string answer = plain.ExchangePreface();
  if (IsHttp2(answer)) return "";
  if (IsHttp1(answer)) return kHttpPort;
  ProbeConnection encrypted(deadline);
  if (!encrypted.Connect(server).empty()) return kUnknownServer;
  const TlsResult tls = encrypted.Handshake(server.host, "");
  if (tls.outcome == TlsResult::kNotTls) return kUnknownServer;
  if (tls.outcome == TlsResult::kDone && !tls.speaks_http2)
    return absl::StrCat("it uses TLS, and ", kHttpPort);
  return "it uses TLS; add --tls, or --cacert with the file of its CA";
}

}  // namespace

std::string Diagnose(const Connection& connection, absl::Duration limit) {
  const auto server = SplitServerAddress(connection.server);
  if (!server.has_value()) return "";
  const absl::Time deadline = absl::Now() + limit;
  return connection.tls ? DiagnoseTls(*server, connection.roots, deadline)
                        : DiagnosePlaintext(*server, deadline);
}

}  // namespace hookctl
