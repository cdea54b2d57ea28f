#include "web/connection/http_exchange.h"

#include <utility>

#include "absl/base/macros.h"
#include "web/connection/http_connection.h"

namespace hookd {

HttpExchange::HttpExchange(std::shared_ptr<HttpConnection> connection, std::shared_ptr<HttpShared> shared)
    : shared_(std::move(shared)),
      connection_(std::move(connection)),
      charge_(&shared_->bytes, [this] { return connection_->MakeRoom(); }) {}

HttpExchange::~HttpExchange() {
  bool abandoned = false;
  {
    absl::MutexLock lock(&mutex_);
    abandoned = served_ && !gone_ && (!answered_ || streaming_);
  }
  if (abandoned) connection_->thread().Submit({IoThread::Message::Kind::kAbandoned, connection_, nullptr});
  if (served_) shared_->requests.Remove();
}

void HttpExchange::Submit() {
  if (connection_->IsDispatching(this)) return;
  if (connection_->thread().Submit({IoThread::Message::Kind::kCommand, connection_, shared_from_this()}))
    return;
  ReportGone();  // the server has ended
}

void HttpExchange::Respond(WebResponse response) {
  bool queue = false;
  {
    absl::MutexLock lock(&mutex_);
    ABSL_ASSERT(!answered_);
    answered_ = true;
    command_.kind = Command::Kind::kResponse;
    command_.response = std::move(response);
    queue = !std::exchange(queued_, true);
  }
  if (queue) Submit();
}

void HttpExchange::StartStream(WebResponse response, std::shared_ptr<StreamListener> listener) {
  bool gone = false;
  {
    absl::MutexLock lock(&mutex_);
    ABSL_ASSERT(!answered_);
    answered_ = true;
    streaming_ = true;
    listener_ = listener;
    gone = gone_;
    if (!gone) {
      unreported_ = true;
      command_.kind = Command::Kind::kStream;
      command_.response = std::move(response);
      queued_ = true;
    }
  }
  if (!gone) return Submit();
  listener->OnWritten(false);
  listener->OnGone();
}

void HttpExchange::WritePart(std::string part) {
  bool queue = false;
  std::shared_ptr<StreamListener> of_dropped;
  {
    absl::MutexLock lock(&mutex_);
    if (gone_) {
      of_dropped = listener_;
    } else if (streaming_) {
      ABSL_ASSERT(!unreported_);
      unreported_ = true;
      command_.kind = Command::Kind::kPart;
      command_.response.body = std::move(part);
      queue = !std::exchange(queued_, true);
    }
  }
  if (of_dropped != nullptr) return of_dropped->OnWritten(false);
  if (queue) Submit();
}

void HttpExchange::EndStream(bool complete) {
  bool queue = false;
  std::shared_ptr<StreamListener> listener;  // destroyed without the lock
  {
    absl::MutexLock lock(&mutex_);
    if (!std::exchange(streaming_, false)) return;
    listener = std::move(listener_);
    if (gone_) return;
    command_.end = true;
    command_.complete = complete;
    queue = !std::exchange(queued_, true);
  }
  if (queue) Submit();
}

HttpExchange::Command HttpExchange::Take() {
  absl::MutexLock lock(&mutex_);
  queued_ = false;
  return std::exchange(command_, Command());
}

void HttpExchange::ReportWritten() {
  std::shared_ptr<StreamListener> listener;
  {
    absl::MutexLock lock(&mutex_);
    unreported_ = false;
    listener = listener_;
  }
  if (listener != nullptr) listener->OnWritten(true);
}

void HttpExchange::ReportGone() {
  std::shared_ptr<StreamListener> listener;
  bool unreported = false;
  {
    absl::MutexLock lock(&mutex_);
    if (gone_.exchange(true)) return;
    listener = listener_;
    unreported = std::exchange(unreported_, false);
  }
  if (listener == nullptr) return;
  if (unreported) listener->OnWritten(false);
  listener->OnGone();
}

}  // namespace hookd
