#include "base/caller_descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>

#include "base/limits.h"
#include "base/tuning.h"

namespace hookd {
namespace {

constexpr int64_t kLeast = 16;

// The descriptors of a number of gRPC connections.
constexpr int64_t GrpcDescriptors(int connections) {
  return 2 * static_cast<int64_t>(connections + ClosingConnections(connections));
}

}  // namespace

CallerDescriptors DivideCallerDescriptors() {
  constexpr auto kMaxHttp = static_cast<int64_t>(limits::kMaxHttpConnections);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return {.grpc_connections = limits::kMaxConnections, .http_connections = static_cast<int>(kMaxHttp)};
  }
  const auto all = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  const int64_t for_deliveries = std::min<int64_t>(limits::kMaxConcurrency, all / 2);
  const int64_t left = all - for_deliveries - tuning::kOtherDescriptors;
  const int64_t grpc = left * 3 / 4 * limits::kMaxConnections / GrpcDescriptors(limits::kMaxConnections);
  CallerDescriptors divided{};
  divided.grpc_connections = static_cast<int>(std::clamp<int64_t>(grpc, kLeast, limits::kMaxConnections));
  divided.http_connections =
      static_cast<int>(std::clamp(left - GrpcDescriptors(divided.grpc_connections), kLeast, kMaxHttp));
  return divided;
}

}  // namespace hookd
