#include "http/curl_loop.h"

#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "http/curl_error.h"
#include "http/curl_job.h"
#include "http/socket_calls.h"

namespace hookd {
namespace {

constexpr int kMaxEventsAtOnce = 128;

// Each holds some 25 KiB. More than a busy loop begins before it has finished others.
constexpr size_t kMostSpareHandles = 64;

// Connections that libcurl is made to close at a time; the rest wait for the next turn.
constexpr size_t kMostClosing = 16;

// Whose a descriptor is that epoll looks at: the upper half of what epoll is told; the lower is its number.
constexpr uint32_t kLibcurls = 0;
constexpr uint32_t kConnectors = 1;
constexpr uint32_t kWake = 2;

HttpResult ErrorResult(std::string error, HttpFailure failure, HttpFault fault) {
  HttpResult result;
  result.error = std::move(error);
  result.failure = failure;
  result.fault = fault;
  return result;
}

HttpResult ShuttingDown() {
  return ErrorResult("hookd is shutting down", HttpFailure::kOther, HttpFault::kHookd);
}

// The proxy's host and port, with libcurl's own defaults.
std::optional<UrlTarget> ProxyTarget(const std::string& proxy) {
  if (proxy.empty()) return std::nullopt;
  return TargetOf(proxy, absl::StartsWith(proxy, "https:") ? 443 : 1080);
}

// libcurl is told an address, so that it does not look for one. The socket it gets is connected already.
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
                   if (watch) return Watch(socket, kConnectors, EPOLLOUT);
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
  // One thread uses the share, so that it needs no locks.
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
        std::chrono::steady_clock::now() - pulse_.turn_began() - absl::ToChronoNanoseconds(limits::kLoopTurn);
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
    const auto kind = static_cast<uint32_t>(events[i].data.u64 >> 32);
    switch (kind) {
      case kWake:
        eventfd_t value;
        eventfd_read(wake_.get(), &value);
        break;
      case kConnectors:
        connector_.OnReady(socket);
        break;
      default:
        OnEvent(socket, events[i].events);
    }
    const Instant then = std::exchange(now, std::chrono::steady_clock::now());
    if (kind == kLibcurls) CheckOverhead(socket, now - then);
    // Others' threads do not interrupt this one (SCHED_BATCH).
    if (options_.niceness != 0 && now - yielded > absl::ToChronoNanoseconds(limits::kUnprovenSlice)) {
      sched_yield();
      now = yielded = std::chrono::steady_clock::now();
    }
    // The rest is told of again.
    if (now - began > absl::ToChronoNanoseconds(limits::kLoopTurn)) break;
  }
  if (timer_.has_value() && *timer_ <= now) {
    timer_.reset();  // OnTimer sets it anew
    Act(CURL_SOCKET_TIMEOUT, 0);
  }
}

void CurlLoop::OnEvent(int socket, uint32_t events) {
  if (LeaveIfIdle(socket)) return;
  // Of an error libcurl learns by using the socket. Told of it with CURL_CSELECT_ERR, it would fail a
  // request on a kept connection that was reset, rather than send it again.
  const bool broken = events & (EPOLLERR | EPOLLHUP);
  int what = 0;
  if (broken || events & EPOLLIN) what |= CURL_CSELECT_IN;
  if (broken || events & EPOLLOUT) what |= CURL_CSELECT_OUT;
  // One that an earlier event of these closed is unknown to libcurl, which does no harm.
  Act(socket, what);
}

void CurlLoop::CheckOverhead(int number, std::chrono::nanoseconds took) {
  const auto found = sockets_.find(number);
  if (found == sockets_.end()) return;
  Socket& socket = found->second;
  if (--socket.events_to_check > 0 && took < absl::ToChronoNanoseconds(limits::kUncheckedCall)) return;
  socket.events_to_check = limits::kUncheckedEvents;
  ConnectionPool::Connection* const connection = socket.connection;
  if (connection == nullptr) return;
  const int64_t read = ReadBytes(number);
  if (read > connection->allowance) {
    pulse_.Cut(number);
    return;
  }
  // Earlier requests, which did not need theirs, leave it no more than a new connection has.
  connection->allowance =
      std::min(connection->allowance,
               read + limits::kMaxOverheadBytes + connection->requests * limits::kMaxRequestOverheadBytes);
}

