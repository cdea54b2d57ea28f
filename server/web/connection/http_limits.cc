#include "web/connection/http_limits.h"

#include <sys/resource.h>

#include <algorithm>

namespace hookd {

size_t MaxHttpConnections() {
  constexpr auto kWanted = static_cast<int64_t>(limits::kMaxHttpConnections);
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return limits::kMaxHttpConnections;
  const auto all = static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, 1 << 20));
  const int64_t for_deliveries = std::min<int64_t>(limits::kMaxConcurrency, all / 2);
  const int64_t left = all - for_deliveries - tuning::kOtherDescriptors;
  // gRPC's connections use two descriptors each, and an eighth more while they are closed.
  const int64_t for_grpc = int64_t{limits::kMaxConnections} * 2 * 9 / 8;
  return static_cast<size_t>(std::clamp<int64_t>(std::max(left / 4, left - for_grpc), 16, kWanted));
}

}  // namespace hookd
