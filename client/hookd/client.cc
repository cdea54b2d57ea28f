#include "hookd/client.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <utility>

#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace hookd::client {
namespace {

// The longest timeout a webhook can have: TestWebhook waits for an endpoint.
constexpr std::chrono::seconds kLongestAttempt(30);

std::string Names(const std::string& service, const std::vector<std::string>& methods) {
  std::string names;
  for (const std::string& method : methods) {
    names += names.empty() ? "" : ",";
    names.append(R"({"service":"hookd.v1.)")
        .append(service)
        .append(R"(","method":")")
        .append(method)
        .append("\"}");
  }
  return names;
}

// gRPC 1.51 reckons the timeouts of a service config from one to two seconds before the call
// (github.com/grpc/grpc/issues/34547): a timeout of one second would be over at once.
constexpr std::chrono::seconds kGrpcEarly(2);

std::string MethodConfig(const std::string& names, std::chrono::milliseconds timeout, bool retry) {
  timeout += kGrpcEarly;
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%lld.%03llds",
                static_cast<long long>(timeout.count() / 1000),
                static_cast<long long>(timeout.count() % 1000));
  std::string config = R"({"name":[)" + names + R"(],"timeout":")" + seconds.data() + "\"";
  if (retry) {
    config +=
        R"(,"retryPolicy":{"maxAttempts":4,"initialBackoff":"0.1s","maxBackoff":"2s","backoffMultiplier":3,)"
        R"("retryableStatusCodes":["UNAVAILABLE"]})";
  }
  return config + "}";
}

// A gRPC service config gives deadlines and retries to plain stubs. An UNAVAILABLE can come after hookd did
// what it was asked to, so a method is retried only if doing it twice is the same as doing it once: a second
// Update or Delete would fail on its etag, or find nothing, and a second RetryDelivery find it waiting.
std::string ServiceConfig(const Options& options) {
  const std::string always =
      Names("WebhookService", {"GetWebhook", "ListWebhooks", "EnableWebhook", "DisableWebhook"}) + "," +
      Names("EventService", {"GetEvent"}) + "," +
      Names("DeliveryService", {"GetDelivery", "ListDeliveries", "ListAttempts"}) + "," +
      Names("TokenService", {"GetToken", "ListTokens"});
  const std::string by_request_id = Names("WebhookService", {"CreateWebhook"}) + "," +
                                    Names("EventService", {"EmitEvent", "BatchEmitEvents"});
  const std::string never =
      Names("WebhookService", {"UpdateWebhook", "DeleteWebhook", "RotateSigningSecret"}) + "," +
      Names("DeliveryService", {"RetryDelivery"}) + "," +
      Names("TokenService", {"CreateToken", "DeleteToken"});
  const std::string test = Names("WebhookService", {"TestWebhook"});
  return R"({"methodConfig":[)" + MethodConfig(always, options.timeout, true) + "," +
         MethodConfig(by_request_id, options.timeout, options.sets_request_ids) + "," +
         MethodConfig(never, options.timeout, false) + "," +
         MethodConfig(test, options.timeout + kLongestAttempt, false) + "]}";
}

// hookd, as every gRPC server by default, lets a client ping it once in five minutes of silence.
constexpr int kKeepaliveMs = 6 * 60 * 1000;
constexpr int kKeepaliveTimeoutMs = 20 * 1000;

// Puts the token into the metadata of every call. gRPC's call credentials would do so over TLS alone.
class TokenSender : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit TokenSender(const std::string& token) : value_("Bearer " + token) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(grpc::experimental::ClientRpcInfo*) override {
    return new Sender(value_);
  }

 private:
  class Sender : public grpc::experimental::Interceptor {
   public:
    explicit Sender(std::string value) : value_(std::move(value)) {}
    void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
      if (methods->QueryInterceptionHookPoint(
              grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
        methods->GetSendInitialMetadata()->emplace("authorization", value_);
      }
      methods->Proceed();
    }

   private:
    const std::string value_;
  };

  const std::string value_;
};

std::shared_ptr<grpc::ChannelCredentials> Credentials(const Options& options) {
  if (!options.tls.has_value()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.tls->root_certificates;
  ssl.pem_cert_chain = options.tls->certificate_chain;
  ssl.pem_private_key = options.tls->private_key;
  return grpc::SslCredentials(ssl);
}

// The first detail of the error that is a `Detail`.
template <typename Detail>
std::optional<Detail> FindDetail(const grpc::Status& status) {
  google::rpc::Status rich;
  if (!rich.ParseFromString(status.error_details())) return std::nullopt;
  Detail detail;
  for (const auto& any : rich.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return std::nullopt;
}

}  // namespace

Client::Client(const Options& options) {
  grpc::ChannelArguments arguments;
  arguments.SetServiceConfigJSON(ServiceConfig(options));
  arguments.SetUserAgentPrefix("hookd-client/" HOOKD_VERSION);
  // Or a stream would wait forever for a machine that is gone.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (!options.token.empty()) interceptors.push_back(std::make_unique<TokenSender>(options.token));
  const auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(
      options.target, Credentials(options), arguments, std::move(interceptors));
  tokens_ = hookd::v1::TokenService::NewStub(channel);
  webhooks_ = hookd::v1::WebhookService::NewStub(channel);
  events_ = hookd::v1::EventService::NewStub(channel);
  deliveries_ = hookd::v1::DeliveryService::NewStub(channel);
  admin_ = hookd::v1::AdminService::NewStub(channel);
}

std::string NewRequestId() {
  std::random_device random;
  std::array<uint32_t, 4> bits = {random(), random(), random(), random()};
  bits[1] = (bits[1] & 0xffff0fffU) | 0x00004000U;  // version 4
  bits[2] = (bits[2] & 0x3fffffffU) | 0x80000000U;  // the RFC's variant
  std::array<char, 37> text{};
  std::snprintf(text.data(), text.size(), "%08x-%04x-%04x-%04x-%04x%08x", bits[0], bits[1] >> 16U,
                bits[1] & 0xffffU, bits[2] >> 16U, bits[2] & 0xffffU, bits[3]);
  return text.data();
}

std::vector<FieldViolation> FieldViolations(const grpc::Status& status) {
  std::vector<FieldViolation> violations;
  const auto bad_request = FindDetail<google::rpc::BadRequest>(status);
  if (!bad_request.has_value()) return violations;
  violations.reserve(bad_request->field_violations_size());
  for (const auto& violation : bad_request->field_violations()) {
    violations.push_back({violation.field(), violation.description()});
  }
  return violations;
}

std::optional<std::chrono::milliseconds> RetryDelay(const grpc::Status& status) {
  const auto retry = FindDetail<google::rpc::RetryInfo>(status);
  if (!retry.has_value() || !retry->has_retry_delay()) return std::nullopt;
  return std::chrono::milliseconds(retry->retry_delay().seconds() * 1000 +
                                   retry->retry_delay().nanos() / 1000000);
}

std::string CodeName(grpc::StatusCode code) {
  const std::string& name = google::rpc::Code_Name(static_cast<google::rpc::Code>(code));
  return name.empty() ? "code " + std::to_string(code) : name;
}

std::string Describe(const grpc::Status& status) {
  std::string text = CodeName(status.error_code());
  const std::vector<FieldViolation> violations = FieldViolations(status);
  // hookd's message says in one long line what the violations say in theirs.
  if (violations.empty() && !status.error_message().empty()) text += ": " + status.error_message();
  for (const FieldViolation& violation : violations) {
    text += "\n  " + violation.field + ": " + violation.description;
  }
  return text;
}

}  // namespace hookd::client
