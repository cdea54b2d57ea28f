// The HTTP transport: an HTTP/1.1 server (RFC 9112) with TLS, keep-alive, pipelining and limits for callers,
// on tuning::kWebThreads threads. It knows nothing of the API: requests go to a WebHandler.
//
// A shutdown has steps, so that requests in flight can finish: StopAccepting, AwaitRequests, EndConnections.
// One thread calls them in this order, and the destructor calls those that were not called. These methods and
// the destructor block and must not be called by the handler; the others do not block and are thread-safe.
#ifndef HOOKD_WEB_CONNECTION_HTTP_SERVER_H_
#define HOOKD_WEB_CONNECTION_HTTP_SERVER_H_

#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "http/tls_files.h"
#include "web/connection/http_limits.h"
#include "web/connection/http_listener.h"
#include "web/connection/http_shared.h"
#include "web/connection/io_thread.h"
#include "web/web_exchange.h"

namespace hookd {

class HttpServer {
 public:
  struct Options {
    std::string address;            // host:port, where port 0 picks a free port, or unix:path
    TlsFiles tls;                   // without a certificate: plaintext
    WebHandler* handler = nullptr;  // must outlive the server
    Clock* clock = Clock::Real();   // must outlive the server and the exchanges that the handler keeps
    HttpLimits limits;
  };

  struct Figures {
    int64_t connections = 0;         // open
    int64_t requests_in_flight = 0;  // of which the head has arrived, and the handler keeps the exchange
    int64_t bytes_in_memory = 0;     // of input
    // Since the start.
    int64_t accepted = 0;   // connections
    int64_t refused = 0;    // connections, for lack of room
    int64_t evicted = 0;    // idle connections, to make room for others
    int64_t timed_out = 0;  // connections that were slow
    int64_t requests = 0;   // given to the handler
    int64_t rejected = 0;   // requests that the server refused itself
  };

  // Opens the port and serves. On failure, returns one sentence for the operator: INVALID_ARGUMENT if an
  // option is wrong, otherwise UNAVAILABLE.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Create(const Options& options);

  // Blocks until the threads have ended.
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // The port that it listens on; 0 for a socket file.
  int port() const { return port_; }
  Figures figures() const;

  // From now on no connection is accepted. Idle connections are closed, others after their request.
  void StopAccepting();
  // Waits until no request is in flight, for `timeout` at most.
  void AwaitRequests(absl::Duration timeout) { shared_->requests.AwaitNone(timeout); }
  // Closes all connections. Streams are notified.
  void EndConnections();

 private:
  explicit HttpServer(std::shared_ptr<HttpShared> shared);

  void Start(Listening listening);
  void Accept(int socket, const sockaddr_storage& peer);
  void ScheduleReload();
  // Runs the function on every thread, for its connections, and waits until all have run it.
  void RunOnThreads(const std::function<void(IoThread&)>& function);

  const std::shared_ptr<HttpShared> shared_;
  int port_ = 0;
  std::vector<std::shared_ptr<IoThread>> threads_;  // the first one also listens
  size_t next_thread_ = 0;
  std::unique_ptr<HttpListener> listener_;
  std::unique_ptr<boost::asio::steady_timer> reload_timer_;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_HTTP_SERVER_H_
