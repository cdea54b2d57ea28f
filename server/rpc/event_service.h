// hookd.v1.EventService (protos/hookd/v1/event_service.proto): parse, validate, one domain call, convert.
//
// Thread-safe; owns nothing it is given. No method blocks, but one that takes a single event may rest a
// moment where many come (intake_pace.h).
#ifndef HOOKD_RPC_EVENT_SERVICE_H_
#define HOOKD_RPC_EVENT_SERVICE_H_

#include "delivery/acceptor.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "rpc/caller_access.h"
#include "rpc/stream_events.h"
#include "store/store.h"

namespace hookd {

// Raw methods throughout; see unary_call.h.
using RawEventService =
    v1::EventService::WithRawCallbackMethod_EmitEvent<v1::EventService::WithRawCallbackMethod_BatchEmitEvents<
        v1::EventService::WithRawCallbackMethod_StreamEvents<
            v1::EventService::WithRawCallbackMethod_GetEvent<v1::EventService::Service>>>>;

class EventService : public RawEventService {
 public:
  // All must outlive the service and its calls.
  EventService(const Callers& callers, Acceptor* acceptor, Store* store)
      : callers_(callers), acceptor_(acceptor), store_(store), streams_(callers, acceptor) {}

  grpc::ServerUnaryReactor* EmitEvent(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* BatchEmitEvents(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  EventStreams::Reactor* StreamEvents(grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;

  // Has those streams end whose callers' tokens are void.
  void EndVoidStreams() { streams_.EndVoid(); }

  // Has every stream answer what it read and end with UNAVAILABLE. Before the server's Shutdown.
  void StopStreams() { streams_.Stop(); }

 private:
  const Callers callers_;
  Acceptor* const acceptor_;
  Store* const store_;
  EventStreams streams_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_EVENT_SERVICE_H_
