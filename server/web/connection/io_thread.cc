#include "web/connection/io_thread.h"

#include <pthread.h>

#include <chrono>
#include <csignal>

#include "base/thread_name.h"
#include "web/connection/http_connection.h"

namespace hookd {

IoThread::IoThread(Clock* clock, absl::Duration sweep)
    : clock_(clock), sweep_interval_(absl::ToChronoNanoseconds(sweep)), scratch_(kScratchBytes) {}

IoThread::~IoThread() { Join(); }

void IoThread::Start(std::string name) {
  StartSweep();
  thread_ = std::thread([this, name = std::move(name)] { Run(name); });
}

void IoThread::Run(const std::string& name) {
  id_ = std::this_thread::get_id();
  NameThread(name.c_str());
  // OpenSSL writes with write(2), which raises the signal if the caller is gone.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  context_.run();
}

void IoThread::Join() {
  if (!thread_.joinable()) return;
  Post([this] {
    CloseAll();
    ending_ = true;
    sweep_timer_.cancel();
    work_.reset();
  });
  thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  Drain();  // the connections are closed; streams that began late are notified
}

bool IoThread::Submit(Message message) {
  bool wake = false;
  {
    absl::MutexLock lock(&mutex_);
    if (ended_) return false;
    wake = inbox_.empty();
    inbox_.push_back(std::move(message));
  }
  if (wake) Post([this] { Drain(); });
  return true;
}

void IoThread::Drain() {
  {
    absl::MutexLock lock(&mutex_);
    draining_.swap(inbox_);
  }
  for (Message& message : draining_) {
    HttpConnection& connection = *message.connection;
    switch (message.kind) {
      case Message::Kind::kCommand:
        connection.OnCommand(message.exchange);
        break;
      case Message::Kind::kAbandoned:
        connection.OnAbandoned();
        break;
      case Message::Kind::kEvicted:
        connection.Close();
        break;
    }
  }
  draining_.clear();
}

void IoThread::Remove(Member& member) {
  member.all_hook_.unlink();
  member.timeout_hook_.unlink();
}

void IoThread::CloseAll() {
  while (!all_.empty()) all_.front().Close();
}

void IoThread::CloseIdle() {
  for (auto it = all_.begin(); it != all_.end();) (it++)->CloseIfIdle();
}

bool IoThread::CloseFirst(Timeout timeout, const Member* except) {
  for (Member& member : timeouts_[static_cast<size_t>(timeout)]) {
    if (&member == except) continue;
    member.Close();
    return true;
  }
  return false;
}

void IoThread::SetTimeout(Member& member, Timeout timeout, absl::Duration duration) {
  member.timeout_hook_.unlink();
  if (timeout == Timeout::kNone) return;
  member.deadline_ = clock_->Steady() + duration;
  timeouts_[static_cast<size_t>(timeout)].push_back(member);
}

void IoThread::StartSweep() {
  sweep_timer_.expires_after(sweep_interval_);
  sweep_timer_.async_wait([this](const boost::system::error_code& error) {
    // A timer that had expired before it was cancelled reports no error.
    if (error || ending_) return;
    Sweep();
    StartSweep();
  });
}

void IoThread::Sweep() {
  const absl::Time now = clock_->Steady();
  for (size_t kind = 0; kind < timeouts_.size(); ++kind) {
    Timeouts& list = timeouts_[kind];
    const bool ordered =
        kind != static_cast<size_t>(Timeout::kBody) && kind != static_cast<size_t>(Timeout::kWrite);
    for (auto it = list.begin(); it != list.end();) {
      Member& member = *it++;
      if (member.deadline_ <= now) {
        member.timeout_hook_.unlink();
        member.OnDeadline(now);
      } else if (ordered) {
        break;
      }
    }
  }
}

}  // namespace hookd
