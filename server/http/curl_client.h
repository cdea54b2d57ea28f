// HttpClient over libcurl's multi interface: event loops with kept-alive connections.
#ifndef HOOKD_HTTP_CURL_CLIENT_H_
#define HOOKD_HTTP_CURL_CLIENT_H_

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
    // Name servers to ask, as address or address:port; empty: those of /etc/resolv.conf.
    std::vector<std::string> name_servers = {};
    // HTTP/2 with https endpoints that offer it; see CheckHttp2.
    bool http2 = false;
    // Requests of unproven endpoints are sent from a loop of their own, whose thread comes after the others.
    bool isolate_unproven = false;
    // How long a connection is used, more or less a tenth; then the next request opens another.
    absl::Duration connection_lifetime = limits::kConnectionLifetime;
    // Called on a thread of the client's, when it becomes unable to send requests (with a sentence that says
    // why) and when it is able again (empty). Must not block.
    std::function<void(const std::string& unable)> on_able = nullptr;
  };

  // INVALID_ARGUMENT, with a sentence, if the certificates cannot be read or the proxy is no URL of one.
  static absl::StatusOr<std::unique_ptr<CurlClient>> Create(const Options& options);
  ~CurlClient() override;

  void Send(HttpRequest request, std::function<void(HttpResult)> done) override;

  Figures figures() const override;
  // Of these.
  int64_t connections() const;
  int64_t connections_opened() const;

  // FAILED_PRECONDITION, with a sentence, if the libcurl that is installed is known to lose HTTP/2 answers.
  static absl::Status CheckHttp2();

 private:
  CurlClient();
  absl::Status Start(const Options& options);

  // In the order that each needs the others.
  std::unique_ptr<DescriptorReserve> reserve_;
  std::unique_ptr<NetworkEvidence> evidence_;
  // For http, and for https unless HTTP/2 is on.
  struct Loops {
    std::vector<CurlLoop*> proven;    // a webhook is always on the same one
    std::vector<CurlLoop*> unproven;  // empty: these are not isolated
  };
  std::vector<std::unique_ptr<CurlLoop>> loops_;
  Loops http1_, http2_;
  std::unique_ptr<NameResolver> names_;  // calls the loops back
  std::unique_ptr<LoopWatchdog> watchdog_;
};

}  // namespace hookd

#endif  // HOOKD_HTTP_CURL_CLIENT_H_
