// The API hookd.v1, independent of any transport: its services and the table of their methods.
//
// A transport looks up a method in the table and calls it with Call, OpenServerStream or OpenBidiStream.
// These authenticate the caller and check its role before the request is parsed, so that authorization is the
// same for every transport. Errors have details (api/status.h).
//
// Thread-safe; only the destructor and AwaitBackup block. Owns none of the objects it is given.
#ifndef HOOKD_API_API_H_
#define HOOKD_API_API_H_

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "api/handlers/admin_service.h"
#include "api/handlers/delivery_service.h"
#include "api/handlers/event_service.h"
#include "api/handlers/project_service.h"
#include "api/handlers/stats_reads.h"
#include "api/handlers/token_service.h"
#include "api/handlers/webhook_service.h"
#include "api/method.h"
#include "delivery/engine.h"

namespace hookd {

class Api {
 public:
  // What the services use. All must outlive the Api and its calls.
  struct Parts {
    Clock* clock;
    Store* store;
    Tokens* tokens;
    Engine* engine;
    const EgressGuard* egress;
    AdminService::NodeLister list_nodes;
    AdminService::ServerReader read_server;
  };

  // Parses the request of a call; an error if it is not valid.
  using Parse = absl::FunctionRef<absl::Status()>;

  explicit Api(const Parts& parts);

  // The table of every method of hookd.v1.
  const std::vector<Method>& methods() const { return methods_; }

  const Authentication& authentication() const { return authentication_; }

  // Calls a unary method: authenticates the caller, calls `parse`, which fills `request`, and calls the
  // handler. `call` is always finished, before this returns or later. `request` must exist until this
  // returns.
  void Call(const Method& method, const Caller& caller, Parse parse, const google::protobuf::Message& request,
            UnaryCall* call) const;

  // Opens a stream of responses in the same way; returns an error if it does not begin.
  absl::StatusOr<std::shared_ptr<ResponseStream>> OpenServerStream(const Method& method, const Caller& caller,
                                                                   Parse parse,
                                                                   const google::protobuf::Message& request,
                                                                   ResponseSink* sink) const;

  // Opens a stream of requests and responses, whose requests arrive later.
  absl::StatusOr<std::shared_ptr<RequestStream>> OpenBidiStream(const Method& method, const Caller& caller,
                                                                RequestSource* source) const;

  // How many callers watch deliveries or events.
  int watchers() const { return deliveries_.watchers() + events_.watchers(); }

  // Ends the streams whose callers' tokens have expired or were deleted.
  void EndStreamsWithoutToken();

  // Ends every stream of events with UNAVAILABLE once the events that it has read are answered. Call it
  // before the transports are shut down.
  void StopStreams() { events_.StopStreams(); }

  // Waits for the end of the backup in progress. Call it after the transports are shut down and before the
  // store is closed.
  void AwaitBackup() { admin_.AwaitBackup(); }

 private:
  // Authenticates the caller; returns its permissions, or an error with details.
  absl::StatusOr<CallerAccess> Admit(const Method& method, const Caller& caller) const;

  const Authentication authentication_;
  OutcomeFeed* const feed_;
  EventFeed* const event_feed_;
  TokenService tokens_;
  ProjectService projects_;
  StatsReads stats_;  // used by services below
  WebhookService webhooks_;
  EventService events_;
  DeliveryService deliveries_;
  AdminService admin_;
  const std::vector<Method> methods_;
};

}  // namespace hookd

#endif  // HOOKD_API_API_H_
