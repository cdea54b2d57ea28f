#include "http/curl_loop.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdint>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/thread_name.h"
#include "http/curl_error.h"

namespace hookd {
namespace {

constexpr int kMaxEventsAtOnce = 128;

// Each holds some 25 KiB. More than a busy loop begins before it has finished others.
constexpr size_t kMostSpareHandles = 64;

HttpResult ErrorResult(std::string error, HttpFailure failure = HttpFailure::kOther) {
  HttpResult result;
  result.error = std::move(error);
  result.failure = failure;
  return result;
}

HttpResult ShuttingDown() { return ErrorResult("hookd is shutting down"); }

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
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      share_(curl_share_init()),
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
    return absl::ResourceExhaustedError("the HTTP client got no descriptors or no memory from the system");
  }
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = wake_.get();
  if (epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) != 0) {
    return absl::ResourceExhaustedError("the HTTP client cannot watch descriptors");
  }
  // One thread uses the share, so that it needs no locks.
  curl_share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
  try {
    thread_ = std::thread([this] { Run(); });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("the HTTP client got no thread: ", error.what()));
  }
  return absl::OkStatus();
}

CurlLoop::~CurlLoop() {
  Stop();
  Join();
}

void CurlLoop::Send(HttpRequest request, CurlTransfer::Done done) {
  bool wake;
  {
    absl::MutexLock lock(&mutex_);
    wake = inbox_.empty();
    inbox_.push_back({std::move(request), std::move(done)});
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
  // A peer that closes while OpenSSL writes must not end the process.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<Waiting> begun;
  while (true) {
    Wait();
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) break;
      begun.swap(inbox_);
    }
    for (Waiting& waiting : begun) Begin(std::move(waiting));
    begun.clear();
    FinishDone();
    FinishOverdue();
    CloseIdle();
  }
  EndAll();
  while (EndInbox()) {
  }
}

int CurlLoop::MillisecondsToTimer() const {
  auto next = std::chrono::steady_clock::time_point::max();
  if (timer_.has_value()) next = *timer_;
  if (!first_byte_deadlines_.empty()) next = std::min(next, first_byte_deadlines_.begin()->first);
  if (idle_until_.has_value()) next = std::min(next, *idle_until_);
  if (next == std::chrono::steady_clock::time_point::max()) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(next - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
}

void CurlLoop::Wait() {
  std::array<epoll_event, kMaxEventsAtOnce> events;
  const int count = epoll_wait(epoll_.get(), events.data(), kMaxEventsAtOnce, MillisecondsToTimer());
  int running = 0;
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[i];
    if (event.data.fd == wake_.get()) {
      eventfd_t value;
      eventfd_read(wake_.get(), &value);
      continue;
    }
    if (LeaveIfIdle(event.data.fd)) continue;
    // Of an error libcurl learns by using the socket. Told of it with CURL_CSELECT_ERR, it would fail a
    // request on a kept connection that was reset, rather than send it again.
    const bool broken = event.events & (EPOLLERR | EPOLLHUP);
    int what = 0;
    if (broken || event.events & EPOLLIN) what |= CURL_CSELECT_IN;
    if (broken || event.events & EPOLLOUT) what |= CURL_CSELECT_OUT;
    // One that an earlier event of these closed is unknown to libcurl, which does no harm.
    curl_multi_socket_action(multi_.get(), event.data.fd, what, &running);
  }
  if (timer_.has_value() && *timer_ <= std::chrono::steady_clock::now()) {
    timer_.reset();  // OnTimer sets it anew
    curl_multi_socket_action(multi_.get(), CURL_SOCKET_TIMEOUT, 0, &running);
  }
}

void CurlLoop::Begin(Waiting waiting) {
  if (!options_.proxy.empty() && !options_.egress.CheckUrl(waiting.request.url).ok()) {
    return waiting.done(ErrorResult(kEgressNotAllowed, HttpFailure::kBlocked));
  }
  CurlHandle handle = TakeHandle();
  if (handle == nullptr) {
    waiting.done(ErrorResult("out of memory"));
    return;
  }
  CURL* const key = handle.get();
  auto transfer = std::make_unique<CurlTransfer>(
      std::move(handle), std::move(waiting.request), std::move(waiting.done), options_.max_body_bytes,
      &first_byte_deadlines_, options_.proxy.empty() ? &options_.egress : nullptr);
  if (const CURLMcode code = curl_multi_add_handle(multi_.get(), key); code != CURLM_OK) {
    transfer->TakeDone()(ErrorResult(absl::StrCat("the request failed: ", curl_multi_strerror(code))));
    return;
  }
  under_way_.emplace(key, std::move(transfer));
}

