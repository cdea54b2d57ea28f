#include "hookd/client.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string_view>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/rpc/code.pb.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "hookd/v1/service_config.h"

namespace hookd::client {
namespace {

using google::protobuf::ListValue;
using google::protobuf::MethodDescriptor;
using google::protobuf::Struct;
using google::protobuf::Value;

// The longest timeout of a webhook: TestWebhook waits for its endpoint.
constexpr std::chrono::seconds kLongestAttempt(30);

// gRPC 1.51 measures the timeout of a service config from one to two seconds before the call begins, so a
// timeout of one second would expire at once. Remove when github.com/grpc/grpc/issues/34547 is fixed in the
// oldest gRPC that is supported.
constexpr std::chrono::seconds kGrpcEarly(2);

std::string Seconds(std::chrono::milliseconds duration) {
  std::array<char, 32> seconds{};
  std::snprintf(seconds.data(), seconds.size(), "%lld.%03llds",
                static_cast<long long>(duration.count() / 1000),
                static_cast<long long>(duration.count() % 1000));
  return seconds.data();
}

// The method config that protos/hookd/v1/service_config.json gives to the methods that are safe to repeat.
const Struct& SafeMethods() {
  static const auto* const config = [] {
    Struct file;
    const std::string_view json = v1::ServiceConfigJson();
    const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, &file);
    if (!status.ok()) std::abort();  // The file is part of the program, and tests parse it.
    return new Struct(file.fields().at("methodConfig").list_value().values(0).struct_value());
  }();
  return *config;
}

bool IsSafeToRepeat(const MethodDescriptor& method, const Options& options) {
  const ListValue& names = SafeMethods().fields().at("name").list_value();
  const bool listed = std::any_of(names.values().begin(), names.values().end(), [&method](const Value& name) {
    const auto& fields = name.struct_value().fields();
    return fields.at("service").string_value() == method.service()->full_name() &&
           fields.at("method").string_value() == method.name();
  });
  // A request_id is what makes the repetition of such a method safe.
  return listed &&
         (options.sets_request_ids || method.input_type()->FindFieldByName("request_id") == nullptr);
}

// Streams and RetryDeliveries may run for long: only their ClientContext bounds them.
bool HasTimeout(const MethodDescriptor& method) {
  return !method.client_streaming() && !method.server_streaming() && method.name() != "RetryDeliveries";
}

// A gRPC service config gives deadlines and retries to plain stubs. UNAVAILABLE can come after hookd did what
// it was asked to do, so a method is retried only if doing it twice equals doing it once: a second Update or
// Delete would fail on its etag or find nothing, and a second RetryDelivery would find the delivery pending.
std::string ServiceConfig(const Options& options) {
  Struct config;
  ListValue& methods = *(*config.mutable_fields())["methodConfig"].mutable_list_value();
  const auto* const pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* name :
       {"ProjectService", "WebhookService", "EventService", "DeliveryService", "TokenService"}) {
    const auto& service = *pool->FindServiceByName(std::string("hookd.v1.") + name);
    for (int i = 0; i < service.method_count(); ++i) {
      const MethodDescriptor& method = *service.method(i);
      if (!HasTimeout(method)) continue;
      auto& fields = *methods.add_values()->mutable_struct_value()->mutable_fields();
      auto& names =
          *fields["name"].mutable_list_value()->add_values()->mutable_struct_value()->mutable_fields();
      names["service"].set_string_value(service.full_name());
      names["method"].set_string_value(method.name());
      const bool waits_for_endpoint = method.name() == "TestWebhook";
      fields["timeout"].set_string_value(Seconds(
          options.timeout + kGrpcEarly + (waits_for_endpoint ? kLongestAttempt : std::chrono::seconds(0))));
      if (IsSafeToRepeat(method, options)) fields["retryPolicy"] = SafeMethods().fields().at("retryPolicy");
    }
  }
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(config, &json);
  if (!status.ok()) std::abort();  // A Struct is JSON.
  return json;
}

// hookd has the default of gRPC servers, which allow a client one ping per five minutes without data.
constexpr int kKeepaliveMs = 6 * 60 * 1000;
constexpr int kKeepaliveTimeoutMs = 20 * 1000;

// Adds the token to the metadata of every call. gRPC's call credentials would only do so over TLS.
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

// Returns the first detail of the error of type `Detail`.
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
  // Without keepalive, a stream would wait forever for a machine that is gone.
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (!options.token.empty()) interceptors.push_back(std::make_unique<TokenSender>(options.token));
  const auto channel = grpc::experimental::CreateCustomChannelWithInterceptors(
      options.target, Credentials(options), arguments, std::move(interceptors));
  tokens_ = hookd::v1::TokenService::NewStub(channel);
  projects_ = hookd::v1::ProjectService::NewStub(channel);
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
  // The message repeats the violations on one line.
  if (violations.empty() && !status.error_message().empty()) text += ": " + status.error_message();
  for (const FieldViolation& violation : violations) {
    text += "\n  " + violation.field + ": " + violation.description;
  }
  return text;
}

}  // namespace hookd::client
