// A unary call of the callback API, parsed and serialised by ourselves.
//
// The services register raw methods, which hand over bytes: Protocol Buffers refuse a message with a string
// that is not UTF-8 as a whole, which gRPC would answer with UNIMPLEMENTED and no words; here the caller
// learns the field.
//
// A call is answered once, by Answer or Fail, on any thread and at any time, and is gone with that; its
// answer is sent with others that are ready (answer_together.h). Nothing else of it may be used from two
// threads at once.
//
// gRPC learns of the answer through the context's default reactor: one of our own would have its end told by
// another thread of gRPC's (InternalInlineable), which costs a unary call a tenth of its CPU.
#ifndef HOOKD_RPC_UNARY_CALL_H_
#define HOOKD_RPC_UNARY_CALL_H_

#include <memory>
#include <utility>

#include "google/protobuf/message.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "grpcpp/support/status.h"
#include "rpc/answer_together.h"
#include "rpc/caller_access.h"
#include "rpc/message_encoding.h"
#include "rpc/request_arena.h"

namespace hookd {

// Parses a message; false if the bytes are none of its type.
bool ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// Parses a request. INVALID_ARGUMENT naming the field, where one can be named, if it is not one, and with the
// path and the number of each field that is not known.
grpc::Status ParseRequest(const grpc::ByteBuffer& bytes, google::protobuf::Message& request);

template <typename Request, typename Response>
class UnaryCall {
 public:
  // `handler` gets the call once its caller is known to have `role` in the project of the request, which is
  // parsed; it must not block, and sees to it that the call is answered. Nothing may need the request's bytes
  // after it is parsed: they are let go of.
  template <typename Handler>
  static grpc::ServerUnaryReactor* Start(const Callers& callers, Role role,
                                         grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request_bytes,
                                         grpc::ByteBuffer* response_bytes, Handler handler) {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    RequestArena arena;
    auto* parsed = arena.Make<Request>();
    auto* call = new UnaryCall(*context, reactor, response_bytes, parsed);
    CallerAccess& access = call->access_;
    grpc::Status status = CallerAccess::Admit(callers, *context, role, access);
    if (status.ok()) status = CheckMessageEncoding(*context);
    if (status.ok()) status = ParseRequest(*request_bytes, *parsed);
    // The bytes keep alive all that gRPC read them with, and the call may wait. It is gRPC's buffer, which is
    // not const where it stands.
    const_cast<grpc::ByteBuffer*>(request_bytes)->Clear();
    if (status.ok()) status = CheckProject(access, *parsed);
    if (status.ok()) {
      handler(call);
    } else {
      call->Fail(status);
    }
    return reactor;
  }

  // Gone when the handler returns: what is needed later is to be copied.
  const Request& request() const { return *request_; }
  Response& response() { return response_; }
  const CallerAccess& access() const { return access_; }

  // Answers OK with the response. The call is gone when this returns.
  void Answer() {
    bool own_buffer;
    Fail(grpc::SerializationTraits<Response>::Serialize(response_, response_bytes_, &own_buffer));
  }

  // Answers with an error. The call is gone when this returns.
  void Fail(const grpc::Status& status) {
    const std::unique_ptr<UnaryCall> ended(this);
    AnswerTogether(context_.peer(), [reactor = reactor_, status] { reactor->Finish(status); });
  }

 private:
  UnaryCall(const grpc::CallbackServerContext& context, grpc::ServerUnaryReactor* reactor,
            grpc::ByteBuffer* response_bytes, const Request* request)
      : context_(context), reactor_(reactor), response_bytes_(response_bytes), request_(request) {}

  const grpc::CallbackServerContext& context_;  // this and the next two are gRPC's, alive until Finish
  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const response_bytes_;
  const Request* const request_;
  CallerAccess access_;
  Response response_;
};

}  // namespace hookd

#endif  // HOOKD_RPC_UNARY_CALL_H_
