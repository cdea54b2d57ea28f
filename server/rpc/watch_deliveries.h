// DeliveryService.WatchDeliveries: tells a caller the outcomes of a project, first those of the past that it
// asked for, from the store, then those that come, from the feed.
#ifndef HOOKD_RPC_WATCH_DELIVERIES_H_
#define HOOKD_RPC_WATCH_DELIVERIES_H_

#include "base/clock.h"
#include "base/shares.h"
#include "delivery/outcome_feed.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "rpc/caller_access.h"
#include "store/store.h"

namespace hookd {

// Begins a watch, which ends by itself, with UNAVAILABLE once the feed is closed, and with UNAUTHENTICATED at
// the first outcome or heartbeat after the caller's token became void. Heartbeats are made when the feed
// wakes it (OutcomeFeed::WakeAll). Never blocks. RESOURCE_EXHAUSTED if there is no place of `places` for its
// project or token. What it is given must outlive it.
grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchDeliveries(const Callers& callers,
                                                            const grpc::CallbackServerContext& context,
                                                            const grpc::ByteBuffer& request, Store* store,
                                                            OutcomeFeed* feed, Shares* places, Clock* clock);

}  // namespace hookd

#endif  // HOOKD_RPC_WATCH_DELIVERIES_H_
