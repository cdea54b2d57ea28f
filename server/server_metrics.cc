#include "server_metrics.h"

#include <utility>

#include "absl/time/time.h"
#include "base/ids.h"
#include "web/web_server.h"

namespace hookd {
namespace {

using prometheus::MetricType;

void AddGauge(Metrics& metrics, const char* name, const char* help, std::function<double()> value) {
  metrics.Ask({{name, help, MetricType::Gauge}},
              [value = std::move(value)] { return std::vector<double>{value()}; });
}

void AddHttpClientMetrics(Metrics& metrics, const HttpClient* http) {
  metrics.Ask(
      {{"hookd_http_connections", "Open connections to endpoints", MetricType::Gauge},
       {"hookd_http_connections_opened_total", "Connections to endpoints that were opened",
        MetricType::Counter},
       {"hookd_http_connections_cut_total",
        "Connections to endpoints that were closed because the peer kept an HTTP loop busy",
        MetricType::Counter},
       {"hookd_http_loop_lag_seconds", "How late the HTTP loop with the largest lag is", MetricType::Gauge},
       {"hookd_http_reserve_descriptors", "Free file descriptors of those reserved for deliveries",
        MetricType::Gauge},
       {"hookd_name_lookups_in_flight", "Names of endpoints that are being resolved", MetricType::Gauge},
       {"hookd_name_lookups_failed_total", "Name lookups that no name server answered", MetricType::Counter}},
      [http] {
        const HttpClient::Figures figures = http->figures();
        return std::vector<double>{
            static_cast<double>(figures.connections),      static_cast<double>(figures.connections_opened),
            static_cast<double>(figures.connections_cut),  absl::ToDoubleSeconds(figures.lag),
            static_cast<double>(figures.free_descriptors), static_cast<double>(figures.lookups),
            static_cast<double>(figures.lookups_failed)};
      });
}

void AddStoreMetrics(Metrics& metrics, const Store* store) {
  metrics.Ask({{"hookd_store_bytes", "Size of the store on disk, including its log", MetricType::Gauge},
               {"hookd_store_free_bytes", "Free space on the store's disk", MetricType::Gauge},
               {"hookd_store_reusable_bytes",
                "Free pages inside the store's file, which are used before it grows", MetricType::Gauge},
               {"hookd_store_has_room", "0 while events are rejected for lack of space, otherwise 1",
                MetricType::Gauge}},
              [store] {
                const Store::Figures figures = store->figures().value_or(Store::Figures());
                return std::vector<double>{
                    static_cast<double>(figures.bytes), static_cast<double>(figures.free_bytes),
                    static_cast<double>(figures.reusable_bytes), figures.has_room ? 1.0 : 0.0};
              });
}

void AddSearchMetrics(Metrics& metrics, const Store* store) {
  metrics.Ask({{"hookd_search_indexed_time_seconds",
                "Unix time of the newest event in the search index; 0 if this process does not index",
                MetricType::Gauge},
               {"hookd_search_damages_total", "Searches that found a part of the search index damaged",
                MetricType::Counter}},
              [store] {
                const Store::SearchFigures figures = store->search_figures();
                return std::vector<double>{
                    absl::ToDoubleSeconds(TimeOfKey(figures.indexed_to) - absl::UnixEpoch()),
                    static_cast<double>(figures.damages)};
              });
}

}  // namespace

void AddCallerConnectionMetrics(Metrics& metrics, const CallerConnections* connections) {
  metrics.Ask(
      {{"hookd_caller_connections", "Open connections of callers over gRPC", MetricType::Gauge},
       {"hookd_caller_connections_accepted_total", "Connections of callers over gRPC that were accepted",
        MetricType::Counter},
       {"hookd_caller_connections_refused_total",
        "Connections of callers over gRPC that were refused, or closed before their first call, because "
        "there were too many or their address was refused",
        MetricType::Counter},
       {"hookd_caller_connections_cut_total",
        "Connections of callers over gRPC that were closed because of what they sent", MetricType::Counter},
       {"hookd_caller_incomplete_bytes", "Bytes of messages over gRPC that have not arrived completely",
        MetricType::Gauge}},
      [connections] {
        const CallerConnections::Figures figures = connections->figures();
        return std::vector<double>{static_cast<double>(figures.open), static_cast<double>(figures.accepted),
                                   static_cast<double>(figures.refused), static_cast<double>(figures.cut),
                                   static_cast<double>(figures.incomplete_bytes)};
      });
}

void AddHttpCallerMetrics(Metrics& metrics, const WebServer* web) {
  metrics.Ask(
      {{"hookd_http_caller_connections", "Open connections of callers over HTTP", MetricType::Gauge},
       {"hookd_http_caller_connections_accepted_total", "Connections of callers over HTTP that were accepted",
        MetricType::Counter},
       {"hookd_http_caller_connections_refused_total",
        "Connections of callers over HTTP that were refused because there were too many",
        MetricType::Counter},
       {"hookd_http_caller_connections_evicted_total",
        "Idle connections of callers over HTTP that were closed to make room for others",
        MetricType::Counter},
       {"hookd_http_caller_connections_timed_out_total",
        "Connections of callers over HTTP that were closed because they sent or read too slowly",
        MetricType::Counter},
       {"hookd_http_caller_requests_total", "HTTP requests of callers that arrived completely",
        MetricType::Counter},
       {"hookd_http_caller_requests_rejected_total",
        "HTTP requests of callers that were malformed or exceeded a limit", MetricType::Counter},
       {"hookd_http_caller_requests_in_flight", "HTTP requests of callers in flight, including streams",
        MetricType::Gauge},
       {"hookd_http_caller_request_bytes", "Bytes of the HTTP requests of callers that are in memory",
        MetricType::Gauge}},
      [web] {
        const HttpServer::Figures figures = web == nullptr ? HttpServer::Figures() : web->figures();
        return std::vector<double>{
            static_cast<double>(figures.connections),    static_cast<double>(figures.accepted),
            static_cast<double>(figures.refused),        static_cast<double>(figures.evicted),
            static_cast<double>(figures.timed_out),      static_cast<double>(figures.requests),
            static_cast<double>(figures.rejected),       static_cast<double>(figures.requests_in_flight),
            static_cast<double>(figures.bytes_in_memory)};
      });
}

void AddServerMetrics(Metrics& metrics, const ServerMetricsSources& sources) {
  AddGauge(metrics, "hookd_serving", "1 while grpc.health.v1 reports SERVING, otherwise 0",
           [health = sources.health] { return health->serving() ? 1 : 0; });
  AddGauge(metrics, "hookd_sending", "1 while the HTTP client is able to send requests, otherwise 0",
           [health = sources.health] { return health->sending() ? 1 : 0; });
  AddGauge(metrics, "hookd_store_writable", "0 if the last transaction failed, otherwise 1",
           [health = sources.health] { return health->writable() ? 1 : 0; });
  if (sources.store->figures().has_value()) AddStoreMetrics(metrics, sources.store);
  AddGauge(metrics, "hookd_deliveries_waiting", "Pending deliveries, including retries",
           [counts = sources.counts] { return static_cast<double>(counts->total()); });
  AddSearchMetrics(metrics, sources.store);
  AddGauge(metrics, "hookd_stats_bytes", "Bytes of counts in memory that are not in the store yet",
           [statistics = sources.statistics] { return static_cast<double>(statistics->bytes()); });
  AddHttpClientMetrics(metrics, sources.http);
  metrics.Ask(
      {{"hookd_deliveries_queued", "Pending deliveries that are queued in memory", MetricType::Gauge},
       {"hookd_deliveries_queued_bytes", "Bytes of the deliveries that are queued in memory",
        MetricType::Gauge},
       {"hookd_attempts_in_flight", "Attempts in flight", MetricType::Gauge},
       {"hookd_circuits_open", "Webhooks with pending deliveries whose circuit is open", MetricType::Gauge},
       {"hookd_webhooks_held", "Webhooks whose deliveries are pending because hookd cannot send them",
        MetricType::Gauge},
       {"hookd_shards", "Shards of webhooks that this process owns, of 128", MetricType::Gauge},
       {"hookd_oldest_waiting_seconds", "Longest time since a pending delivery could have been attempted",
        MetricType::Gauge}},
      [dispatcher = sources.dispatcher] {
        const Scheduler::Load load = dispatcher->load();
        return std::vector<double>{static_cast<double>(load.queued),
                                   static_cast<double>(load.queued_bytes),
                                   static_cast<double>(load.in_flight),
                                   static_cast<double>(load.open_circuits),
                                   static_cast<double>(load.held_webhooks),
                                   static_cast<double>(load.shards),
                                   absl::ToDoubleSeconds(dispatcher->longest_wait(load))};
      });
}

}  // namespace hookd
