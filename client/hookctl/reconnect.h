// What commands share that follow a stream of hookd for long: their end on Ctrl-C, and the pauses before a
// stream that broke is opened again.
#ifndef HOOKCTL_RECONNECT_H_
#define HOOKCTL_RECONNECT_H_

#include <grpcpp/grpcpp.h>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "hookctl/session.h"

namespace hookctl {

// Ends a stream from another thread: cancels the call in flight and ends every pause. Thread-safe.
class Stop {
 public:
  void Now() ABSL_LOCKS_EXCLUDED(mutex_);
  bool stopped() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Sets the call that Now cancels; null for none.
  void SetCall(grpc::ClientContext* call) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits until that time, or until Now is called.
  void WaitUntil(absl::Time time) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::ClientContext* call_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

// Whether a stream that ended with this status should be opened again.
bool IsTransient(const grpc::Status& status);

// The pauses between streams: each is twice the one before, until a stream makes progress. Not thread-safe.
class Backoff {
 public:
  // All must outlive it. No pause lasts longer than until `deadline`.
  Backoff(const Session& session, const Stop& stop, absl::Time deadline)
      : session_(session), stop_(stop), deadline_(deadline) {}

  // Prints why the stream ended, and pauses. `progress`: it returned something, or lasted long.
  void Pause(const grpc::Status& status, bool progress);

 private:
  const Session& session_;
  const Stop& stop_;
  const absl::Time deadline_;
  absl::Duration next_;
};

// The longest pause.
inline constexpr absl::Duration kMaxReconnectPause = absl::Seconds(30);

}  // namespace hookctl

#endif  // HOOKCTL_RECONNECT_H_
