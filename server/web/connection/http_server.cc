#include "web/connection/http_server.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "web/connection/http_connection.h"

namespace hookd {
namespace {

// Timeouts are at most this much late.
absl::Duration SweepInterval(const HttpLimits& limits) {
  const absl::Duration shortest = std::min(
      {limits.head_timeout, limits.body_timeout, limits.write_timeout, limits.idle_timeout, limits.linger});
  return std::clamp(shortest / 2, absl::Milliseconds(1), absl::Seconds(1));
}

}  // namespace

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Create(const Options& options) {
  HOOKD_ASSIGN_OR_RETURN(auto tls, TlsContexts::Create(options.tls));
  auto listening = ListenOnAddress(options.address);
  if (!listening.ok()) {
    return absl::Status(listening.status().code(), absl::StrCat("cannot listen on ", options.address, ": ",
                                                                listening.status().message()));
  }
  std::unique_ptr<HttpServer> server(new HttpServer(
      std::make_shared<HttpShared>(options.limits, options.handler, options.clock, std::move(tls))));
  server->Start(*std::move(listening));
  return server;
}

HttpServer::HttpServer(std::shared_ptr<HttpShared> shared) : shared_(std::move(shared)) {}

void HttpServer::Start(Listening listening) {
  port_ = listening.port;
  for (int i = 0; i < tuning::kWebThreads; ++i) {
    threads_.push_back(std::make_shared<IoThread>(shared_->clock, SweepInterval(shared_->limits)));
  }
  auto& context = threads_.front()->context();
  listener_ = std::make_unique<HttpListener>(
      std::move(listening), context, shared_->clock,
      [this](int socket, const sockaddr_storage& peer) { Accept(socket, peer); });
  listener_->Start();
  if (shared_->tls != nullptr) {
    reload_timer_ = std::make_unique<boost::asio::steady_timer>(context);
    ScheduleReload();
  }
  for (size_t i = 0; i < threads_.size(); ++i) threads_[i]->Start(absl::StrCat("hookd-web-", i));
}

void HttpServer::ScheduleReload() {
  reload_timer_->expires_after(absl::ToChronoNanoseconds(shared_->limits.tls_reload));
  reload_timer_->async_wait([this](const boost::system::error_code& error) {
    if (error || shared_->stopping) return;
    shared_->tls->Reload();
    ScheduleReload();
  });
}

void HttpServer::Accept(int socket, const sockaddr_storage& peer) {
  const std::shared_ptr<IoThread>& thread = threads_[next_thread_];
  auto connection = std::make_shared<HttpConnection>(thread, shared_, socket, peer);
  if (!shared_->connections.Admit(connection.get(), peer)) return;  // its destructor closes the socket
  next_thread_ = (next_thread_ + 1) % threads_.size();
  thread->Post([connection = std::move(connection)] { connection->Start(); });
}

void HttpServer::RunOnThreads(const std::function<void(IoThread&)>& function) {
  absl::Mutex mutex;
  size_t running = threads_.size();
  for (const auto& thread : threads_) {
    thread->Post([&function, &mutex, &running, raw = thread.get()] {
      function(*raw);
      absl::MutexLock lock(&mutex);
      --running;
    });
  }
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(
      +[](size_t* left) { return *left == 0; }, &running));
}

void HttpServer::StopAccepting() {
  if (shared_->stopping.exchange(true)) return;
  RunOnThreads([this](IoThread& thread) {
    if (&thread == threads_.front().get()) {
      listener_->Stop();
      if (reload_timer_ != nullptr) reload_timer_->cancel();
    }
    thread.CloseIdle();
  });
}

void HttpServer::EndConnections() {
  RunOnThreads([](IoThread& thread) { thread.CloseAll(); });
}

HttpServer::~HttpServer() {
  StopAccepting();
  EndConnections();
  // No connection is left that could dispatch a request. Those that have not begun are dropped.
  shared_->large_requests->stop();
  shared_->large_requests->join();
  shared_->large_requests.reset();
  for (const auto& thread : threads_) thread->Join();
}

HttpServer::Figures HttpServer::figures() const {
  const ConnectionTable::Figures connections = shared_->connections.figures();
  return {.connections = connections.open,
          .requests_in_flight = shared_->requests.count(),
          .bytes_in_memory = shared_->bytes.used(),
          .accepted = connections.accepted,
          .refused = connections.refused,
          .evicted = connections.evicted,
          .timed_out = shared_->timed_out,
          .requests = shared_->served,
          .rejected = shared_->rejected};
}

}  // namespace hookd
