// The health status of hookd as a whole and of each of its services.
//
// The status is SERVING from when the pending deliveries of the previous run have been recovered until hookd
// drains, while the store can be written and the HTTP client can send requests. While the store has no room
// for events, hookd as a whole and the service that accepts events are NOT_SERVING; the other services still
// serve.
//
// Thread-safe. Reports are called under a lock. Whatever they refer to must outlive the last Set call.
#ifndef HOOKD_HEALTH_H_
#define HOOKD_HEALTH_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd {

class Health {
 public:
  // Names the services by their full names. `event_service`, which accepts events, is not one of `services`.
  Health(std::string event_service, std::vector<std::string> services)
      : event_service_(std::move(event_service)), services_(std::move(services)) {}

  // Receives whether a service is serving; the empty name means hookd as a whole. Must not block.
  using Report = std::function<void(const std::string& service, bool serving)>;

  // Calls `report` for every service, now and at each change. Each transport subscribes once.
  void Subscribe(Report report) ABSL_LOCKS_EXCLUDED(mutex_);

  // The pending deliveries of the previous run have been recovered.
  void SetRecovered() ABSL_LOCKS_EXCLUDED(mutex_);

  // Sets whether the last write to the store succeeded.
  void SetWritable(bool writable) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sets whether the store has room for events.
  void SetHasRoom(bool has_room) ABSL_LOCKS_EXCLUDED(mutex_);

  // Sets whether the HTTP client can send requests.
  void SetSending(bool sending) ABSL_LOCKS_EXCLUDED(mutex_);

  // hookd has begun to drain, which cannot be undone.
  void SetDraining() ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether hookd as a whole is serving.
  bool serving() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool writable() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool sending() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Whether the services that accept no events are serving.
  bool Serving() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void ReportAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string event_service_;
  const std::vector<std::string> services_;
  mutable absl::Mutex mutex_;
  std::vector<Report> reports_ ABSL_GUARDED_BY(mutex_);
  bool recovered_ ABSL_GUARDED_BY(mutex_) = false;
  bool writable_ ABSL_GUARDED_BY(mutex_) = true;
  bool has_room_ ABSL_GUARDED_BY(mutex_) = true;
  bool sending_ ABSL_GUARDED_BY(mutex_) = true;
  bool draining_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace hookd

#endif  // HOOKD_HEALTH_H_
