// The one place that chooses the library behind HttpClient.
#ifndef HOOKD_HTTP_OPEN_HTTP_CLIENT_H_
#define HOOKD_HTTP_OPEN_HTTP_CLIENT_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "http/egress_guard.h"
#include "http/http_client.h"

namespace hookd {

struct HttpClientOptions {
  std::string ca_file;  // PEM certificates to trust instead of the system's; empty: the system's
  EgressGuard egress;   // where connections may go
  // The proxy of all requests, as http://host:port, https:// or socks5h://; empty: none, regardless of the
  // environment. The proxy may have any address. It resolves the host names, so `egress` applies only to
  // what the URL shows: the port, and a host that is an address.
  std::string proxy;
  // Name servers to ask, as address or address:port; empty: those of /etc/resolv.conf.
  std::vector<std::string> name_servers;
  bool http2 = false;  // use HTTP/2 with https endpoints that offer it; not with a proxy
  // How long a connection is reused, plus or minus a tenth.
  absl::Duration connection_lifetime = limits::kConnectionLifetime;
  // Called on a thread of the client when it becomes unable to send requests, with the reason, and when it
  // is able again, with an empty string. Must not block. May be null.
  std::function<void(const std::string& unable)> on_able;
};

// Blocks while it reads the certificates. The client is thread-safe. Starts the client that sends the
// requests of the whole process. INVALID_ARGUMENT, with one sentence for the operator, if the certificates
// cannot be read, the proxy URL is invalid, or `http2` and `proxy` are both set; FAILED_PRECONDITION if the
// library is known to lose HTTP/2 responses and `http2` is set.
absl::StatusOr<std::unique_ptr<HttpClient>> OpenHttpClient(HttpClientOptions options);

}  // namespace hookd

#endif  // HOOKD_HTTP_OPEN_HTTP_CLIENT_H_
