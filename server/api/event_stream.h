// EventService.StreamEvents: accepts the events of a stream one after another and answers them in their
// order.
//
// Thread-safe. No method blocks.
#ifndef HOOKD_API_EVENT_STREAM_H_
#define HOOKD_API_EVENT_STREAM_H_

#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "api/call.h"
#include "api/stream.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/acceptor.h"

namespace hookd {

class EventStream;

// The streams that are open.
class EventStreams {
 public:
  // Must outlive the streams and what they have accepted, and so must the acceptor.
  explicit EventStreams(Acceptor* acceptor) : acceptor_(acceptor) {}

  // Opens a stream. RESOURCE_EXHAUSTED if limits::kMaxEventStreams are open, or the caller's token has its
  // share of them (base/shares.h); UNAVAILABLE after Stop. The stream ends with RESOURCE_EXHAUSTED if the
  // project of its first event has its share, and with UNAUTHENTICATED at the first message, or
  // EndWithoutToken, after the caller's token expired or was deleted. All its events have its caller's trace.
  absl::StatusOr<std::shared_ptr<RequestStream>> Open(const CallContext& context, RequestSource* source)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the streams whose callers' tokens have expired or were deleted.
  void EndWithoutToken() ABSL_LOCKS_EXCLUDED(mutex_);

  // Has every stream read no more, answer what it has read, and end with UNAVAILABLE. None is opened from
  // now on.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class EventStream;

  std::vector<std::shared_ptr<EventStream>> All() ABSL_LOCKS_EXCLUDED(mutex_);
  // A stream is being destroyed.
  void Remove(const EventStream* stream) ABSL_LOCKS_EXCLUDED(mutex_);

  Acceptor* const acceptor_;
  // Places by the callers' tokens; and, for streams that have sent an event, by its project.
  Shares places_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  Shares projects_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  absl::Mutex mutex_;
  absl::flat_hash_map<const EventStream*, std::weak_ptr<EventStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_API_EVENT_STREAM_H_
