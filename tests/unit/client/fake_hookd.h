// A stand-in for hookd: its services on a real gRPC server of this process, which answer as a test says
// and keep what they were asked. Thread-safe where a test and the server meet: in FakeMethod.
#ifndef TESTS_UNIT_CLIENT_FAKE_HOOKD_H_
#define TESTS_UNIT_CLIENT_FAKE_HOOKD_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "hookd/v1/admin_service.grpc.pb.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/project_service.grpc.pb.h"
#include "hookd/v1/token_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"

namespace hookd {

// One method: what it was asked, and what it answers (by default OK and an empty response).
template <typename Request, typename Response>
class FakeMethod {
 public:
  using Answer = std::function<grpc::Status(const Request&, Response*)>;

  void Set(Answer answer) {
    absl::MutexLock lock(&mutex_);
    answer_ = std::make_shared<Answer>(std::move(answer));
  }
  void Respond(Response response) {
    Set([response = std::move(response)](const Request&, Response* out) {
      *out = response;
      return grpc::Status::OK;
    });
  }
  void Fail(grpc::Status status) {
    Set([status = std::move(status)](const Request&, Response*) { return status; });
  }

  std::vector<Request> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }

  grpc::Status Handle(const Request& request, Response* response) {
    std::shared_ptr<Answer> answer;
    {
      absl::MutexLock lock(&mutex_);
      requests_.push_back(request);
      answer = answer_;
    }
    return answer != nullptr ? (*answer)(request, response)
                             : grpc::Status::OK;  // it may wait for another call
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<Request> requests_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<Answer> answer_ ABSL_GUARDED_BY(mutex_);
};

// NOLINTBEGIN(bugprone-macro-parentheses): types and names cannot stand in parentheses
#define HOOKD_FAKE_METHOD(Method, Response, member)                                                 \
  FakeMethod<v1::Method##Request, Response> member;                                                 \
  grpc::Status Method(grpc::ServerContext*, const v1::Method##Request* request, Response* response) \
      override {                                                                                    \
    return member.Handle(*request, response);                                                       \
  }

// NOLINTEND(bugprone-macro-parentheses)

struct FakeProjectService : v1::ProjectService::Service {
  HOOKD_FAKE_METHOD(GetProject, v1::Project, get)
  HOOKD_FAKE_METHOD(ListProjects, v1::ListProjectsResponse, list)
  HOOKD_FAKE_METHOD(UpdateProject, v1::Project, update)
  HOOKD_FAKE_METHOD(DeleteProject, google::protobuf::Empty, remove)
  HOOKD_FAKE_METHOD(GetProjectStats, v1::Stats, stats)
};

struct FakeWebhookService : v1::WebhookService::Service {
  HOOKD_FAKE_METHOD(CreateWebhook, v1::Webhook, create)
  HOOKD_FAKE_METHOD(GetWebhook, v1::Webhook, get)
  HOOKD_FAKE_METHOD(ListWebhooks, v1::ListWebhooksResponse, list)
  HOOKD_FAKE_METHOD(UpdateWebhook, v1::Webhook, update)
  HOOKD_FAKE_METHOD(DeleteWebhook, google::protobuf::Empty, remove)
  HOOKD_FAKE_METHOD(EnableWebhook, v1::Webhook, enable)
  HOOKD_FAKE_METHOD(DisableWebhook, v1::Webhook, disable)
  HOOKD_FAKE_METHOD(RotateSigningSecret, v1::Webhook, rotate)
  HOOKD_FAKE_METHOD(TestWebhook, v1::TestWebhookResponse, test)
  HOOKD_FAKE_METHOD(GetWebhookStats, v1::Stats, stats)
};

struct FakeEventService : v1::EventService::Service {
  HOOKD_FAKE_METHOD(EmitEvent, v1::EmitEventResponse, emit)
  HOOKD_FAKE_METHOD(BatchEmitEvents, v1::BatchEmitEventsResponse, batch)
  HOOKD_FAKE_METHOD(GetEvent, v1::Event, get)
  HOOKD_FAKE_METHOD(ListEvents, v1::ListEventsResponse, list)

  // What the first, second, ... watch is sent before it ends; after those it stays open until the caller
  // goes.
  struct Watched {
    std::vector<v1::WatchEventsResponse> responses;
    grpc::Status end;
  };
  std::vector<Watched> watches;  // set before the first call
  FakeMethod<v1::WatchEventsRequest, google::protobuf::Empty> watch;
  grpc::Status WatchEvents(grpc::ServerContext* context, const v1::WatchEventsRequest* request,
                           grpc::ServerWriter<v1::WatchEventsResponse>* writer) override {
    const size_t number = watch.requests().size();
    google::protobuf::Empty nothing;
    if (grpc::Status status = watch.Handle(*request, &nothing); !status.ok()) return status;
    if (number < watches.size()) {
      for (const auto& response : watches[number].responses) writer->Write(response);
      return watches[number].end;
    }
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    return grpc::Status::CANCELLED;
  }

  // What a stream does; by default it accepts every message. Set it before the first call.
  using Stream = grpc::ServerReaderWriter<v1::StreamEventsResponse, v1::StreamEventsRequest>;
  std::function<grpc::Status(grpc::ServerContext*, Stream*)> stream = [](grpc::ServerContext*,
                                                                         Stream* calls) {
    v1::StreamEventsRequest request;
    while (calls->Read(&request)) calls->Write(Accept(request));
    return grpc::Status::OK;
  };
  grpc::Status StreamEvents(grpc::ServerContext* context, Stream* calls) override {
    return stream(context, calls);
  }

  // The answer to a message that goes to two webhooks.
  static v1::StreamEventsResponse Accept(const v1::StreamEventsRequest& request) {
    v1::StreamEventsResponse answer;
    answer.set_sequence_number(request.sequence_number());
    answer.mutable_accepted()->set_event("projects/shop/events/e");
    answer.mutable_accepted()->set_webhook_count(2);
    return answer;
  }
};

struct FakeDeliveryService : v1::DeliveryService::Service {
  HOOKD_FAKE_METHOD(GetDelivery, v1::Delivery, get)
  HOOKD_FAKE_METHOD(ListDeliveries, v1::ListDeliveriesResponse, list)
  HOOKD_FAKE_METHOD(ListAttempts, v1::ListAttemptsResponse, attempts)
  HOOKD_FAKE_METHOD(RetryDelivery, v1::Delivery, retry)
  HOOKD_FAKE_METHOD(RetryDeliveries, v1::RetryDeliveriesResponse, retry_all)

  // What the first, second, ... watch is told before it ends; after those it stays open until the caller
  // goes.
  struct Watched {
    std::vector<v1::WatchDeliveriesResponse> outcomes;
    grpc::Status end;
  };
  std::vector<Watched> watches;  // set before the first call
  FakeMethod<v1::WatchDeliveriesRequest, google::protobuf::Empty> watch;
  grpc::Status WatchDeliveries(grpc::ServerContext* context, const v1::WatchDeliveriesRequest* request,
                               grpc::ServerWriter<v1::WatchDeliveriesResponse>* writer) override {
    const size_t number = watch.requests().size();
    google::protobuf::Empty nothing;
    if (grpc::Status status = watch.Handle(*request, &nothing); !status.ok()) return status;
    if (number < watches.size()) {
      for (const auto& outcome : watches[number].outcomes) writer->Write(outcome);
      return watches[number].end;
    }
    while (!context->IsCancelled()) absl::SleepFor(absl::Milliseconds(5));
    return grpc::Status::CANCELLED;
  }
};

struct FakeTokenService : v1::TokenService::Service {
  HOOKD_FAKE_METHOD(CreateToken, v1::Token, create)
};

struct FakeAdminService : v1::AdminService::Service {
  HOOKD_FAKE_METHOD(GetServer, v1::Server, server)

  // What a backup is told, and how it ends. Set before the first call.
  std::vector<v1::BackupResponse> backup;
  grpc::Status backup_end;
  grpc::Status Backup(grpc::ServerContext*, const v1::BackupRequest*,
                      grpc::ServerWriter<v1::BackupResponse>* writer) override {
    for (const v1::BackupResponse& piece : backup) writer->Write(piece);
    return backup_end;
  }
};

#undef HOOKD_FAKE_METHOD

class FakeHookd {
 public:
  FakeHookd() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&projects);
    builder.RegisterService(&webhooks);
    builder.RegisterService(&events);
    builder.RegisterService(&deliveries);
    builder.RegisterService(&tokens);
    builder.RegisterService(&admin);
    builder.SetMaxReceiveMessageSize(16 * 1024 * 1024);
    server_ = builder.BuildAndStart();
  }
  ~FakeHookd() { server_->Shutdown(std::chrono::system_clock::now()); }

  std::string target() const { return "127.0.0.1:" + std::to_string(port_); }

  FakeProjectService projects;
  FakeWebhookService webhooks;
  FakeEventService events;
  FakeDeliveryService deliveries;
  FakeTokenService tokens;
  FakeAdminService admin;

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

// An error with a detail, as hookd sends it.
inline grpc::Status RichError(grpc::StatusCode code, const std::string& message,
                              const google::protobuf::Message& detail) {
  google::rpc::Status rich;
  rich.set_code(code);
  rich.set_message(message);
  rich.add_details()->PackFrom(detail);
  return {code, message, rich.SerializeAsString()};
}

inline grpc::Status InvalidArgument(std::initializer_list<std::pair<const char*, const char*>> violations) {
  google::rpc::BadRequest bad_request;
  for (const auto& [field, description] : violations) {
    auto* violation = bad_request.add_field_violations();
    violation->set_field(field);
    violation->set_description(description);
  }
  return RichError(grpc::StatusCode::INVALID_ARGUMENT, "the request is not valid", bad_request);
}

}  // namespace hookd

#endif  // TESTS_UNIT_CLIENT_FAKE_HOOKD_H_