void CurlLoop::Act(curl_socket_t socket, int what) {
  int running = 0;
  pulse_.BeginCall(socket);
  const CURLMcode code = curl_multi_socket_action(multi_.get(), socket, what, &running);
  pulse_.EndCall();
  if (code != CURLM_OK && code != CURLM_BAD_SOCKET && code != CURLM_OUT_OF_MEMORY) broken_ = code;
}

// --- A request's way ---

void CurlLoop::Begin(Waiting waiting) {
  auto owned = std::make_unique<Job>(this, std::move(waiting.request), std::move(waiting.done), waiting.sent,
                                     waiting.late_ns);
  Job& job = *owned;
  jobs_.emplace(&job, std::move(owned));
  SetDeadline(job, job.ConnectDeadline(job.begun));
  if (proxy_.has_value() && !options_.egress.CheckUrl(job.request.url).ok()) {
    return Finish(job, ErrorResult(kEgressNotAllowed, HttpFailure::kBlocked, HttpFault::kPolicy));
  }
  job.endpoint = pool_.Enter(job.request);
  CurlHandle handle = TakeHandle();
  if (job.endpoint == nullptr) {
    return Finish(job, ErrorResult("the URL is not valid", HttpFailure::kOther, HttpFault::kEndpoint));
  }
  if (handle == nullptr) {
    return Finish(job, ErrorResult("out of memory", HttpFailure::kResources, HttpFault::kHookd));
  }
  job.transfer = std::make_unique<CurlTransfer>(std::move(handle), &job.request, options_.max_body_bytes,
                                                proxy_.has_value(), &job);
  curl_easy_setopt(job.transfer->handle(), CURLOPT_PRIVATE, &job);
  ChooseConnection(job);
}

void CurlLoop::ChooseConnection(Job& job) {
  if (job.request.fresh_connection) return LookUp(job);
  // By a proxy libcurl chooses, and says if it has none.
  if (proxy_.has_value()) return Transfer(job, -1);
  job.connection = pool_.Choose(job.endpoint, std::chrono::steady_clock::now());
  if (job.connection == nullptr) return LookUp(job);
  Transfer(job, -1);
}

void CurlLoop::LookUp(Job& job) {
  const std::string& name = job.Target(proxy_).host;
  if (const auto known = options_.names->Cached(name); known.has_value()) return OnAnswer(job, *known);
  const auto [waiting, first] = looking_up_.try_emplace(name);
  waiting->second.insert(&job);
  job.looking_up = true;
  if (!first) return;
  options_.names->Lookup(name, [this, name](const NameResolver::Answer& answer) {
    bool wake;
    {
      absl::MutexLock lock(&mutex_);
      wake = inbox_.empty() && found_.empty();
      found_.push_back({name, answer});
    }
    if (wake) eventfd_write(wake_.get(), 1);
  });
}

void CurlLoop::OnFound(const Found& found) {
  const auto waiting = looking_up_.extract(found.name);
  if (waiting.empty()) return;
  for (Job* const job : waiting.mapped()) {
    job->looking_up = false;
    OnAnswer(*job, found.answer);
  }
}

void CurlLoop::OnAnswer(Job& job, const NameResolver::Answer& answer) {
  using Kind = NameResolver::Answer::Kind;
  job.looked_up = std::chrono::steady_clock::now();
  if (answer.kind == Kind::kFound) {
    job.addresses = answer.addresses;
    return Connect(job);
  }
  if (proxy_.has_value()) {
    return Finish(job, ErrorResult("could not resolve the egress proxy's host name", HttpFailure::kProxy,
                                   HttpFault::kHookd));
  }
  std::string error = "could not resolve the host name";
  if (answer.kind == Kind::kNoAnswer)
    absl::StrAppend(&error, ": the name servers for this name do not respond");
  if (answer.kind == Kind::kNoNameServers) absl::StrAppend(&error, ": no name server responds");
  Finish(job, ErrorResult(std::move(error), HttpFailure::kResolve,
                          answer.kind == Kind::kNoNameServers ? HttpFault::kHookd : HttpFault::kEndpoint));
}

