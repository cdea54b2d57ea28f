#include "health.h"

namespace hookd {

void Health::Tell(grpc::HealthCheckServiceInterface* grpc) {
  absl::MutexLock lock(&mutex_);
  grpc_ = grpc;
  TellIt();
}

void Health::SetRecovered() {
  absl::MutexLock lock(&mutex_);
  recovered_ = true;
  TellIt();
}

void Health::SetWritable(bool writable) {
  absl::MutexLock lock(&mutex_);
  // Said after every commit.
  if (writable == writable_) return;
  writable_ = writable;
  TellIt();
}

void Health::SetHasRoom(bool has_room) {
  absl::MutexLock lock(&mutex_);
  has_room_ = has_room;
  TellIt();
}

void Health::SetSending(bool sending) {
  absl::MutexLock lock(&mutex_);
  sending_ = sending;
  TellIt();
}

void Health::SetDraining() {
  absl::MutexLock lock(&mutex_);
  draining_ = true;
  TellIt();
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

void Health::TellIt() {
  if (grpc_ == nullptr) return;
  grpc_->SetServingStatus("", Serving() && has_room_);
  grpc_->SetServingStatus(event_service_, Serving() && has_room_);
  for (const std::string& service : services_) grpc_->SetServingStatus(service, Serving());
}

}  // namespace hookd
