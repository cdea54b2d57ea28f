#include "tests/support/health_check.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "grpcpp/impl/client_unary_call.h"

namespace hookd {

std::string HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  const grpc::internal::RpcMethod check("/grpc.health.v1.Health/Check", grpc::internal::RpcMethod::NORMAL_RPC,
                                        channel);
  grpc::ByteBuffer response;
  grpc::ClientContext context;
  const grpc::Status status = grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer,
                                                                grpc::ByteBuffer, grpc::ByteBuffer>(
      channel.get(), check, &context, HealthRequest(service), &response);
  return status.ok() ? HealthStatus(response) : status.error_message();
}

grpc::ByteBuffer HealthRequest(const std::string& service) {
  // Field 1, a string.
  const grpc::Slice slice(absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service));
  return grpc::ByteBuffer(&slice, 1);
}

std::string HealthStatus(const grpc::ByteBuffer& response) {
  grpc::Slice slice;
  if (!response.DumpToSingleSlice(&slice).ok()) return "nothing";
  // Field 1, an enum.
  const absl::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
  if (bytes == "\x08\x01") return "SERVING";
  return bytes == "\x08\x02" ? "NOT_SERVING" : "something else";
}

}  // namespace hookd