CurlHandle CurlLoop::TakeHandle() {
  if (!spare_.empty()) {
    CurlHandle handle = std::move(spare_.back());
    spare_.pop_back();
    return handle;
  }
  CurlHandle handle = MakeCurlHandle(options_.ca_file, options_.proxy, share_.get());
  if (handle != nullptr) FollowSockets(handle.get());
  return handle;
}

void CurlLoop::FinishDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg == CURLMSG_DONE) Finish(message->easy_handle, message->data.result);
  }
}

void CurlLoop::FinishOverdue() {
  while (!first_byte_deadlines_.empty() &&
         first_byte_deadlines_.begin()->first <= std::chrono::steady_clock::now()) {
    Finish(first_byte_deadlines_.begin()->second, CURLE_OPERATION_TIMEDOUT);
  }
}

void CurlLoop::Finish(CURL* key, CURLcode code) {
  HttpResult result;
  CurlTransfer::Done done;
  {
    const auto it = under_way_.find(key);
    const std::unique_ptr<CurlTransfer> transfer = std::move(it->second);
    under_way_.erase(it);
    result = transfer->Finish(code);
    done = transfer->TakeDone();
    curl_multi_remove_handle(multi_.get(), key);  // libcurl's message goes with it
    CurlHandle handle = transfer->TakeHandle();
    if (handle != nullptr && spare_.size() < kMostSpareHandles) spare_.push_back(std::move(handle));
  }
  if (under_way_.empty()) {
    idle_until_ = std::chrono::steady_clock::now() + absl::ToChronoNanoseconds(options_.idle_connection);
  }
  done(std::move(result));
}

void CurlLoop::CloseIdle() {
  if (!idle_until_.has_value()) return;
  if (!under_way_.empty()) {
    idle_until_.reset();
  } else if (*idle_until_ <= std::chrono::steady_clock::now()) {
    // libcurl closes a connection that is too old only when it looks for one to the same host.
    idle_until_.reset();
    timer_.reset();
    spare_.clear();
    if (auto fresh = MakeMulti()) multi_ = std::move(fresh);
  }
}

void CurlLoop::EndAll() {
  // Nothing is waited for any more. libcurl would tell of sockets it has closed, whose numbers others may
  // have by then.
  curl_multi_setopt(multi_.get(), CURLMOPT_SOCKETFUNCTION, nullptr);
  auto ended = std::exchange(under_way_, {});
  for (auto& [key, transfer] : ended) {
    curl_multi_remove_handle(multi_.get(), key);
    transfer->TakeDone()(ShuttingDown());
  }
}

int CurlLoop::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void* known) {
  auto* loop = static_cast<CurlLoop*>(self);
  const auto found = loop->sockets_.find(socket);
  // Others are those by which libcurl learns of names that were looked up: it closes them by itself.
  Socket* const connection = found != loop->sockets_.end() ? &found->second : nullptr;
  if (what == CURL_POLL_REMOVE) {
    if (connection != nullptr) {
      connection->idle = true;  // the next request on it mostly wants the same
    } else {
      epoll_ctl(loop->epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
    }
    return 0;
  }
  epoll_event event = {};
  event.data.fd = socket;
  if (what & CURL_POLL_IN) event.events |= EPOLLIN;
  if (what & CURL_POLL_OUT) event.events |= EPOLLOUT;
  bool watched = known != nullptr;
  if (connection != nullptr) {
    connection->idle = false;
    if (connection->events == event.events) return 0;
    watched = connection->events != 0;
    connection->events = event.events;
  } else if (!watched) {
    curl_multi_assign(loop->multi_.get(), socket, loop);
  }
  return epoll_ctl(loop->epoll_.get(), watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
}

bool CurlLoop::LeaveIfIdle(curl_socket_t socket) {
  const auto found = sockets_.find(socket);
  if (found == sockets_.end() || !found->second.idle) return false;
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket, nullptr);
  found->second.events = 0;
  return true;
}

void CurlLoop::FollowSockets(CURL* handle) {
  curl_easy_setopt(handle, CURLOPT_SOCKOPTFUNCTION, &CurlLoop::OnOpened);
  curl_easy_setopt(handle, CURLOPT_SOCKOPTDATA, this);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETFUNCTION, &CurlLoop::OnClose);
  curl_easy_setopt(handle, CURLOPT_CLOSESOCKETDATA, this);
}

int CurlLoop::OnOpened(void* self, curl_socket_t socket, curlsocktype) {
  auto* loop = static_cast<CurlLoop*>(self);
  loop->sockets_[socket] = {};
  loop->connections_ = static_cast<int64_t>(loop->sockets_.size());
  ++loop->connections_opened_;
  return CURL_SOCKOPT_OK;
}

int CurlLoop::OnClose(void* self, curl_socket_t socket) {
  auto* loop = static_cast<CurlLoop*>(self);
  loop->sockets_.erase(socket);
  loop->connections_ = static_cast<int64_t>(loop->sockets_.size());
  return close(socket);
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
