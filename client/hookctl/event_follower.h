// Follows WatchEvents: reconnects when the stream breaks, and resumes after the last event. Not thread-safe.
#ifndef HOOKCTL_EVENT_FOLLOWER_H_
#define HOOKCTL_EVENT_FOLLOWER_H_

#include <functional>
#include <utility>

#include "absl/time/time.h"
#include "hookctl/reconnect.h"
#include "hookctl/session.h"

namespace hookctl {

class EventFollower {
 public:
  // Receives an event, or a heartbeat, with the cursor after it. Returns false to end the stream.
  using Take = std::function<bool(const v1::WatchEventsResponse&)>;

  // `session` must outlive it.
  EventFollower(Session& session, v1::WatchEventsRequest request);

  // Ends with kOk when `take` returns false, at Ctrl-C and, with `until_now`, when all events are taken; with
  // an error if hookd cannot be reached at first, or an error is not transient. `begun` is called once hookd
  // has sent anything, which it does at once if the request has neither a start time nor a cursor; may be
  // null.
  int Run(const Take& take, const std::function<void()>& begun = nullptr);

  // Also calls this at Ctrl-C, on another thread, for a `take` that can block. Call it before Run.
  void OnInterrupt(std::function<void()> interrupted) { on_interrupt_ = std::move(interrupted); }

  // Whether Ctrl-C ended Run before it was done.
  bool interrupted() const { return interrupted_; }

 private:
  // Takes what one stream returns until it ends or `take` returns false.
  grpc::Status Stream(const Take& take, const std::function<void()>& begun);

  Session& session_;
  const absl::Time deadline_;
  const bool until_now_;
  v1::WatchEventsRequest request_;
  Stop stop_;
  std::function<void()> on_interrupt_;
  bool begun_ = false;
  bool done_ = false;  // `take` returned false
  bool interrupted_ = false;
  int64_t taken_ = 0;
};

}  // namespace hookctl

#endif  // HOOKCTL_EVENT_FOLLOWER_H_
