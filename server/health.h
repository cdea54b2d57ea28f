// Whether hookd can do its work, for hookd as a whole and for each of its services: SERVING once what waited
// from before has been taken up, as long as the store can be written and requests can be sent, until it
// drains. While the store has no room for events, hookd as a whole and the service that takes them are
// NOT_SERVING; the other services still work.
//
// Thread-safe. What reports are given to must outlive the last call.
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
  // Services by their full names; `event_service` is another one, which takes events.
  Health(std::string event_service, std::vector<std::string> services)
      : event_service_(std::move(event_service)), services_(std::move(services)) {}

  // Reports whether a service is serving; the empty name stands for hookd as a whole. Must not block.
  using Report = std::function<void(const std::string& service, bool serving)>;

  // Calls `report` for every service, now and at each change from now on. Once for each transport.
  void Subscribe(Report report) ABSL_LOCKS_EXCLUDED(mutex_);

  // What waited from before has been taken up.
  void SetRecovered() ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the last write of the store succeeded.
  void SetWritable(bool writable) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the store has room for events.
  void SetHasRoom(bool has_room) ABSL_LOCKS_EXCLUDED(mutex_);

  // Whether the HTTP client can send requests.
  void SetSending(bool sending) ABSL_LOCKS_EXCLUDED(mutex_);

  // It stops, for good.
  void SetDraining() ABSL_LOCKS_EXCLUDED(mutex_);

  // As hookd as a whole.
  bool serving() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool writable() const ABSL_LOCKS_EXCLUDED(mutex_);
  bool sending() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  // Of the services that take no events.
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
