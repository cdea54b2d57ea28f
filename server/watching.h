// What of hookd is asked for with every scrape of its metrics: how much waits, is under way and is stored.
//
// Thread-safe. Owns nothing it is given.
#ifndef HOOKD_WATCHING_H_
#define HOOKD_WATCHING_H_

#include "delivery/dispatcher.h"
#include "delivery/waiting_counts.h"
#include "grpc/caller_connections.h"
#include "health.h"
#include "http/http_client.h"
#include "metrics/metrics.h"
#include "store/store.h"

namespace hookd {

struct Watched {
  const Health* health;
  const WaitingCounts* counts;
  const Dispatcher* dispatcher;
  const Store* store;
  const HttpClient* http;
};

// All must outlive the scrapes.
void AddWatched(Metrics& metrics, const Watched& watched);
void AddCallerConnections(Metrics& metrics, const CallerConnections* connections);

}  // namespace hookd

#endif  // HOOKD_WATCHING_H_
