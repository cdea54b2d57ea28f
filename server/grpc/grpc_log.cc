#include "grpc/grpc_log.h"

#include <grpc/support/log.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/line_limiter.h"
#include "base/log.h"
#include "base/tuning.h"

namespace hookd {
namespace {

// A line of gRPC's source that logs. Their number is bounded by gRPC's source.
using Place = std::pair<absl::string_view, int>;

class Limiters {
 public:
  LineLimiter& For(const Place& place) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    auto& limiter = limiters_[place];
    if (limiter == nullptr) limiter = std::make_unique<LineLimiter>(tuning::kGrpcLogLinesPerSecond);
    return *limiter;
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<Place, std::unique_ptr<LineLimiter>> limiters_ ABSL_GUARDED_BY(mutex_);
};

void WriteLine(gpr_log_func_args* line) {
  // Never destroyed: gRPC's threads may log until the process ends.
  static auto* const limiters = new Limiters;
  const absl::string_view file = line->file;
  const std::optional<int64_t> left_out = limiters->For({file, line->line}).Take(Clock::Real()->Steady());
  if (!left_out.has_value()) return;
  const absl::string_view message = absl::string_view(line->message).substr(0, tuning::kMaxGrpcLogBytes);
  const std::string place = absl::StrCat(file.substr(file.rfind('/') + 1), ":", line->line);
  LogWarning("gRPC reported an error", {{"error", message}, {"at", place}, {"left_out", *left_out}});
}

}  // namespace

void RouteGrpcLog() {
  gpr_set_log_function(&WriteLine);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
}

}  // namespace hookd
