// Where Prometheus fetches hookd's metrics: GET /metrics, over HTTP, for anyone who can connect.
//
// Thread-safe. Serves on threads of its own until it is destroyed.
#ifndef HOOKD_METRICS_METRICS_ENDPOINT_H_
#define HOOKD_METRICS_METRICS_ENDPOINT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "metrics/metrics.h"

namespace prometheus {
class Exposer;
}

namespace hookd {

class MetricsEndpoint {
 public:
  // `listen` is host:port; port 0 takes any free one. INVALID_ARGUMENT or UNAVAILABLE, with one sentence for
  // the operator, if it is not that or cannot be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Create(const std::string& listen,
                                                                 std::shared_ptr<Metrics> metrics);
  // Waits for the scrapes under way.
  ~MetricsEndpoint();

  // The port it listens on.
  int port() const { return port_; }

 private:
  MetricsEndpoint(std::shared_ptr<Metrics> metrics, std::unique_ptr<prometheus::Exposer> exposer,
                  std::string host, int port);

  const std::shared_ptr<Metrics> metrics_;
  std::unique_ptr<prometheus::Exposer> exposer_;
  const std::string host_;
  const int port_;
};

}  // namespace hookd

#endif  // HOOKD_METRICS_METRICS_ENDPOINT_H_
