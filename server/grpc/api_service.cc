#include "grpc/api_service.h"

#include <variant>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "grpc/grpc_streams.h"
#include "grpc/grpc_unary_call.h"
#include "grpcpp/impl/codegen/rpc_service_method.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"

namespace hookd {
namespace {

using Bytes = grpc::ByteBuffer;

// Makes gRPC's handler of a method in the table, as generated code does (WithRawCallbackMethod_...).
struct HandlerMaker {
  const Api& api;
  const Method& method;

  grpc::internal::MethodHandler* operator()(const UnaryHandler&) const {
    return new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
        [&api = api, &method = method](grpc::CallbackServerContext* context, const Bytes* request,
                                       Bytes* response) {
          return StartUnaryCall(api, method, context, request, response);
        });
  }
  grpc::internal::MethodHandler* operator()(const ServerStreamingHandler&) const {
    return new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(
        [&api = api, &method = method](grpc::CallbackServerContext* context, const Bytes* request) {
          return StartServerStream(api, method, context, request);
        });
  }
  grpc::internal::MethodHandler* operator()(const BidiStreamingHandler&) const {
    return new grpc::internal::CallbackBidiHandler<Bytes, Bytes>(
        [&api = api, &method = method](grpc::CallbackServerContext* context) {
          return StartBidiStream(api, method, context);
        });
  }
};

grpc::internal::RpcMethod::RpcType TypeOf(const google::protobuf::MethodDescriptor& method) {
  using Type = grpc::internal::RpcMethod;
  if (method.client_streaming()) return Type::BIDI_STREAMING;
  return method.server_streaming() ? Type::SERVER_STREAMING : Type::NORMAL_RPC;
}

}  // namespace

ApiService::ApiService(const Api& api, const google::protobuf::ServiceDescriptor& service) {
  for (const Method& method : api.methods()) {
    if (method.descriptor->service() == &service) Add(api, method);
  }
}

void ApiService::Add(const Api& api, const Method& method) {
  const std::string& path = paths_.emplace_back(
      absl::StrCat("/", method.descriptor->service()->full_name(), "/", method.descriptor->name()));
  AddMethod(new grpc::internal::RpcServiceMethod(path.c_str(), TypeOf(*method.descriptor), nullptr));
  MarkMethodRawCallback(static_cast<int>(paths_.size()) - 1,
                        std::visit(HandlerMaker{.api = api, .method = method}, method.handler));
}

std::vector<std::unique_ptr<ApiService>> MakeApiServices(const Api& api) {
  std::vector<std::unique_ptr<ApiService>> services;
  absl::flat_hash_set<const google::protobuf::ServiceDescriptor*> made;
  for (const Method& method : api.methods()) {
    const auto* service = method.descriptor->service();
    if (made.insert(service).second) services.push_back(std::make_unique<ApiService>(api, *service));
  }
  return services;
}

}  // namespace hookd
