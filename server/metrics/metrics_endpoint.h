// Serves hookd's metrics to Prometheus: GET /metrics over HTTP, for anyone who can connect.
//
// One thread serves all connections without blocking, so that slow clients do not delay a scrape: each
// connection has a deadline, and above limits::kMaxMetricsConnections the oldest unfinished one is closed.
// Each connection serves one request.
//
// Thread-safe. Serves until it is destroyed.
#ifndef HOOKD_METRICS_METRICS_ENDPOINT_H_
#define HOOKD_METRICS_METRICS_ENDPOINT_H_

#include <list>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/limits.h"
#include "metrics/metrics.h"

namespace hookd {

class MetricsEndpoint {
 public:
  // `listen` is host:port; port 0 picks a free port. `timeout` covers a request and its response. Returns
  // INVALID_ARGUMENT or UNAVAILABLE, with one sentence for the operator, if the address is invalid or cannot
  // be bound.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Create(
      const std::string& listen, std::shared_ptr<Metrics> metrics,
      absl::Duration timeout = limits::kMetricsTimeout);
  // Closes all connections at once.
  ~MetricsEndpoint();

  // The port that was bound.
  int port() const { return port_; }

 private:
  struct Connection {
    int socket;
    absl::Time deadline;
    std::string request = {};
    std::string answer = {};  // the part that is left to send
    bool answered = false;    // `answer` was built
    bool ended = false;       // the answer was sent; waits for the peer to close
  };

  MetricsEndpoint(std::shared_ptr<Metrics> metrics, absl::Duration timeout, std::vector<int> listeners,
                  int stop);

  void Serve();
  void Accept(int listener);
  // Returns false if the connection must be closed.
  bool Go(Connection& connection);
  bool Read(Connection& connection);
  bool Write(Connection& connection);
  std::string Answer(absl::string_view request) const;
  // Closes a connection to make room for another.
  void DropOldest();

  const std::shared_ptr<Metrics> metrics_;
  const absl::Duration timeout_;
  const std::vector<int> listeners_;
  const int stop_;  // an eventfd
  const int port_;
  // The following are used by the thread of Serve only.
  std::list<Connection> connections_;  // the oldest first
  absl::Time accept_at_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_METRICS_METRICS_ENDPOINT_H_
