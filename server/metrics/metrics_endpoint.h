// Where Prometheus fetches hookd's metrics: GET /metrics, over HTTP, for anyone who can connect.
//
// One thread serves all connections and waits for none of them, so that requests that never end hold up no
// scrape: each has a deadline, and past limits::kMaxMetricsConnections the oldest unfinished one is dropped.
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
  // `listen` is host:port; port 0 takes any free one. `timeout` is for a request and its answer together.
  // INVALID_ARGUMENT or UNAVAILABLE, with one sentence for the operator, if it is not that or cannot be
  // listened on.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Create(
      const std::string& listen, std::shared_ptr<Metrics> metrics,
      absl::Duration timeout = limits::kMetricsTimeout);
  // Closes the connections, whatever they are at.
  ~MetricsEndpoint();

  // The port it listens on.
  int port() const { return port_; }

 private:
  struct Connection {
    int socket;
    absl::Time deadline;
    std::string request = {};
    std::string answer = {};  // what is left to send
    bool answered = false;    // the answer is made
    bool ended = false;       // the answer is sent: the peer's end is awaited
  };

  MetricsEndpoint(std::shared_ptr<Metrics> metrics, absl::Duration timeout, std::vector<int> listeners,
                  int stop);

  void Serve();
  void Accept(int listener);
  // False once the connection is to be closed.
  bool Go(Connection& connection);
  bool Read(Connection& connection);
  bool Write(Connection& connection);
  std::string Answer(absl::string_view request) const;
  // Makes room for another connection.
  void DropOldest();

  const std::shared_ptr<Metrics> metrics_;
  const absl::Duration timeout_;
  const std::vector<int> listeners_;
  const int stop_;  // an eventfd
  const int port_;
  // The rest is Serve's thread's.
  std::list<Connection> connections_;  // the oldest first
  absl::Time accept_at_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_METRICS_METRICS_ENDPOINT_H_
