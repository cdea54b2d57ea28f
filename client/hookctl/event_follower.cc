#include "hookctl/event_follower.h"

#include <utility>

#include "command_line/interrupt.h"

namespace hookctl {

EventFollower::EventFollower(Session& session, v1::WatchEventsRequest request)
    : session_(session),
      deadline_(session.timeout.has_value() ? absl::Now() + *session.timeout : absl::InfiniteFuture()),
      until_now_(request.until_now()),
      request_(std::move(request)) {
  request_.set_parent(session.Parent());
}

int EventFollower::Run(const Take& take, const std::function<void()>& begun) {
  const command_line::Interrupt interrupt([this] {
    stop_.Now();
    if (on_interrupt_ != nullptr) on_interrupt_();
  });
  Backoff backoff(session_, stop_, deadline_);
  while (true) {
    const int64_t taken_before = taken_;
    const absl::Time start = absl::Now();
    const grpc::Status status = Stream(take, begun);
    if (done_ || (until_now_ && status.ok())) return kOk;
    interrupted_ = stop_.stopped();
    if (interrupted_) return kOk;
    // An unreachable hookd is an error at the start, as with any other command.
    if (!begun_ || !IsTransient(status)) return session_.Fail(status);
    backoff.Pause(status, taken_ > taken_before || absl::Now() - start > kMaxReconnectPause);
    interrupted_ = stop_.stopped();
    if (interrupted_) return kOk;
  }
}

grpc::Status EventFollower::Stream(const Take& take, const std::function<void()>& begun) {
  grpc::ClientContext context;
  if (deadline_ != absl::InfiniteFuture()) context.set_deadline(absl::ToChronoTime(deadline_));
  stop_.SetCall(&context);
  const auto stream = session_.client().events().WatchEvents(&context, request_);
  v1::WatchEventsResponse response;
  while (stream->Read(&response)) {
    if (!std::exchange(begun_, true) && begun != nullptr) begun();
    ++taken_;
    request_.clear_start_time();
    request_.set_cursor(response.cursor());
    if (!take(response)) {
      done_ = true;
      context.TryCancel();
      break;
    }
  }
  grpc::Status status = stream->Finish();
  stop_.SetCall(nullptr);
  return status;
}

}  // namespace hookctl
