#include "watching.h"

#include <utility>

namespace hookd {
namespace {

using prometheus::MetricType;

void AddGauge(Metrics& metrics, const char* name, const char* help, std::function<double()> value) {
  metrics.Ask({{name, help, MetricType::Gauge}},
              [value = std::move(value)] { return std::vector<double>{value()}; });
}

void AddHttpClient(Metrics& metrics, const HttpClient* http) {
  metrics.Ask(
      {{"hookd_http_connections", "Connections to endpoints that are open", MetricType::Gauge},
       {"hookd_http_connections_opened_total", "Connections to endpoints that were opened",
        MetricType::Counter},
       {"hookd_http_connections_cut_total",
        "Connections to endpoints that were closed as they kept a loop busy", MetricType::Counter},
       {"hookd_http_loop_lag_seconds", "How late the latest HTTP loop is", MetricType::Gauge},
       {"hookd_http_reserve_descriptors", "Descriptors of the reserve for deliveries that are free",
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

void AddStore(Metrics& metrics, const Store* store) {
  metrics.Ask({{"hookd_store_bytes", "Size of the store on its disk, its log included", MetricType::Gauge},
               {"hookd_store_free_bytes", "Free space on the store's disk", MetricType::Gauge},
               {"hookd_store_reusable_bytes", "Free pages inside the store's file, used before it grows",
                MetricType::Gauge},
               {"hookd_store_has_room", "1 unless events are refused for lack of room", MetricType::Gauge}},
              [store] {
                const Store::Figures figures = store->figures().value_or(Store::Figures());
                return std::vector<double>{
                    static_cast<double>(figures.bytes), static_cast<double>(figures.free_bytes),
                    static_cast<double>(figures.reusable_bytes), figures.has_room ? 1.0 : 0.0};
              });
}

void AddCallerConnections(Metrics& metrics, const CallerConnections* connections) {
  metrics.Ask(
      {{"hookd_caller_connections", "Connections of callers that are open", MetricType::Gauge},
       {"hookd_caller_connections_accepted_total", "Connections of callers that were accepted",
        MetricType::Counter},
       {"hookd_caller_connections_refused_total",
        "Connections of callers that were refused, or closed before their first call, as there were too "
        "many or their address was cut off",
        MetricType::Counter},
       {"hookd_caller_connections_cut_total", "Connections of callers that were closed for what they sent",
        MetricType::Counter},
       {"hookd_caller_incomplete_bytes", "Bytes of callers' messages that are not complete",
        MetricType::Gauge}},
      [connections] {
        const CallerConnections::Figures figures = connections->figures();
        return std::vector<double>{static_cast<double>(figures.open), static_cast<double>(figures.accepted),
                                   static_cast<double>(figures.refused), static_cast<double>(figures.cut),
                                   static_cast<double>(figures.incomplete_bytes)};
      });
}

}  // namespace

void AddWatched(Metrics& metrics, const Watched& watched) {
  AddGauge(metrics, "hookd_serving", "1 while grpc.health.v1 answers SERVING",
           [health = watched.health] { return health->serving() ? 1 : 0; });
  AddGauge(metrics, "hookd_sending", "1 while the HTTP client is able to send requests",
           [health = watched.health] { return health->sending() ? 1 : 0; });
  AddGauge(metrics, "hookd_store_writable", "1 unless the last transaction failed",
           [health = watched.health] { return health->writable() ? 1 : 0; });
  if (watched.store->figures().has_value()) AddStore(metrics, watched.store);
  AddGauge(metrics, "hookd_deliveries_waiting", "Deliveries that have not ended, retries included",
           [counts = watched.counts] { return static_cast<double>(counts->in_all()); });
  AddHttpClient(metrics, watched.http);
  AddCallerConnections(metrics, watched.connections);
  metrics.Ask(
      {{"hookd_deliveries_queued", "Deliveries held in memory until their turn", MetricType::Gauge},
       {"hookd_deliveries_queued_bytes", "Bytes of those", MetricType::Gauge},
       {"hookd_attempts_in_flight", "Attempts under way", MetricType::Gauge},
       {"hookd_circuits_open", "Webhooks with work whose endpoint only fails, and is spared",
        MetricType::Gauge},
       {"hookd_webhooks_held", "Webhooks whose deliveries wait because hookd cannot send them",
        MetricType::Gauge},
       {"hookd_shards", "Shards of webhooks that this process holds, of 128", MetricType::Gauge},
       {"hookd_oldest_waiting_seconds",
        "For how long the delivery waits that could have been attempted for the longest", MetricType::Gauge}},
      [dispatcher = watched.dispatcher] {
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
