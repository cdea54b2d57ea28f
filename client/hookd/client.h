// A client of hookd: the stubs over one channel that brings deadlines and retries, and readers for what
// hookd's errors carry. CMake: hookd::client.
//
//   hookd::client::Client client({.target = "127.0.0.1:50051"});
//   grpc::ClientContext context;
//   hookd::v1::EmitEventResponse response;
//   grpc::Status status = client.events().EmitEvent(&context, request, &response);
//   if (!status.ok()) std::cerr << hookd::client::Describe(status) << "\n";
//
// EventStream (hookd/event_stream.h) makes StreamEvents as easy.
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
#include "hookd/v1/token_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd::client {

// What a connection by TLS needs. All are PEM.
struct Tls {
  std::string root_certificates;  // to trust in hookd; empty: the system's
  // To show to a hookd that maps certificates to tokens; or empty.
  std::string certificate_chain;
  std::string private_key;
};

struct Options {
  // Where hookd is, as gRPC names it: `host:port`, `dns:///host:port`, `unix:path`.
  std::string target = "127.0.0.1:50051";

  // Nothing: in clear text.
  std::optional<Tls> tls;

  // The secret of a token (see hookd.v1.Token), sent with every call; empty for a hookd that asks for none.
  // In clear text everybody on the way can read it.
  std::string token;

  // How long a call may take, its retries included, and at most a second more; a deadline of the call's own
  // ClientContext, which is exact, can only shorten it. TestWebhook gets 30 s more, which is the longest an
  // endpoint can take; streams and RetryDeliveries, which can have much to do, have only the deadline of
  // their ClientContext.
  std::chrono::milliseconds timeout = std::chrono::seconds(10);

  // Calls that are safe to repeat (Get, List, Enable, Disable) are tried up to four times while hookd is
  // UNAVAILABLE. Set this if every CreateWebhook, EmitEvent and BatchEmitEvents of yours has a `request_id`
  // (see NewRequestId), which makes these safe to repeat as well.
  bool sets_request_ids = false;
};

// Thread-safe. Owns the channel and the stubs; it connects at the first call, and again after a connection is
// lost.
class Client {
 public:
  explicit Client(const Options& options);

  hookd::v1::WebhookService::Stub& webhooks() const { return *webhooks_; }
  hookd::v1::EventService::Stub& events() const { return *events_; }
  hookd::v1::DeliveryService::Stub& deliveries() const { return *deliveries_; }
  hookd::v1::TokenService::Stub& tokens() const { return *tokens_; }
  hookd::v1::AdminService::Stub& admin() const { return *admin_; }

 private:
  std::unique_ptr<hookd::v1::WebhookService::Stub> webhooks_;
  std::unique_ptr<hookd::v1::EventService::Stub> events_;
  std::unique_ptr<hookd::v1::DeliveryService::Stub> deliveries_;
  std::unique_ptr<hookd::v1::TokenService::Stub> tokens_;
  std::unique_ptr<hookd::v1::AdminService::Stub> admin_;
};

// A new `request_id`: a random UUID (RFC 4122, version 4).
std::string NewRequestId();

// What is wrong with one field of a request: its path, such as `webhook.url`, and a sentence.
struct FieldViolation {
  std::string field;
  std::string description;
};

// Every violation that an INVALID_ARGUMENT of hookd's lists; empty for other errors.
std::vector<FieldViolation> FieldViolations(const grpc::Status& status);

// How long hookd asks to wait before the call is repeated; nothing if it does not say.
std::optional<std::chrono::milliseconds> RetryDelay(const grpc::Status& status);

// The code's name as the API's documentation has it: `NOT_FOUND`.
std::string CodeName(grpc::StatusCode code);

// The whole error for people: `NOT_FOUND: message`; or, if it lists violations, `INVALID_ARGUMENT` and a line
// `  field: description` for each.
std::string Describe(const grpc::Status& status);

}  // namespace hookd::client

#endif  // HOOKD_CLIENT_H_
