// The floor of an RPC: a gRPC server that answers as hookd does, and does nothing else. Prints its port, and
// ends with its standard input.
#include <cstdio>
#include <string>

#include "grpcpp/grpcpp.h"
#include "hookd/v1/event_service.grpc.pb.h"

namespace hookd {
namespace {

void Answer(v1::EmitEventResponse& response) {
  response.set_event("projects/p0-0/events/06cdtz3n80h40");
  response.set_webhook_count(1);
  response.mutable_emit_time()->set_seconds(1'700'000'000);
}

class Stream : public grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse> {
 public:
  Stream() { StartRead(&request_); }

  void OnReadDone(bool ok) override {
    if (!ok) return Finish(grpc::Status::OK);
    response_.set_sequence_number(request_.sequence_number());
    Answer(*response_.mutable_accepted());
    StartWrite(&response_);
  }
  void OnWriteDone(bool ok) override {
    if (ok) StartRead(&request_);
  }
  void OnDone() override { delete this; }

 private:
  v1::StreamEventsRequest request_;
  v1::StreamEventsResponse response_;
};

class Service : public v1::EventService::CallbackService {
 public:
  grpc::ServerUnaryReactor* EmitEvent(grpc::CallbackServerContext* context, const v1::EmitEventRequest*,
                                      v1::EmitEventResponse* response) override {
    Answer(*response);
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerUnaryReactor* BatchEmitEvents(grpc::CallbackServerContext* context,
                                            const v1::BatchEmitEventsRequest* request,
                                            v1::BatchEmitEventsResponse* response) override {
    for (int i = 0; i < request->requests_size(); ++i) Answer(*response->add_responses());
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
  grpc::ServerBidiReactor<v1::StreamEventsRequest, v1::StreamEventsResponse>* StreamEvents(
      grpc::CallbackServerContext*) override {
    return new Stream;
  }
};

}  // namespace
}  // namespace hookd

int main() {
  hookd::Service service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  server->Shutdown();
}
