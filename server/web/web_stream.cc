#include "web/web_stream.h"

#include <atomic>
#include <memory>
#include <string>
#include <utility>

#include "api/request_arena.h"
#include "api/status.h"
#include "base/status_macros.h"
#include "web/error_response.h"
#include "web/request_reader.h"
#include "web/stream_format.h"
#include "web/web_caller.h"

namespace hookd {
namespace {

// The transport's half of a stream. The exchange shares it until the stream has ended, and it keeps itself
// until the API's half calls Finish, which it does after OnCancelled too.
class WebStream : public ResponseSink,
                  public WebExchange::StreamListener,
                  public std::enable_shared_from_this<WebStream> {
 public:
  WebStream(const WebServices& services, const WebCall& call)
      : services_(services),
        exchange_(call.exchange),
        method_(*call.method),
        format_(StreamFormat::Of(call.representation)) {}

  // Starts the stream, or ends the call with the error.
  void Begin(absl::StatusOr<std::shared_ptr<ResponseStream>> stream) {
    self_ = shared_from_this();
    if (!stream.ok()) return Finish(stream.status());
    stream_ = *std::move(stream);
    stream_->Start();
  }

  // ResponseSink.
  void SendStart() override { Write(""); }
  void Send(const google::protobuf::Message& response, bool /*more*/) override {
    Write(format_->Part(response));
  }
  void Finish(const absl::Status& status) override {
    const std::shared_ptr<WebStream> self = std::move(self_);
    const WebCaller caller(exchange_->request());
    services_.call_log->Ended(CallName(method_), static_cast<int>(status.code()), caller);
    if (started_) {
      if (status.ok() || exchange_->gone()) return exchange_->EndStream(/*complete=*/status.ok());
      ending_ = true;
      return exchange_->WritePart(format_->ErrorPart(status));
    }
    if (status.ok()) {
      ending_ = true;
      return Write("");
    }
    WebResponse answer = ErrorResponse(ToHttpError(status, !caller.Authorization().empty()));
    services_.guard->AddHeaders(exchange_->request(), BrowserGuard::Content::kApi, &answer);
    exchange_->Respond(std::move(answer));
  }

  // StreamListener.
  void OnWritten(bool ok) override {
    if (ending_) return exchange_->EndStream(/*complete=*/ok);
    stream_->OnSent(ok);
  }
  void OnGone() override {
    if (!ending_) stream_->OnCancelled();
  }

 private:
  // Writes a part, the first one with the head of the response.
  void Write(std::string part) {
    if (started_) return exchange_->WritePart(std::move(part));
    started_ = true;
    WebResponse head{.body = std::move(part)};
    head.headers.emplace_back("Content-Type", format_->media_type());
    // nginx would hold responses back.
    head.headers.emplace_back("X-Accel-Buffering", "no");
    services_.guard->AddHeaders(exchange_->request(), BrowserGuard::Content::kApi, &head);
    exchange_->StartStream(std::move(head), shared_from_this());
  }

  const WebServices& services_;
  const std::shared_ptr<WebExchange> exchange_;
  const Method& method_;
  const std::unique_ptr<const StreamFormat> format_;
  std::shared_ptr<ResponseStream> stream_;
  std::shared_ptr<WebStream> self_;
  // Written by one send at a time, and read after it was reported.
  bool started_ = false;
  std::atomic<bool> ending_ = false;  // Finish was called
};

}  // namespace

void StartWebStream(const WebServices& services, WebCall call) {
  const auto stream = std::make_shared<WebStream>(services, call);
  const RequestArena arena;
  google::protobuf::Message* const request = arena.Make(*call.method->request);
  const WebRequest& http = call.exchange->request();
  const auto parse = [&call, &http, request]() -> absl::Status {
    HOOKD_RETURN_IF_ERROR(ReadRequest(
        {.route = *call.route, .variables = call.variables, .query = call.query(), .body = http.body},
        *request));
    if (call.representation != Representation::kEventStream) return absl::OkStatus();
    return WithDetails(ResumeFrom(http.Header("last-event-id"), *request));
  };
  stream->Begin(services.api->OpenServerStream(*call.method, WebCaller(http), parse, *request, stream.get()));
}

}  // namespace hookd
