// Streams of EventService.StreamEvents: each accepts the events of its caller and answers them in their
// order.
//
// Thread-safe. No method blocks. Does not own the acceptor.
#ifndef HOOKD_API_HANDLERS_EVENT_STREAM_H_
#define HOOKD_API_HANDLERS_EVENT_STREAM_H_

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

// The open streams.
class EventStreams {
 public:
  // This and the acceptor must outlive the streams and the acceptance of their events.
  explicit EventStreams(Acceptor* acceptor) : acceptor_(acceptor) {}

  // Opens a stream. Returns RESOURCE_EXHAUSTED if limits::kMaxEventStreams are open or the caller's token has
  // used up its part of them (base/shares.h), and UNAVAILABLE after Stop. The stream ends with
  // RESOURCE_EXHAUSTED if the project of its first event has used up its part, and with UNAUTHENTICATED at
  // the first message, or call of EndWithoutToken, after the caller's token expired or was deleted. All its
  // events have the caller's trace context.
  absl::StatusOr<std::shared_ptr<RequestStream>> Open(const CallContext& context, RequestSource* source)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Ends the streams whose callers' tokens have expired or were deleted.
  void EndWithoutToken() ABSL_LOCKS_EXCLUDED(mutex_);

  // Makes every stream stop reading, answer the requests that it has read, and end with UNAVAILABLE. No
  // stream can be opened afterwards.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  friend class EventStream;

  std::vector<std::shared_ptr<EventStream>> All() ABSL_LOCKS_EXCLUDED(mutex_);
  // Called by the destructor of a stream.
  void Remove(const EventStream* stream) ABSL_LOCKS_EXCLUDED(mutex_);

  Acceptor* const acceptor_;
  // Places of the callers' tokens, and places of the projects of the streams that have sent an event.
  Shares places_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  Shares projects_{static_cast<int>(limits::kMaxEventStreams), "streams"};
  absl::Mutex mutex_;
  absl::flat_hash_map<const EventStream*, std::weak_ptr<EventStream>> streams_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_EVENT_STREAM_H_