void CurlLoop::Connect(Job& job) {
  // The one that answered last time comes first.
  auto& addresses = job.addresses;
  if (!proxy_.has_value() && job.endpoint->last_address.has_value()) {
    const auto last = std::find(addresses.begin(), addresses.end(), *job.endpoint->last_address);
    if (last != addresses.end()) std::rotate(addresses.begin(), last, last + 1);
  }
  const auto left = std::max<std::chrono::nanoseconds>(std::chrono::milliseconds(1),
                                                       job.deadline - std::chrono::steady_clock::now());
  job.race =
      connector_.Connect(addresses, job.Target(proxy_).port, left, [this, &job](Connector::Result end) {
        job.race = nullptr;
        OnConnected(job, std::move(end));
      });
}

void CurlLoop::OnConnected(Job& job, Connector::Result result) {
  if (result.socket >= 0) {
    job.connected = std::chrono::steady_clock::now();
    options_.evidence->NoteConnected();
    if (!proxy_.has_value()) {
      job.endpoint->last_address = result.address;
      job.connection = pool_.Add(job.endpoint, result.socket, job.connected);
    }
    return Transfer(job, result.socket);
  }
  if (result.not_allowed) {
    return Finish(job, ErrorResult(kEgressNotAllowed, HttpFailure::kBlocked, HttpFault::kPolicy));
  }
  HttpResult failure = ConnectFailure(result.os_error, result.ours, options_.evidence->connects());
  if (proxy_.has_value()) {
    failure.error = absl::StrCat("cannot reach the egress proxy: ", failure.error);
    failure.failure = HttpFailure::kProxy;
    failure.fault = HttpFault::kHookd;
  }
  Finish(job, std::move(failure));
}

void CurlLoop::Transfer(Job& job, int socket) {
  job.reused = socket < 0;
  if (socket >= 0) {
    sockets_[socket] = {.events = 0, .idle = true, .connection = job.connection};
    connections_ = static_cast<int64_t>(sockets_.size());
    pulse_.Opened(socket, OriginOf(job.request.url));
    if (!sweep_.has_value()) sweep_ = job.connected + job.SweepInterval(options_.idle_connection);
  }
  ConnectionPool::Label* const label = job.connection == nullptr ? nullptr : job.connection->label.get();
  job.transfer->UseConnection(label == nullptr ? nullptr : label->connect_to.get(), socket,
                              label != nullptr && std::exchange(label->ended, false));
  const CURLMcode code = curl_multi_add_handle(multi_.get(), job.transfer->handle());
  job.in_libcurl = code == CURLM_OK;
  if (job.in_libcurl) return;
  if (code == CURLM_ABORTED_BY_CALLBACK) broken_ = code;
  Finish(job, ErrorResult(absl::StrCat("the request failed: ", curl_multi_strerror(code)),
                          HttpFailure::kOther, HttpFault::kHookd));
}

CurlHandle CurlLoop::TakeHandle() {
  if (!spare_.empty()) {
    CurlHandle handle = std::move(spare_.back());
    spare_.pop_back();
    return handle;
  }
  CurlHandle handle = MakeCurlHandle(settings_);
  if (handle == nullptr) return handle;
  curl_easy_setopt(handle.get(), CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::OnClose);
  curl_easy_setopt(handle.get(), CURLOPT_CLOSESOCKETDATA, this);
  return handle;
}

