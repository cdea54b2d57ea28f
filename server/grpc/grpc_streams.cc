#include "grpc/grpc_streams.h"

#include <memory>

#include "api/request_arena.h"
#include "base/status_macros.h"
#include "grpc/grpc_caller.h"
#include "grpc/grpc_status.h"
#include "grpc/intake_pace.h"
#include "grpc/requests/message_encoding.h"
#include "grpc/requests/request_parsing.h"

namespace hookd {
namespace {

// The sending half of both kinds of streams. `Reactor` is gRPC's base class, `Half` the base class that the
// API uses, and `Stream` the API's half. Deletes itself when gRPC calls OnDone.
template <typename Reactor, typename Half, typename Stream>
class Responses : public Reactor, public Half {
 public:
  // Starts the stream, or ends the call with the error.
  void Begin(absl::StatusOr<std::shared_ptr<Stream>> stream) {
    if (!stream.ok()) return Finish(stream.status());
    stream_ = *std::move(stream);
    stream_->Start();
  }

  // ResponseSink.
  void SendStart() override { this->StartSendInitialMetadata(); }
  void Send(const google::protobuf::Message& response, bool more) override {
    SerializeResponse(response, response_bytes_);
    grpc::WriteOptions options;
    if (more) options.set_buffer_hint();
    this->StartWrite(&response_bytes_, options);
  }
  void Finish(const absl::Status& status) override { Reactor::Finish(ToGrpc(status)); }

  // Reactor.
  void OnSendInitialMetadataDone(bool ok) override { stream_->OnSent(ok); }
  void OnWriteDone(bool ok) override { stream_->OnSent(ok); }
  void OnCancel() override {
    // The stream is null if it was not opened; gRPC may report a cancellation even then.
    if (stream_ != nullptr) stream_->OnCancelled();
  }
  void OnDone() override { delete this; }

 protected:
  std::shared_ptr<Stream> stream_;

 private:
  grpc::ByteBuffer response_bytes_;
};

using ServerStream = Responses<grpc::ServerWriteReactor<grpc::ByteBuffer>, ResponseSink, ResponseStream>;

class BidiStream : public Responses<grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                                    RequestSource, RequestStream> {
 public:
  BidiStream(const Method& method, const grpc::CallbackServerContext* context)
      : method_(method), context_(context) {}

  void Read() override { StartRead(&request_bytes_); }

  void OnReadDone(bool ok) override {
    if (!ok) return stream_->OnRequestsEnd();
    HandleRequest();
    PaceIntake();
  }

 private:
  void HandleRequest() {
    const RequestArena arena;
    google::protobuf::Message* const request = arena.Make(*method_.request);
    if (const absl::Status encoded = CheckMessageEncoding(*context_); !encoded.ok()) {
      return stream_->OnUnreadable(encoded);
    }
    const absl::Status parsed = ParseRequest(request_bytes_, *request);
    const bool outlined = parsed.ok() || ParseOutline(request_bytes_, *request);
    request_bytes_.Clear();
    if (!outlined) return stream_->OnUnreadable(parsed);
    stream_->OnRequest(*request, parsed);
  }

  const Method& method_;
  const grpc::CallbackServerContext* const context_;  // gRPC's, which exists until OnDone
  grpc::ByteBuffer request_bytes_;
};

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* StartServerStream(const Api& api, const Method& method,
                                                              const grpc::CallbackServerContext* context,
                                                              const grpc::ByteBuffer* request_bytes) {
  auto* call = new ServerStream;
  const RequestArena arena;
  google::protobuf::Message* const request = arena.Make(*method.request);
  const auto parse = [context, request_bytes, request]() -> absl::Status {
    HOOKD_RETURN_IF_ERROR(CheckMessageEncoding(*context));
    return ParseRequest(*request_bytes, *request);
  };
  call->Begin(api.OpenServerStream(method, GrpcCaller(*context), parse, *request, call));
  return call;
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StartBidiStream(
    const Api& api, const Method& method, const grpc::CallbackServerContext* context) {
  auto* call = new BidiStream(method, context);
  call->Begin(api.OpenBidiStream(method, GrpcCaller(*context), call));
  return call;
}

}  // namespace hookd
