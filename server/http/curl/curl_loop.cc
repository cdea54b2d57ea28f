#include "http/curl/curl_loop.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "http/curl/curl_error.h"
#include "http/curl/curl_job.h"

namespace hookd {
namespace {

constexpr int kMaxEventsAtOnce = 128;

HttpResult ShuttingDown() {
  return ErrorResult("hookd is shutting down", HttpFailure::kOther, HttpFault::kHookd);
}

// The proxy's host and port, with libcurl's own defaults.
std::optional<UrlTarget> ProxyTarget(const std::string& proxy) {
  if (proxy.empty()) return std::nullopt;
  return TargetOf(proxy, absl::StartsWith(proxy, "https:") ? 443 : 1080);
}

// Gives libcurl an address, so that it does not look up the name. Its sockets are already connected.
CurlList ProxyAddress(const std::optional<UrlTarget>& proxy) {
  if (!proxy.has_value() || IpAddress::Parse(proxy->host).has_value()) return nullptr;
  return CurlList(
      curl_slist_append(nullptr, absl::StrCat(proxy->host, ":", proxy->port, ":127.0.0.1").c_str()));
}

}  // namespace

CurlLoop::Descriptor::~Descriptor() {
  if (fd_ >= 0) close(fd_);
}

absl::StatusOr<std::unique_ptr<CurlLoop>> CurlLoop::Create(Options options) {
  std::unique_ptr<CurlLoop> loop(new CurlLoop(std::move(options)));
  if (absl::Status status = loop->Start(); !status.ok()) return status;
  return loop;
}

CurlLoop::CurlLoop(Options options)
    : options_(std::move(options)),
      proxy_(ProxyTarget(options_.proxy)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      pool_({.lifetime = absl::ToChronoNanoseconds(options_.connection_lifetime),
             .idle = absl::ToChronoNanoseconds(options_.idle_connection)}),
      connector_(options_.reserve, proxy_.has_value() ? nullptr : &options_.egress,
                 [this](int socket, bool watch) {
                   if (watch) ++connections_opened_;
                   if (watch) return Watch(socket, kConnector, EPOLLOUT);
                   epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
                   return true;
                 }),
      share_(curl_share_init()),
      proxy_address_(ProxyAddress(proxy_)),
      settings_({.ca_file = options_.ca_file,
                 .proxy = options_.proxy,
                 .http2 = options_.http2,
                 .share = share_.get(),
                 .proxy_address = proxy_address_.get(),
                 .idle_seconds = static_cast<long>(absl::ToInt64Seconds(options_.idle_connection)),
                 .lifetime_seconds = static_cast<long>(absl::ToInt64Seconds(options_.connection_lifetime))}),
      multi_(MakeMulti()) {}

std::unique_ptr<CURLM, CurlLoop::MultiCleanup> CurlLoop::MakeMulti() {
  std::unique_ptr<CURLM, MultiCleanup> multi(curl_multi_init());
  if (multi == nullptr) return multi;
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETFUNCTION, &CurlLoop::OnSocket);
  curl_multi_setopt(multi.get(), CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERFUNCTION, &CurlLoop::OnTimer);
  curl_multi_setopt(multi.get(), CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
  return multi;
}

absl::Status CurlLoop::Start() {
  if (epoll_.get() < 0 || wake_.get() < 0 || multi_ == nullptr || share_ == nullptr) {
    return absl::ResourceExhaustedError("cannot start the HTTP client: no file descriptors or memory left");
  }
  if (!Watch(wake_.get(), kWake, EPOLLIN)) {
    return absl::ResourceExhaustedError("cannot start the HTTP client: cannot watch file descriptors");
  }
  // Only one thread uses the share, so it needs no locks.
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(
        absl::StrCat("cannot start the HTTP client: no thread: ", error.what()));
  }
  return absl::OkStatus();
}

CurlLoop::~CurlLoop() {
  Stop();
  Join();
}

void CurlLoop::Send(HttpRequest request, Done done) {
  const Instant now = std::chrono::steady_clock::now();
  bool wake;
  {
    absl::MutexLock lock(&mutex_);
    wake = inbox_.empty() && found_.empty();
    inbox_.push_back({std::move(request), std::move(done), now, late_ns_});
  }
  if (wake) eventfd_write(wake_.get(), 1);
}

void CurlLoop::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  eventfd_write(wake_.get(), 1);
}

void CurlLoop::Join() {
  if (thread_.joinable()) thread_.join();
}

bool CurlLoop::EndInbox() {
  std::vector<Waiting> ended;
  {
    absl::MutexLock lock(&mutex_);
    ended.swap(inbox_);
  }
  for (Waiting& waiting : ended) waiting.done(ShuttingDown());
  return !ended.empty();
}

void CurlLoop::Run() {
  NameThread("hookd-http");
  pulse_.Begin();
  if (options_.niceness != 0) setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), options_.niceness);
  // A peer that closes while OpenSSL writes must not end the process.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<Waiting> begun;
  std::vector<Found> found;
  while (true) {
    Wait();
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) break;
      begun.swap(inbox_);
      found.swap(found_);
    }
    for (const Found& each : found) OnFound(each);
    found.clear();
    for (Waiting& waiting : begun) Begin(std::move(waiting));
    begun.clear();
    const Instant now = std::chrono::steady_clock::now();
    connector_.OnTime(now);
    FinishDone();
    FinishOverdue();
    CloseEnded(now);
    if (broken_ != CURLM_OK) Replace(std::exchange(broken_, CURLM_OK));
    if (sweep_.has_value() && *sweep_ <= now) Sweep(now);
    CheckSockets();
    const auto late =
        std::chrono::steady_clock::now() - pulse_.turn_began() - absl::ToChronoNanoseconds(tuning::kLoopTurn);
    if (late.count() > 0) late_ns_ += late.count();
    pulse_.EndTurn(deadlines_.empty() ? LoopPulse::kNever : deadlines_.begin()->first);
  }
  EndAll();
  while (EndInbox()) {
  }
  pulse_.EndTurn(LoopPulse::kNever);
}

