// HttpClient over libcurl's multi interface: event loops with kept-alive connections.
#ifndef HOOKD_HTTP_CURL_CLIENT_H_
#define HOOKD_HTTP_CURL_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "http/egress_guard.h"
#include "http/http_client.h"

namespace hookd {

class CurlLoop;

class CurlClient : public HttpClient {
 public:
  struct Options {
    int loops = 1;                                             // threads, each with its own connections
    int max_connections = 2048;                                // kept open at most, in all loops together
    size_t max_body_bytes = 4096;                              // of a response, that are kept
    absl::Duration idle_connection = limits::kIdleConnection;  // how long a connection is kept unused
    std::string ca_file;      // PEM certificates to trust instead of the system's; empty: the system's
    EgressGuard egress = {};  // where connections may go
    // A proxy that all requests go by, as http://host:port, https:// or socks5h://; empty: none, whatever the
    // environment says. The proxy is the operator's choice and may have any address. It resolves the names,
    // so `egress` holds for what a URL itself shows: its port, and an address that is its host.
    std::string proxy = {};
  };

  // INVALID_ARGUMENT, with a sentence, if the certificates cannot be read or the proxy is no URL of one.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(const Options& options);
  ~CurlClient() override;

  void Send(HttpRequest request, std::function<void(HttpResult)> done) override;

  // Sockets that are open, for requests and kept; and how many were ever opened.
  int64_t connections() const;
  int64_t connections_opened() const;

 private:
  explicit CurlClient(std::vector<std::unique_ptr<CurlLoop>> loops);

  std::vector<std::unique_ptr<CurlLoop>> loops_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CLIENT_H_
