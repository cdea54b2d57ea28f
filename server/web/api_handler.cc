#include "web/api_handler.h"

#include <array>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "hookd/v1/event_service.pb.h"
#include "openapi/openapi_document.h"
#include "web/connection/compression.h"
#include "web/error_response.h"
#include "web/web_stream.h"
#include "web/web_unary_call.h"

namespace hookd {
namespace {

constexpr char kWelcome[] =
    R"({"message":"This is hookd. The API is under /v1; its description is at /openapi.json.","openapi":"/openapi.json","health":"/healthz"})";

void Respond(const WebServices& services, BrowserGuard::Content content, WebExchange& exchange,
             WebResponse response) {
  // Caches may keep pages, and must not give a compressed one to a client that cannot read it.
  if (content != BrowserGuard::Content::kApi) response.headers.emplace_back("Vary", "Accept-Encoding");
  response.gzip = AcceptsGzip(exchange.request().headers);
  services.guard->AddHeaders(exchange.request(), content, &response);
  exchange.Respond(std::move(response));
}

void RespondError(const WebServices& services, WebExchange& exchange, HttpError error) {
  Respond(services, BrowserGuard::Content::kApi, exchange, ErrorResponse(std::move(error)));
}

WebResponse Json(int status, absl::string_view body) {
  return {.status = status,
          .headers = {{"Content-Type", std::string(MediaType(Representation::kJson))}},
          .body = std::string(body)};
}

// The description of the API, and the same compressed: it is large, and anyone may ask for it.
WebResponse OpenApi(bool gzip) {
  static const auto* plain = new WebResponse(Json(200, OpenApiDocument()));
  static const auto* compressed = [] {
    auto* response = new WebResponse(*plain);
    Compress(*response);
    return response;
  }();
  return gzip ? *compressed : *plain;
}

// The method of the table that a request calls: the route's, or the batch method for a list of events.
const Method& MethodOf(const Api& api, const Route& route, absl::string_view body) {
  const Method& method = api.methods()[route.method_index];
  if (route.method->input_type() != v1::EmitEventRequest::descriptor()) return method;
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(body), "[")) return method;
  for (const Method& other : api.methods()) {
    if (other.descriptor->input_type() == v1::BatchEmitEventsRequest::descriptor()) return other;
  }
  return method;
}

}  // namespace

bool ApiHandler::IsConsole(absl::string_view path) const {
  return services_.console != nullptr && services_.console->Has(path);
}

BrowserGuard::Content ApiHandler::ContentOf(absl::string_view path) const {
  if (IsConsole(path) && services_.console->framed()) return BrowserGuard::Content::kFramedPage;
  return IsConsole(path) || path == "/" || path == "/openapi.json" ? BrowserGuard::Content::kPage
                                                                   : BrowserGuard::Content::kApi;
}

void ApiHandler::Handle(std::shared_ptr<WebExchange> exchange) {
  const WebRequest& request = exchange->request();
  const absl::string_view target = request.target;
  const absl::string_view path = target.substr(0, target.find('?'));
  if (auto refused = services_.guard->Check(request, ContentOf(path)); refused.has_value()) {
    return RespondError(services_, *exchange, *std::move(refused));
  }
  if (auto preflight = services_.guard->AnswerPreflight(request); preflight.has_value()) {
    return Respond(services_, BrowserGuard::Content::kApi, *exchange, *std::move(preflight));
  }
  // OPTIONS * asks whether the server is there (RFC 9110, section 9.3.7).
  if (target == "*") return Respond(services_, BrowserGuard::Content::kApi, *exchange, {.status = 204});
  if (ServePage(path, *exchange)) return;
  ServeMethod(path, std::move(exchange));
}

bool ApiHandler::ServePage(absl::string_view path, WebExchange& exchange) const {
  if (path != "/" && path != "/healthz" && path != "/openapi.json" && !IsConsole(path)) return false;
  const std::string& method = exchange.request().method;
  const bool read = method == "GET" || method == "HEAD";
  if (!read) {
    const absl::string_view allow = "GET, HEAD, OPTIONS";
    if (method == "OPTIONS") {
      Respond(services_, ContentOf(path), exchange,
              {.status = 204, .headers = {{"Allow", std::string(allow)}}, .body = {}});
    } else {
      RespondError(services_, exchange,
                   {.http_status = 405,
                    .error = absl::UnimplementedError(absl::StrCat(path, " does not allow ", method)),
                    .headers = {{"Allow", std::string(allow)}}});
    }
    return true;
  }
  if (IsConsole(path) && (path != "/" || PrefersHtml(exchange.request().headers))) {
    ServeConsole(path, exchange);
    return true;
  }
  WebResponse response;
  if (path == "/healthz") {
    const bool serving = serving_();
    response = Json(serving ? 200 : 503, serving ? R"({"status":"SERVING"})" : R"({"status":"NOT_SERVING"})");
  } else if (path == "/") {
    response = Json(200, kWelcome);
    if (IsConsole(path)) response.headers.emplace_back("Vary", "Accept");
  } else {
    response = OpenApi(AcceptsGzip(exchange.request().headers));
  }
  Respond(services_, ContentOf(path), exchange, std::move(response));
  return true;
}

void ApiHandler::ServeConsole(absl::string_view path, WebExchange& exchange) const {
  WebResponse response = services_.console->Get(path, exchange.request().headers);
  services_.guard->AddHeaders(exchange.request(), ContentOf(path), &response);
  exchange.Respond(std::move(response));
}

void ApiHandler::ServeMethod(absl::string_view path, std::shared_ptr<WebExchange> exchange) const {
  const WebRequest& request = exchange->request();
  RouteMatch match = router_->Match(request.method, path);
  if (match.error.has_value()) return RespondError(services_, *exchange, *std::move(match.error));
  if (match.route == nullptr) {
    return Respond(services_, BrowserGuard::Content::kApi, *exchange,
                   {.status = 204, .headers = {{"Allow", std::move(match.allow)}}, .body = {}});
  }
  if (auto error = CheckContent(request); error.has_value()) {
    return RespondError(services_, *exchange, *std::move(error));
  }
  Start({.exchange = std::move(exchange),
         .route = match.route,
         .method = &MethodOf(*services_.api, *match.route, request.body),
         .variables = std::move(match.variables)});
}

void ApiHandler::Start(WebCall call) const {
  static constexpr std::array kUnary = {Representation::kJson};
  static constexpr std::array kStream = {Representation::kJsonLines, Representation::kEventStream,
                                         Representation::kJson};
  const bool unary = std::holds_alternative<UnaryHandler>(call.method->handler);
  const absl::Span<const Representation> offered =
      unary ? absl::MakeConstSpan(kUnary) : absl::MakeConstSpan(kStream);
  const auto representation = Negotiate(call.exchange->request().headers, offered);
  if (!representation.has_value()) return RespondError(services_, *call.exchange, NotAcceptable(offered));
  call.representation = *representation;
  if (unary) return StartWebUnaryCall(services_, std::move(call));
  StartWebStream(services_, std::move(call));
}

}  // namespace hookd
