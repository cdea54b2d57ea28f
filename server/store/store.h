// The store: everything that must survive a restart. Each engine implements it and passes the conformance
// suite in tests/unit/store.
//
// Thread-safe. Every method but Load* returns at once; its `done` is called exactly once, later or within the
// call, on a thread of the store, and must not block. Records are values: the caller keeps nothing alive.
//
// A write is durable when `done` gets OK: it is on disk, and survives kill -9 and a power cut. Writes that
// arrive while a commit is in flight share the next commit (group commit), in the order of their calls; their
// `done`s are called in that order, after the commit. A refused write (ALREADY_EXISTS, ...) changes nothing
// and does not affect other writes.
//
// Errors of writes, in addition to those named: RESOURCE_EXHAUSTED when limits::kMaxUncommittedBytes are
// pending or the disk is full; UNAVAILABLE when the store cannot be written or is closed. The message says
// what an operator can do. Errors of reads: UNAVAILABLE. After a failure the next call tries again.
#ifndef HOOKD_STORE_STORE_H_
#define HOOKD_STORE_STORE_H_

#include "store/cluster.h"
#include "store/delivery_store.h"
#include "store/event_store.h"
#include "store/health_store.h"
#include "store/project_store.h"
#include "store/stats_store.h"
#include "store/token_store.h"
#include "store/upkeep_store.h"
#include "store/webhook_store.h"

namespace hookd {

class Store : public ProjectStore,
              public WebhookStore,
              public TokenStore,
              public EventStore,
              public DeliveryStore,
              public HealthStore,
              public StatsStore,
              public UpkeepStore {
 public:
  // Waits for the writes in flight, then closes. Every `done` has been called when it returns.
  ~Store() override = default;

  // The other processes that have the same store open. Null where only one process can.
  virtual Cluster* cluster() { return nullptr; }
};

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_H_
