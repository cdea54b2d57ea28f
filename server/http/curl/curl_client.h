// An HttpClient that uses libcurl's multi interface: event loops with kept-alive connections.
#ifndef HOOKD_HTTP_CURL_CURL_CLIENT_H_
#define HOOKD_HTTP_CURL_CURL_CLIENT_H_

#include <cstdint>
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

class CurlLoop;
class DescriptorReserve;
class LoopWatchdog;
class NameResolver;
class NetworkEvidence;

class CurlClient : public HttpClient {
 public:
  struct Options {
    int loops = 1;                 // threads, each with its own connections
    int max_connections = 2048;    // maximum open connections of all loops together
    size_t max_body_bytes = 4096;  // of a response body, that are kept
    absl::Duration idle_connection = limits::kIdleConnection;  // how long a connection is kept unused
    std::string ca_file;      // PEM certificates to trust instead of the system's; empty: the system's
    EgressGuard egress = {};  // where connections may go
    // The proxy of all requests, as http://host:port, https:// or socks5h://; empty: none, regardless of the
    // environment. The proxy may have any address. It resolves the host names, so `egress` applies only to
    // what the URL shows: the port, and a host that is an address.
    std::string proxy = {};
    // Name servers to ask, as address or address:port; empty: those of /etc/resolv.conf.
    std::vector<std::string> name_servers = {};
    // Use HTTP/2 with https endpoints that offer it; see CheckHttp2.
    bool http2 = false;
    // Send the requests of unproven endpoints from a separate loop, whose thread has a lower priority.
    bool isolate_unproven = false;
    // How long a connection is reused, plus or minus a tenth.
    absl::Duration connection_lifetime = limits::kConnectionLifetime;
    // Called on a thread of the client when it becomes unable to send requests, with the reason, and when it
    // is able again, with an empty string. Must not block.
    std::function<void(const std::string& unable)> on_able = nullptr;
  };

  // Returns INVALID_ARGUMENT, with a sentence, if the certificates cannot be read or the proxy URL is
  // invalid.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(const Options& options);
  ~CurlClient() override;

  void Send(HttpRequest request, std::function<void(HttpResult)> done) override;

  // `lag` is the largest since the last call.
  Figures figures() const override;
  int64_t connections() const override;
  int64_t connections_opened() const;

  // Returns FAILED_PRECONDITION, with a sentence, if the installed libcurl is known to lose HTTP/2 responses.
  static absl::Status CheckHttp2();

 private:
  CurlClient();
  absl::Status Start(const Options& options);

  // In the order of their dependencies.
  std::unique_ptr<DescriptorReserve> reserve_;
  std::unique_ptr<NetworkEvidence> evidence_;
  // For http, and for https unless HTTP/2 is on.
  struct Loops {
    std::vector<CurlLoop*> proven;    // a webhook always uses the same one
    std::vector<CurlLoop*> unproven;  // empty: unproven endpoints are not isolated
  };
  std::vector<std::unique_ptr<CurlLoop>> loops_;
  Loops http1_, http2_;
  std::unique_ptr<NameResolver> names_;  // calls the loops back
  std::unique_ptr<LoopWatchdog> watchdog_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CURL_CLIENT_H_
