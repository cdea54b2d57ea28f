#include "grpc/grpc_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "google/protobuf/message.h"
#include "grpc/call_log_interceptors.h"
#include "grpc/health/v1/health.pb.h"
#include "grpc/limits/caller_guard.h"
#include "grpc/limits/transport_hooks.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/resource_quota.h"

namespace hookd {
namespace {

// Limits the resources that one caller can take from the others.
void LimitConnections(grpc::ServerBuilder& builder) {
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<int>(absl::ToInt64Milliseconds(duration));
  };
  builder.SetMaxReceiveMessageSize(limits::kMaxRequestBytes);
  // gRPC reads and decompresses a message before the caller is authenticated, and checks the decompressed
  // size only afterwards. So compressed messages are refused, and the memory for all messages is limited.
  for (const auto algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder.SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
  grpc::ResourceQuota quota("callers");
  builder.SetResourceQuota(quota.Resize(limits::kMaxCallersBytes));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, limits::kMaxConcurrentCalls);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, limits::kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(limits::kHandshakeTimeout));
  // Otherwise gRPC would buffer megabytes of a stream that hookd does not read yet, more on a faster network.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, limits::kStreamWindowBytes);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(limits::kMinPingInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(limits::kKeepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(limits::kKeepaliveTimeout));
}

// Enables the services that gRPC implements, for the whole process.
void EnablePlugins() {
  grpc::EnableDefaultHealthCheckService(true);
  // gRPC has no descriptor of the health service. This links one, which reflection finds.
  google::protobuf::LinkMessageReflection<grpc::health::v1::HealthCheckRequest>();
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
}

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Create(const Options& options) {
  EnablePlugins();
  auto listener = GrpcListener::Create(options.address, options.clock);
  if (!listener.ok()) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", options.address,
                     ": the port may be in use, or the address may not belong to this machine"));
  }
  std::unique_ptr<GrpcServer> server(new GrpcServer(options));
  server->listener_ = *std::move(listener);
  HOOKD_RETURN_IF_ERROR(server->Start(options));
  return server;
}

absl::Status GrpcServer::Start(const Options& options) {
  grpc::ServerBuilder builder;
  LimitConnections(builder);
  auto acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD, options.credentials);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<CallLogInterceptors>(options.call_log));
  interceptors.push_back(calls_.MakeInterceptors());
  interceptors.push_back(std::make_unique<CallerGuard>(options.api->authentication()));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  for (const auto& service : services_) builder.RegisterService(service.get());
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(
        absl::StrCat("the gRPC server could not start on ", options.address, ": the log has the reason"));
  }
  if (!HasTransportHooks()) {
    LogWarning("caller connections are not metered: callers can exhaust memory and CPU",
               {{"reason", "not linked with gRPC 1.51 as in server/CMakeLists.txt"}});
  }
  listener_->Start(std::move(acceptor), &connections_);
  wake_ = std::make_unique<GrpcWake>(options.clock);
  return absl::OkStatus();
}

GrpcServer::~GrpcServer() {
  if (server_ == nullptr) return;
  StopAccepting();
  EndConnections();
  Shutdown();
}

void GrpcServer::SetServing(const std::string& service, bool serving) {
  server_->GetHealthCheckService()->SetServingStatus(service, serving);
}

void GrpcServer::StopAccepting() {
  if (drain_ != nullptr || listener_ == nullptr) return;
  listener_->StopListening();
  drain_ = std::make_unique<GrpcDrain>(server_.get());
}

void GrpcServer::EndConnections() {
  if (drain_ != nullptr) drain_->EndConnections();
}

void GrpcServer::Shutdown() {
  if (listener_ == nullptr) return;
  drain_.reset();
  server_->Shutdown();
  server_->Wait();
  listener_.reset();
}

}  // namespace hookd
