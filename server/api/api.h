// The API hookd.v1 without a transport: its services and the table of their methods.
//
// A transport finds a method in the table, and has it called by Call, OpenServerStream or OpenBidiStream:
// these authenticate the caller and check its role before a request is even parsed, so that every transport
// has the same authorization. Errors have their details (api/status.h).
//
// Thread-safe; no method blocks, other than the destructor. Owns nothing it is given.
#ifndef HOOKD_API_API_H_
#define HOOKD_API_API_H_

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "api/admin_service.h"
#include "api/delivery_service.h"
#include "api/event_service.h"
#include "api/method.h"
#include "api/token_service.h"
#include "api/webhook_service.h"
#include "delivery/engine.h"

namespace hookd {

class Api {
 public:
  // What the services stand on; all must outlive the Api and its calls.
  struct Parts {
    Clock* clock;
    Store* store;
    Tokens* tokens;
    Engine* engine;
    const EgressGuard* egress;
    AdminService::NodeLister list_nodes;
  };

  // Parses the request of a call, or says why it cannot be.
  using Parse = absl::FunctionRef<absl::Status()>;

  explicit Api(const Parts& parts);

  // Every method of hookd.v1.
  const std::vector<Method>& methods() const { return methods_; }

  const Authentication& authentication() const { return authentication_; }

  // Calls a unary method: authenticates the caller, has the request parsed, and hands both to the handler.
  // `call` is finished in any case, within this call or later. `request` must exist until this returns.
  void Call(const Method& method, const Caller& caller, Parse parse, const google::protobuf::Message& request,
            UnaryCall* call) const;

  // Opens a stream of responses in the same way; an error, if it is not to begin.
  absl::StatusOr<std::shared_ptr<ResponseStream>> OpenServerStream(const Method& method, const Caller& caller,
                                                                   Parse parse,
                                                                   const google::protobuf::Message& request,
                                                                   ResponseSink* sink) const;

  // The same for a stream of requests and responses, whose requests come later.
  absl::StatusOr<std::shared_ptr<RequestStream>> OpenBidiStream(const Method& method, const Caller& caller,
                                                                RequestSource* source) const;

  // Ends the streams whose callers' tokens have expired or were deleted.
  void EndStreamsWithoutToken();

  // Ends every stream of events with UNAVAILABLE once what it has read is answered. Before the transports are
  // shut down.
  void StopStreams() { events_.StopStreams(); }

  // Waits for the end of the backup in progress. After the transports are shut down, before the store is
  // closed.
  void AwaitBackup() { admin_.AwaitBackup(); }

 private:
  // UNAUTHENTICATED and so on, or what the caller may do.
  absl::StatusOr<CallerAccess> Admit(const Method& method, const Caller& caller) const;

  const Authentication authentication_;
  OutcomeFeed* const feed_;
  TokenService tokens_;
  WebhookService webhooks_;
  EventService events_;
  DeliveryService deliveries_;
  AdminService admin_;
  const std::vector<Method> methods_;
};

}  // namespace hookd

#endif  // HOOKD_API_API_H_
