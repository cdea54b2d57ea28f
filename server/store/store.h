// Where everything that must survive is kept. One implementation an engine; all pass
// tests/unit/store/conformance.
//
// Thread-safe. Every method but Load* returns at once; its `done` is called exactly once, later or from
// within the call, on a thread of the store's, and must not block. Records are values: the caller keeps
// nothing alive.
//
// Writes are durable when `done` has OK: on disk, and there after kill -9 or a power cut. All writes that
// arrive while a commit is under way share the next one (group commit), in the order of their calls; their
// `done`s are called in that order, after the commit. A write that is refused (ALREADY_EXISTS, ...) changes
// nothing and refuses no other.
//
// Errors of writes, besides those named: RESOURCE_EXHAUSTED when limits::kMaxUncommittedBytes wait already or
// the disk is full; UNAVAILABLE when the store cannot be written or is closed. The message says what an
// operator can do. Reads: UNAVAILABLE. A store that failed is tried afresh with the next call.
#ifndef HOOKD_STORE_STORE_H_
#define HOOKD_STORE_STORE_H_

#include "store/cluster.h"
#include "store/delivery_store.h"
#include "store/event_store.h"
#include "store/token_store.h"
#include "store/upkeep_store.h"
#include "store/webhook_store.h"

namespace hookd {

class Store : public WebhookStore,
              public TokenStore,
              public EventStore,
              public DeliveryStore,
              public UpkeepStore {
 public:
  // Waits for the writes in flight, then closes. Every `done` has been called when it returns.
  ~Store() override = default;

  // The other processes that have the same store open. Null where only one process can.
  virtual Cluster* cluster() { return nullptr; }
};

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_H_
