// The HTTP transport: serves the API as HTTP/1.1 and JSON on one port, with TLS and limits for callers.
//
// A shutdown has the steps of the gRPC transport, so that calls in flight can finish: StopAccepting,
// AwaitCalls, EndConnections. One thread calls them in this order; the destructor calls those that were not
// called. They and the destructor block; the other methods do not block and are thread-safe.
#ifndef HOOKD_WEB_WEB_SERVER_H_
#define HOOKD_WEB_WEB_SERVER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "api/api.h"
#include "api/call_log.h"
#include "web/api_handler.h"
#include "web/connection/http_server.h"
#include "web/console/console.h"
#include "web/routes/browser_guard.h"

namespace hookd {

class WebServer {
 public:
  // All pointers must outlive the server.
  struct Options {
    std::string address;  // host:port, where port 0 picks a free port, or unix:path
    TlsFiles tls;         // without a certificate: plaintext
    BrowserGuard::Options browsers = {};
    std::optional<Console::Options> console;  // nothing: the console is not served
    const Api* api = nullptr;
    CallLog* call_log = nullptr;
    std::function<bool()> serving;  // whether hookd as a whole serves
  };

  // Opens the port and serves. Returns INVALID_ARGUMENT or UNAVAILABLE with one sentence for the operator.
  static absl::StatusOr<std::unique_ptr<WebServer>> Create(const Options& options);

  // The port that it listens on; 0 for a socket file.
  int port() const { return http_->port(); }

  HttpServer::Figures figures() const { return http_->figures(); }

  // From now on no connection is accepted, and idle connections are closed.
  void StopAccepting() { http_->StopAccepting(); }
  // Waits until no request is in flight, for `timeout` at most.
  void AwaitCalls(absl::Duration timeout) { http_->AwaitRequests(timeout); }
  // Closes the connections and cancels the calls that are still in flight.
  void EndConnections() { http_->EndConnections(); }

 private:
  WebServer() = default;

  std::unique_ptr<BrowserGuard> guard_;
  std::unique_ptr<const Console> console_;
  std::unique_ptr<ApiHandler> handler_;
  std::unique_ptr<HttpServer> http_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_WEB_SERVER_H_
