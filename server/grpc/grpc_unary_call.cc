#include "grpc/grpc_unary_call.h"

#include <memory>

#include "api/request_arena.h"
#include "grpc/grpc_caller.h"
#include "grpc/grpc_status.h"
#include "grpc/intake_pace.h"
#include "grpc/requests/message_encoding.h"
#include "grpc/requests/request_parsing.h"

namespace hookd {
namespace {

// Whether a call was finished on this thread since StartUnaryCall began: a call that was refused, rather than
// one that waits for its commit.
thread_local bool finished_here = false;

// Deletes itself when it is finished. gRPC owns the objects that it points to, which exist until then.
class GrpcUnaryCall : public UnaryCall {
 public:
  GrpcUnaryCall(grpc::CallbackServerContext* context, grpc::ServerUnaryReactor* reactor,
                grpc::ByteBuffer* response_bytes)
      : context_(context), reactor_(reactor), response_bytes_(response_bytes) {}

  void Finish(const absl::Status& status, const google::protobuf::Message* response) override {
    const std::unique_ptr<GrpcUnaryCall> ended(this);
    finished_here = true;
    if (status.ok()) SerializeResponse(*response, *response_bytes_);
    reactor_->Finish(ToGrpc(status));
  }

  bool Cancelled() const override { return context_->IsCancelled(); }

 private:
  grpc::CallbackServerContext* const context_;
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const response_bytes_;
};

}  // namespace

grpc::ServerUnaryReactor* StartUnaryCall(const Api& api, const Method& method,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request_bytes,
                                         grpc::ByteBuffer* response_bytes) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  const RequestArena arena;
  google::protobuf::Message* const request = arena.Make(*method.request);
  const auto parse = [context, request_bytes, request] {
    absl::Status status = CheckMessageEncoding(*context);
    if (status.ok()) status = ParseRequest(*request_bytes, *request);
    // The buffer keeps alive all memory that gRPC read the request into, and the call may take long. gRPC
    // created the buffer as a non-const object.
    const_cast<grpc::ByteBuffer*>(request_bytes)->Clear();
    return status;
  };
  finished_here = false;
  api.Call(method, GrpcCaller(*context), parse, *request,
           new GrpcUnaryCall(context, reactor, response_bytes));
  // Events that come one by one; a batch is one message for many.
  if (!finished_here && method.descriptor->name() == "EmitEvent") PaceIntake();
  return reactor;
}

}  // namespace hookd