void CurlLoop::FinishDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    if (const auto closed = closing_.extract(message->easy_handle); !closed.empty()) {
      curl_multi_remove_handle(multi_.get(), closed.key());
      pool_.GiveBack(std::move(closed.mapped().label));
      spare_closing_.push_back(std::move(closed.mapped().handle));
      continue;
    }
    char* job = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &job);
    FinishTransfer(*reinterpret_cast<Job*>(job), message->data.result);
  }
}

void CurlLoop::CloseEnded(Instant now) {
  if (!pool_.any_ended()) return;
  if (!close_.has_value()) close_ = now + absl::ToChronoNanoseconds(limits::kEndedConnection);
  if (*close_ <= now) {
    pool_.AgeEnded();
    close_ = now + absl::ToChronoNanoseconds(limits::kEndedConnection);
  }
  while (closing_.size() < kMostClosing) {
    auto label = pool_.TakeEnded();
    if (label == nullptr) break;
    CurlHandle handle;
    if (spare_closing_.empty()) {
      handle = MakeClosingHandle();
    } else {
      handle = std::move(spare_closing_.back());
      spare_closing_.pop_back();
    }
    if (handle == nullptr) return pool_.GiveBack(std::move(label));  // libcurl finds it some time
    CURL* const curl = handle.get();
    SetClosing(curl, label->connect_to.get(), label->endpoint->target.port);
    if (curl_multi_add_handle(multi_.get(), curl) != CURLM_OK) return pool_.GiveBack(std::move(label));
    closing_[curl] = {.label = std::move(label), .handle = std::move(handle)};
  }
  if (!pool_.any_ended()) close_.reset();
}

void CurlLoop::FinishTransfer(Job& job, CURLcode code) {
  if (code != CURLE_OK && job.connection != nullptr && job.connection->socket >= 0) {
    job.connection->cut |= pulse_.WasCut(job.connection->socket);
  }
  const bool cut = code != CURLE_OK && job.connection != nullptr && job.connection->cut;
  if (code != CURLE_OK && job.transfer->WantsSocket() && job.sends < 2 && !cut) {
    // libcurl has no connection for it, or the one it had has ended without an answer.
    Detach(job);
    SetDeadline(job, job.ConnectDeadline(std::chrono::steady_clock::now()));
    return LookUp(job);
  }
  if (job.transfer->PassedProxy(code)) options_.evidence->NoteProxyPassed();
  if (code == CURLE_OK) options_.evidence->NoteConnected();
  // A connection that failed a request is not to be trusted with another, nor are those beside it if it
  // failed in silence: a forwarder may pass nothing on any more.
  if (job.connection != nullptr && code != CURLE_OK) {
    pool_.Retire(job.connection);
    if (job.reused && code == CURLE_OPERATION_TIMEDOUT) pool_.RetireIdle(job.endpoint);
  } else if (job.connection != nullptr) {
    job.connection->multiplexed |= options_.http2 && job.transfer->IsHttp2();
  }
  if (code != CURLE_OK && job.transfer->WantsSocket()) code = CURLE_HTTP2_STREAM;  // refused twice
  HttpResult result = job.transfer->Finish(code, job.limit, options_.evidence->proxy_works());
  if (job.connected > job.begun && !job.reused) {
    result.name_lookup = absl::FromChrono(job.looked_up - job.connecting_since);
    result.connect = absl::FromChrono(job.connected - job.looked_up);
  }
  if (cut) {
    result.error = "the endpoint sent too much data: hookd closed the connection";
    result.failure = HttpFailure::kProtocol;
    result.fault = HttpFault::kEndpoint;
    result.abusive = true;
  }
  Finish(job, std::move(result));
}

void CurlLoop::FinishOverdue() {
  const Instant now = std::chrono::steady_clock::now();
  while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
    Job& job = *deadlines_.begin()->second;
    if (job.in_libcurl && (job.sends > 0 || !WasLateFor(job))) {
      FinishTransfer(job, CURLE_OPERATION_TIMEDOUT);
    } else {
      Finish(job, Overdue(job));
    }
  }
}