int CurlLoop::MillisecondsToTimer() const {
  Instant next = connector_.next();
  if (timer_.has_value()) next = std::min(next, *timer_);
  if (!deadlines_.empty()) next = std::min(next, deadlines_.begin()->first);
  if (sweep_.has_value()) next = std::min(next, *sweep_);
  if (close_.has_value()) next = std::min(next, *close_);
  if (next == Instant::max()) return -1;
  const Instant now = std::chrono::steady_clock::now();
  if (next <= now) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - now).count();
  return static_cast<int>(std::min<int64_t>(left, INT_MAX));
}

void CurlLoop::Wait() {
  std::array<epoll_event, kMaxEventsAtOnce> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kMaxEventsAtOnce, MillisecondsToTimer());
  const Instant began = std::chrono::steady_clock::now();
  if (!deadlines_.empty() && deadlines_.begin()->first < began) {
    late_ns_ += (began - deadlines_.begin()->first) / std::chrono::nanoseconds(1);
  }
  pulse_.BeginTurn(began);
  Instant now = began, yielded = began;
  for (int i = 0; i < count; ++i) {
    const auto socket = static_cast<int>(events[i].data.u64 & UINT32_MAX);
    const auto owner = static_cast<SocketOwner>(events[i].data.u64 >> 32);
    switch (owner) {
      case kWake:
        eventfd_t value;
        eventfd_read(wake_.get(), &value);
        break;
      case kConnector:
        connector_.OnReady(socket);
        break;
      case kLibcurl:
        OnEvent(socket, events[i].events);
    }
    const Instant then = std::exchange(now, std::chrono::steady_clock::now());
    if (owner == kLibcurl) CheckOverhead(socket, now - then);
    // With SCHED_BATCH, other threads do not preempt this one.
    if (options_.niceness != 0 && now - yielded > absl::ToChronoNanoseconds(tuning::kUnprovenSlice)) {
      sched_yield();
      now = yielded = std::chrono::steady_clock::now();
    }
    // epoll reports the remaining events again.
    if (now - began > absl::ToChronoNanoseconds(tuning::kLoopTurn)) break;
  }
  if (timer_.has_value() && *timer_ <= now) {
    timer_.reset();  // OnTimer sets it again
    Act(CURL_SOCKET_TIMEOUT, 0);
  }
}

void CurlLoop::OnEvent(int socket, uint32_t events) {
  if (LeaveIfIdle(socket)) return;
  // libcurl detects an error when it uses the socket. With CURL_CSELECT_ERR it would fail a request on a
  // reused connection that was reset, instead of sending it again.
  const bool broken = events & (EPOLLERR | EPOLLHUP);
  int what = 0;
  if (broken || events & EPOLLIN) what |= CURL_CSELECT_IN;
  if (broken || events & EPOLLOUT) what |= CURL_CSELECT_OUT;
  // If an earlier event closed the socket, libcurl does not know it, which is harmless.
  Act(socket, what);
}

void CurlLoop::Act(curl_socket_t socket, int what) {
  int running = 0;
  pulse_.BeginCall(socket);
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, what, &running);
  pulse_.EndCall();
  if (code != CURLM_OK && code != CURLM_BAD_SOCKET && code != CURLM_OUT_OF_MEMORY) broken_ = code;
}

void CurlLoop::Sweep(Instant now) {
  pool_.Sweep(now);
  sweep_.reset();
  if (sockets_.empty()) return;
  sweep_ = now + Job::SweepInterval(options_.idle_connection);
  if (!proxy_.has_value() || !jobs_.empty()) return;
  if (now - idle_since_ < absl::ToChronoNanoseconds(options_.idle_connection)) return;
  // libcurl closes a dead connection to the proxy only when it looks for a connection.
  timer_.reset();
  spare_.clear();
  if (auto fresh = MakeMulti()) multi_ = std::move(fresh);
}

void CurlLoop::Replace(CURLMcode code) {
  LogError("HTTP loop restarted: libcurl's handle was broken", {{"error", curl_multi_strerror(code)}});
  std::vector<Job*> in_libcurl;
  for (const auto& [job, owned] : jobs_) {
    if (job->in_libcurl) in_libcurl.push_back(job);
  }
  for (Job* const job : in_libcurl) {
    // The endpoint may have processed a request that was sent, so hookd must not send it again.
    Finish(*job, ErrorResult("the request failed: libcurl's handle was broken", HttpFailure::kOther,
                             job->sends > 0 ? HttpFault::kEndpoint : HttpFault::kHookd));
  }
  timer_.reset();
  spare_.clear();
  for (auto& [handle, closing] : closing_) pool_.GiveBack(std::move(closing.label));
  closing_.clear();
  auto fresh = MakeMulti();
  pulse_.SetDead(fresh == nullptr);
  if (fresh == nullptr) {
    broken_ = code;  // retried in the next turn
  } else {
    multi_ = std::move(fresh);
  }
}

void CurlLoop::EndAll() {
  // The loop no longer waits for events. libcurl would report sockets that it has closed, whose numbers other
  // sockets may have by then.
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
  ending_ = true;
  // After this, libcurl has nothing to read while it closes them.
  for (const auto& [number, socket] : sockets_) shutdown(number, SHUT_RDWR);
  while (!jobs_.empty()) Finish(*jobs_.begin()->first, ShuttingDown());
}

}  // namespace hookd
