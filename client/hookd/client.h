// A client of hookd: the stubs over one channel with deadlines and retries, and readers for the details of
// errors. CMake: hookd::client.
//
//   hookd::client::Client client({.target = "127.0.0.1:50051"});
//   grpc::ClientContext context;
//   hookd::v1::EmitEventResponse response;
//   grpc::Status status = client.events().EmitEvent(&context, request, &response);
//   if (!status.ok()) std::cerr << hookd::client::Describe(status) << "\n";
//
// EventStream (hookd/event_stream.h) does the same for StreamEvents.
#ifndef HOOKD_CLIENT_H_
#define HOOKD_CLIENT_H_

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hookd/v1/admin_service.grpc.pb.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/project_service.grpc.pb.h"
#include "hookd/v1/token_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd::client {

// The certificates and the key of a TLS connection, all as PEM.
struct Tls {
  std::string root_certificates;  // the CAs to trust; empty: the system's
  // The client certificate and its key, for a hookd that maps certificates to tokens; or empty.
  std::string certificate_chain;
  std::string private_key;
};

struct Options {
  // The address of hookd in gRPC's syntax: `host:port`, `dns:///host:port`, `unix:path`.
  std::string target = "127.0.0.1:50051";

  // Unset: plaintext.
  std::optional<Tls> tls;

  // The secret of a token (see hookd.v1.Token), sent with every call; empty if hookd requires none. Without
  // TLS anyone on the network path can read it.
  std::string token;

  // The timeout of a call including its retries, exact to a second. An earlier deadline of the call's
  // ClientContext is exact. TestWebhook gets 30 s more, which is the longest timeout of an endpoint. Streams
  // and RetryDeliveries, which may run for long, have only the deadline of their ClientContext.
  std::chrono::milliseconds timeout = std::chrono::seconds(10);

  // Calls that are safe to repeat (Get, List, Enable, Disable) are attempted up to four times while hookd is
  // UNAVAILABLE. Set this if every CreateWebhook, EmitEvent and BatchEmitEvents request has a `request_id`
  // (see NewRequestId), which makes them safe to repeat as well.
  bool sets_request_ids = false;
};

// Thread-safe. Owns the channel and the stubs. Connects at the first call, and again after a connection is
// lost.
class Client {
 public:
  explicit Client(const Options& options);

  hookd::v1::ProjectService::Stub& projects() const { return *projects_; }
  hookd::v1::WebhookService::Stub& webhooks() const { return *webhooks_; }
  hookd::v1::EventService::Stub& events() const { return *events_; }
  hookd::v1::DeliveryService::Stub& deliveries() const { return *deliveries_; }
  hookd::v1::TokenService::Stub& tokens() const { return *tokens_; }
  hookd::v1::AdminService::Stub& admin() const { return *admin_; }

 private:
  std::unique_ptr<hookd::v1::ProjectService::Stub> projects_;
  std::unique_ptr<hookd::v1::WebhookService::Stub> webhooks_;
  std::unique_ptr<hookd::v1::EventService::Stub> events_;
  std::unique_ptr<hookd::v1::DeliveryService::Stub> deliveries_;
  std::unique_ptr<hookd::v1::TokenService::Stub> tokens_;
  std::unique_ptr<hookd::v1::AdminService::Stub> admin_;
};

// Returns a new `request_id`: a random UUID (RFC 4122, version 4).
std::string NewRequestId();

// An invalid field of a request: its path, such as `webhook.url`, and a description.
struct FieldViolation {
  std::string field;
  std::string description;
};

// Returns every violation that an INVALID_ARGUMENT error lists; empty for other errors.
std::vector<FieldViolation> FieldViolations(const grpc::Status& status);

// Returns how long hookd asks the client to wait before it repeats the call, if it does.
std::optional<std::chrono::milliseconds> RetryDelay(const grpc::Status& status);

// Returns the name of the code, such as `NOT_FOUND`.
std::string CodeName(grpc::StatusCode code);

// Returns the error for people: `NOT_FOUND: message`, or `INVALID_ARGUMENT` and a line `  field: description`
// for each violation.
std::string Describe(const grpc::Status& status);

}  // namespace hookd::client

#endif  // HOOKD_CLIENT_H_
