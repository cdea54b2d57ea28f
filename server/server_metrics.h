// The metrics whose values are read from the parts of the server at each scrape: health, pending and
// in-flight deliveries, the size of the store, connections.
//
// Thread-safe. Owns none of the sources, which must outlive the last scrape.
#ifndef HOOKD_SERVER_METRICS_H_
#define HOOKD_SERVER_METRICS_H_

#include "delivery/dispatcher.h"
#include "delivery/scheduling/pending_counts.h"
#include "delivery/statistics/statistics.h"
#include "grpc/limits/caller_connections.h"
#include "health.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

class WebServer;

// The parts of the server that metrics are read from.
struct ServerMetricsSources {
  const Health* health;
  const PendingCounts* counts;
  const Dispatcher* dispatcher;
  const Statistics* statistics;
  const Store* store;
  const HttpClient* http;
};

// Adds the metrics of everything except callers.
void AddServerMetrics(Metrics& metrics, const ServerMetricsSources& sources);

// Adds the metrics of the connections of callers over gRPC.
void AddCallerConnectionMetrics(Metrics& metrics, const CallerConnections* connections);

// Adds the metrics of callers over HTTP. They are 0 without a server, so that they always exist.
void AddHttpCallerMetrics(Metrics& metrics, const WebServer* web);

}  // namespace hookd

#endif  // HOOKD_SERVER_METRICS_H_
