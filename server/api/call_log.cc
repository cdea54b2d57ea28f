#include "api/call_log.h"

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "base/log.h"

namespace hookd {

void CallLog::Ended(absl::string_view method, int code, const Caller& caller) {
  metrics_->CountCall(code);
  if (code == static_cast<int>(absl::StatusCode::kUnauthenticated) ||
      code == static_cast<int>(absl::StatusCode::kPermissionDenied)) {
    const std::optional<int64_t> left_out = refusals_.Take(clock_->Steady());
    if (!left_out.has_value()) return;
    LogWarning("caller refused", {{"method", method},
                                  {"code", Metrics::NameOfCode(code)},
                                  {"peer", caller.Peer()},
                                  {"left_out", *left_out}});
  } else if (IsLogged(LogLevel::kDebug)) {
    LogDebug("call ended",
             {{"method", method}, {"code", Metrics::NameOfCode(code)}, {"peer", caller.Peer()}});
  }
}

}  // namespace hookd
