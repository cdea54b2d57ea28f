#include "hookctl/reconnect.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "hookctl/output.h"

namespace hookctl {
namespace {

constexpr absl::Duration kMinPause = absl::Milliseconds(250);

}  // namespace

void Stop::Now() {
  absl::MutexLock lock(&mutex_);
  stopped_ = true;
  if (call_ != nullptr) call_->TryCancel();
}

bool Stop::stopped() const {
  absl::MutexLock lock(&mutex_);
  return stopped_;
}

void Stop::SetCall(grpc::ClientContext* call) {
  absl::MutexLock lock(&mutex_);
  call_ = call;
  if (stopped_ && call_ != nullptr) call_->TryCancel();
}

void Stop::WaitUntil(absl::Time time) const {
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithDeadline(absl::Condition(&stopped_), time);
}

bool IsTransient(const grpc::Status& status) {
  switch (status.error_code()) {
    case grpc::StatusCode::OK:
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
    case grpc::StatusCode::CANCELLED:  // the server went away
    case grpc::StatusCode::INTERNAL:   // a proxy cut the stream, such as an idle one
    case grpc::StatusCode::UNKNOWN:    // a proxy answered with an error page
      return true;
    default:
      return false;
  }
}

void Backoff::Pause(const grpc::Status& status, bool progress) {
  next_ = progress ? kMinPause : std::clamp(2 * next_, kMinPause, kMaxReconnectPause);
  absl::Duration pause = next_;
  if (const auto asked = hookd::client::RetryDelay(status)) {
    pause = std::max(pause, absl::FromChrono(*asked));
  }
  const std::string message =
      status.error_message().empty() ? "" : absl::StrCat(": ", status.error_message());
  session_.Note(absl::StrCat("The stream ended (", hookd::client::CodeName(status.error_code()), message,
                             "); reconnecting in ", absl::FormatDuration(pause), "."));
  stop_.WaitUntil(std::min(absl::Now() + pause, deadline_));
}

}  // namespace hookctl
