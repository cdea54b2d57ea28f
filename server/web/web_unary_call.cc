#include "web/web_unary_call.h"

#include <memory>
#include <string>
#include <utility>

#include "api/request_arena.h"
#include "api/validation/field_violations.h"
#include "web/error_response.h"
#include "web/json/json_writer.h"
#include "web/request_reader.h"
#include "web/web_caller.h"

namespace hookd {
namespace {

// Deletes itself when it is finished.
class WebUnaryCall : public UnaryCall {
 public:
  WebUnaryCall(const WebServices& services, const WebCall& call)
      : services_(services), exchange_(call.exchange), route_(*call.route), method_(*call.method) {}

  void Finish(const absl::Status& status, const google::protobuf::Message* response) override {
    const std::unique_ptr<WebUnaryCall> ended(this);
    const WebRequest& request = exchange_->request();
    const WebCaller caller(request);
    services_.call_log->Ended(CallName(method_), static_cast<int>(status.code()), caller);
    WebResponse answer;
    if (status.ok()) {
      answer.headers.emplace_back("Content-Type", MediaType(Representation::kJson));
      WriteJson(BodyOf(*response), answer.body);
    } else {
      const absl::Status error = has_documents_ ? RenameFields(status, PathInDocuments) : status;
      answer = ErrorResponse(ToHttpError(error, !caller.Authorization().empty()));
    }
    answer.gzip = AcceptsGzip(request.headers);
    services_.guard->AddHeaders(request, BrowserGuard::Content::kApi, &answer);
    exchange_->Respond(std::move(answer));
  }

  bool Cancelled() const override { return exchange_->gone(); }

  // Whether the body is documented events; set while the request is parsed.
  bool* has_documents() { return &has_documents_; }

 private:
  // The part of the response that is the body.
  const google::protobuf::Message& BodyOf(const google::protobuf::Message& response) const {
    if (route_.response_body_field == nullptr) return response;
    return response.GetReflection()->GetMessage(response, route_.response_body_field);
  }

  const WebServices& services_;
  const std::shared_ptr<WebExchange> exchange_;
  const Route& route_;
  const Method& method_;
  bool has_documents_ = false;
};

}  // namespace

void StartWebUnaryCall(const WebServices& services, WebCall call) {
  const RequestArena arena;
  google::protobuf::Message* const request = arena.Make(*call.method->request);
  auto* const unary = new WebUnaryCall(services, call);
  const auto parse = [&call, request, unary] {
    WebRequest& http = call.exchange->request();
    const absl::Status read = ReadRequest(
        {.route = *call.route, .variables = call.variables, .query = call.query(), .body = http.body},
        *request, unary->has_documents());
    // The call may take long.
    http.body = std::string();
    return read;
  };
  services.api->Call(*call.method, WebCaller(call.exchange->request()), parse, *request, unary);
}

}  // namespace hookd
