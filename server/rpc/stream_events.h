// EventService.StreamEvents: the streams under way, each of which takes events in one after another and
// answers them in their order.
//
// Thread-safe; owns the streams until they are done. No method blocks; gRPC's threads rest a moment where
// many events come (intake_pace.h).
#ifndef HOOKD_RPC_STREAM_EVENTS_H_
#define HOOKD_RPC_STREAM_EVENTS_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "base/limits.h"
#include "base/shares.h"
#include "base/trace_context.h"
#include "delivery/acceptor.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "rpc/caller_access.h"

namespace hookd {

class EventStreams {
 public:
  using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;

  // Must outlive the streams and what they have accepted.
  EventStreams(const Callers& callers, Acceptor* acceptor) : callers_(callers), acceptor_(acceptor) {}

  // Begins a stream, which ends by itself: with RESOURCE_EXHAUSTED if limits::kMaxEventStreams are under way,
  // or its token or the project of its first event has its share of them (base/shares.h); with
  // UNAUTHENTICATED at the first message, or EndVoid, after the caller's token became void. All its events
  // have its caller's trace.
  Reactor* Start(const grpc::CallbackServerContext& context) ABSL_LOCKS_EXCLUDED(mutex_);

  // Has those streams end whose callers' tokens are void.
  void EndVoid() ABSL_LOCKS_EXCLUDED(mutex_);

  // Has every stream, also those to come, read no more, answer what it read, and end with UNAVAILABLE.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  class Stream;

  std::vector<std::shared_ptr<Stream>> All() ABSL_LOCKS_EXCLUDED(mutex_);

  const Callers callers_;
  Acceptor* const acceptor_;
  // Of all, by their tokens; of those that have sent an event, by the first one's project.
  Shares places_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  Shares projects_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  absl::Mutex mutex_;
  absl::flat_hash_map<const Stream*, std::shared_ptr<Stream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_RPC_STREAM_EVENTS_H_