bool CurlLoop::WasLateFor(const Job& job) const {
  return absl::Nanoseconds(late_ns_ - job.late_ns) > job.limit / 4;
}

HttpResult CurlLoop::Overdue(Job& job) {
  const std::string limit = absl::FormatDuration(job.limit);
  if (WasLateFor(job)) {
    return ErrorResult(absl::StrCat("hookd was too busy to send within ", limit), HttpFailure::kResources,
                       HttpFault::kHookd);
  }
  if (proxy_.has_value()) {
    return ErrorResult(absl::StrCat("could not reach the egress proxy within ", limit), HttpFailure::kProxy,
                       HttpFault::kHookd);
  }
  if (job.looking_up) {
    const bool ours = options_.names->saturated() || !options_.names->AnswersSince(job.connecting_since);
    return ErrorResult(absl::StrCat("could not resolve the host name within ", limit), HttpFailure::kResolve,
                       ours ? HttpFault::kHookd : HttpFault::kEndpoint);
  }
  return ErrorResult(absl::StrCat("timed out after ", limit, ": no connection"), HttpFailure::kTimeout,
                     HttpFault::kEndpoint);
}

void CurlLoop::Detach(Job& job) {
  if (job.looking_up) {
    // Those that come later join the lookup that is under way.
    looking_up_.at(job.Target(proxy_).host).erase(&job);
    job.looking_up = false;
  }
  if (job.race != nullptr) connector_.Cancel(std::exchange(job.race, nullptr));
  if (std::exchange(job.in_libcurl, false)) {
    // libcurl may read, to end TLS.
    pulse_.BeginCall(job.connection == nullptr ? -1 : job.connection->socket);
    curl_multi_remove_handle(multi_.get(), job.transfer->handle());  // libcurl's message goes with it
    pulse_.EndCall();
  }
  if (job.transfer != nullptr) {
    if (const int socket = job.transfer->TakeSocket(); socket >= 0) Close(socket);
  }
  if (job.connection != nullptr) {
    if (job.transfer->WantsSocket()) pool_.Retire(job.connection);
    const int socket = job.connection->socket;
    pool_.Release(std::exchange(job.connection, nullptr), std::chrono::steady_clock::now());
    const auto found = sockets_.find(socket);
    if (found == sockets_.end()) return;
    found->second.events_to_check = limits::kUncheckedEvents;
    // One that was answered too fast for libcurl to want to hear of it is not watched yet.
    if (found->second.events != 0 || !found->second.idle) return;
    if (Watch(socket, kLibcurls, EPOLLIN)) found->second.events = EPOLLIN;
  }
}

void CurlLoop::Finish(Job& job, HttpResult result) {
  if (job.sends > 0 && !job.in_libcurl && result.fault == HttpFault::kHookd && !ending_) {
    // It was sent by a kept connection, which ended, and the endpoint may have taken it.
    result = ErrorResult("the connection was closed before a response", HttpFailure::kBroken,
                         HttpFault::kEndpoint);
  }
  Detach(job);
  if (job.endpoint != nullptr) pool_.Leave(job.endpoint);
  const Instant now = std::chrono::steady_clock::now();
  result.total = absl::FromChrono(now - job.begun);
  if (job.transfer != nullptr) {
    CurlHandle handle = job.transfer->TakeHandle();
    if (handle != nullptr && spare_.size() < kMostSpareHandles) spare_.push_back(std::move(handle));
  }
  deadlines_.erase({job.deadline, &job});
  const auto found = jobs_.find(&job);
  const std::unique_ptr<Job> ended = std::move(found->second);
  jobs_.erase(found);
  if (jobs_.empty()) idle_since_ = now;
  ended->done(std::move(result));
}

void CurlLoop::SetDeadline(Job& job, Instant deadline) {
  if (job.deadline == deadline) return;
  if (job.deadline != Instant()) deadlines_.erase({job.deadline, &job});
  job.deadline = deadline;
  deadlines_.insert({deadline, &job});
}

