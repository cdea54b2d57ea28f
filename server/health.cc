#include "health.h"

namespace hookd {

void Health::Subscribe(Report report) {
  absl::MutexLock lock(&mutex_);
  reports_.push_back(std::move(report));
  ReportAll();
}

void Health::SetRecovered() {
  absl::MutexLock lock(&mutex_);
  recovered_ = true;
  ReportAll();
}

void Health::SetWritable(bool writable) {
  absl::MutexLock lock(&mutex_);
  // This is called after every commit, so it must not report each time.
  if (writable == writable_) return;
  writable_ = writable;
  ReportAll();
}

void Health::SetHasRoom(bool has_room) {
  absl::MutexLock lock(&mutex_);
  has_room_ = has_room;
  ReportAll();
}

void Health::SetSending(bool sending) {
  absl::MutexLock lock(&mutex_);
  sending_ = sending;
  ReportAll();
}

void Health::SetDraining() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  ReportAll();
}

bool Health::serving() const {
  absl::MutexLock lock(&mutex_);
  return Serving() && has_room_;
}

bool Health::writable() const {
  absl::MutexLock lock(&mutex_);
  return writable_;
}

bool Health::sending() const {
  absl::MutexLock lock(&mutex_);
  return sending_;
}

bool Health::Serving() const { return recovered_ && writable_ && sending_ && !draining_; }

void Health::ReportAll() {
  for (const Report& report : reports_) {
    report("", Serving() && has_room_);
    report(event_service_, Serving() && has_room_);
    for (const std::string& service : services_) report(service, Serving());
  }
}

}  // namespace hookd
