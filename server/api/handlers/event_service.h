// hookd.v1.EventService (protos/hookd/v1/event_service.proto): validate, one domain call, convert.
//
// Thread-safe; owns none of the objects it is given. No handler blocks; each replies once, on any thread.
#ifndef HOOKD_API_HANDLERS_EVENT_SERVICE_H_
#define HOOKD_API_HANDLERS_EVENT_SERVICE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "api/call.h"
#include "api/handlers/event_stream.h"
#include "api/stream.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/shares.h"
#include "delivery/acceptor.h"
#include "delivery/event_feed.h"
#include "hookd/v1/event_service.pb.h"
#include "store/store.h"

namespace hookd {

class EventService {
 public:
  // What the service uses besides the acceptor.
  struct Parts {
    Store* store;
    EventFeed* feed;
    Clock* clock;
    absl::Duration retention;  // how long every event is kept at least
  };

  // All must outlive the service, its calls, and the acceptance of their events.
  EventService(Acceptor* acceptor, const Parts& parts)
      : acceptor_(acceptor), parts_(parts), store_(parts.store), streams_(acceptor) {}

  void EmitEvent(const CallContext& context, const v1::EmitEventRequest& request,
                 Reply<v1::EmitEventResponse> reply);
  void BatchEmitEvents(const CallContext& context, const v1::BatchEmitEventsRequest& request,
                       Reply<v1::BatchEmitEventsResponse> reply);
  void GetEvent(const CallContext& context, const v1::GetEventRequest& request, Reply<v1::Event> reply);
  void ListEvents(const CallContext& context, const v1::ListEventsRequest& request,
                  Reply<v1::ListEventsResponse> reply);
  absl::StatusOr<std::shared_ptr<RequestStream>> StreamEvents(const CallContext& context,
                                                              RequestSource* source);

  absl::StatusOr<std::shared_ptr<ResponseStream>> WatchEvents(const CallContext& context,
                                                              const v1::WatchEventsRequest& request,
                                                              ResponseSink* sink);

  // See EventStreams.
  void EndStreamsWithoutToken() { streams_.EndWithoutToken(); }
  void StopStreams() { streams_.Stop(); }

  // How many callers watch events.
  int watchers() const { return watches_.taken(); }

 private:
  Acceptor* const acceptor_;
  const Parts parts_;
  Store* const store_;
  EventStreams streams_;
  Shares watches_{limits::kMaxEventWatches, "watches of events"};
  Shares searches_{limits::kMaxSearches, "searches", limits::kMaxSearchesOfHolder};
};

}  // namespace hookd

#endif  // HOOKD_API_HANDLERS_EVENT_SERVICE_H_