void CurlLoop::Sweep(Instant now) {
  pool_.Sweep(now);
  sweep_.reset();
  if (sockets_.empty()) return;
  sweep_ = now + Job::SweepInterval(options_.idle_connection);
  if (!proxy_.has_value() || !jobs_.empty()) return;
  if (now - idle_since_ < absl::ToChronoNanoseconds(options_.idle_connection)) return;
  // libcurl closes a connection by the proxy that has ended only when it looks for one.
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
    // What has been sent may have been taken: it is not for hookd to send it again.
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
    broken_ = code;  // tried again with the next turn
  } else {
    multi_ = std::move(fresh);
  }
}

void CurlLoop::EndAll() {
  // Nothing is waited for any more. libcurl would tell of sockets it has closed, whose numbers others may
  // have by then.
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
  ending_ = true;
  // So that libcurl has nothing to read while it closes them.
  for (const auto& [number, socket] : sockets_) shutdown(number, SHUT_RDWR);
  while (!jobs_.empty()) Finish(*jobs_.begin()->first, ShuttingDown());
}

// --- Sockets ---

bool CurlLoop::Watch(int socket, uint32_t kind, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = uint64_t{kind} << 32 | static_cast<uint32_t>(socket);
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, socket, &event) == 0) return true;
  return errno == EEXIST && epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket, &event) == 0;
}

int CurlLoop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  // Whatever happens here, it concerns one socket: an error returned would break the handle for all.
  auto* loop = static_cast<CurlLoop*>(self);
  uint32_t events = 0;
  if (what != CURL_POLL_REMOVE) {
    events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
  }
  const auto found = loop->sockets_.find(socket);
  if (found == loop->sockets_.end()) {
    // None of the loop's, which no version of libcurl that is known has.
    if (events == 0) {
      epoll_ctl(loop->epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    } else {
      loop->Watch(socket, kLibcurls, events);
    }
    return 0;
  }
  Socket& known = found->second;
  known.idle = events == 0;  // the next request on it mostly wants the same
  if (known.idle || known.events == events) return 0;
  epoll_event event = {};
  event.events = events;
  event.data.u64 = static_cast<uint32_t>(socket);
  const int how = known.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (epoll_ctl(loop->epoll_.get(), how, socket, &event) != 0 && !loop->Watch(socket, kLibcurls, events)) {
    events = 0;  // its requests end at their timeouts
  }
  known.events = events;
  return 0;
}

bool CurlLoop::LeaveIfIdle(int number) {
  const auto found = sockets_.find(number);
  if (found == sockets_.end() || !found->second.idle) return false;
  Socket& socket = found->second;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, number, nullptr);
  socket.events = 0;
  // A peer that speaks without being asked ends the connection, or would be taken to answer the next request;
  // by HTTP/2 it may.
  char byte;
  if (socket.connection != nullptr && socket.connection->requests == 0 &&
      !(socket.connection->multiplexed && recv(number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0)) {
    pool_.Retire(socket.connection);
  }
  return true;
}

int CurlLoop::Close(int socket) {
  const auto found = sockets_.find(socket);
  if (found != sockets_.end()) {
    ConnectionPool::Connection* const connection = found->second.connection;
    sockets_.erase(found);
    connections_ = static_cast<int64_t>(sockets_.size());
    const bool cut = pulse_.Close(socket, *options_.reserve);
    if (connection != nullptr) connection->cut |= cut;
    if (connection != nullptr) pool_.Closed(connection);
  } else {
    pulse_.Close(socket, *options_.reserve);
  }
  return 0;
}

int CurlLoop::OnClose(void* self, curl_socket_t socket) {
  return static_cast<CurlLoop*>(self)->Close(socket);
}

int CurlLoop::OnTimer(CURLM*, long milliseconds, void* self) {
  auto* loop = static_cast<CurlLoop*>(self);
  if (milliseconds < 0) {
    loop->timer_.reset();
  } else {
    loop->timer_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(milliseconds);
  }
  return 0;
}

}  // namespace hookd
