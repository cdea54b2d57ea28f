#include "tests/support/http_receiver.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <thread>
#include <unordered_map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/support/receiver_connection.h"

namespace hookd {
namespace {

using Clock = ReceiverConnection::Clock;
using TlsContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

constexpr int kBacklog = 4096;
constexpr int kEventsAtOnce = 256;

// A test cannot go on without its receiver.
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "http_receiver: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

TlsContext MakeTlsContext(const TlsOptions* tls) {
  if (tls == nullptr) return {nullptr, &SSL_CTX_free};
  TlsContext context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  Check(context != nullptr, "making a TLS context");
  const std::unique_ptr<BIO, decltype(&BIO_free)> certificate_pem(
      BIO_new_mem_buf(tls->certificate.data(), -1), &BIO_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> key_pem(BIO_new_mem_buf(tls->key.data(), -1), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(
      PEM_read_bio_X509(certificate_pem.get(), nullptr, nullptr, nullptr), &X509_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  Check(certificate != nullptr && key != nullptr, "reading the certificate and its key");
  Check(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1 &&
            SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1,
        "using the certificate and its key");
  if (tls->client_authority.empty()) return context;
  const std::unique_ptr<BIO, decltype(&BIO_free)> authority_pem(
      BIO_new_mem_buf(tls->client_authority.data(), -1), &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> authority(
      PEM_read_bio_X509(authority_pem.get(), nullptr, nullptr, nullptr), &X509_free);
  Check(X509_STORE_add_cert(SSL_CTX_get_cert_store(context.get()), authority.get()) == 1,
        "trusting the clients' authority");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A session is of who showed the certificate.
  const unsigned char context_id = 1;
  Check(SSL_CTX_set_session_id_context(context.get(), &context_id, 1) == 1, "naming the sessions");
  return context;
}

}  // namespace

std::string ReceivedRequest::header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

// The thread and its sockets. All but the constructor, the destructor, port() and tls() belongs to the
// thread.
class HttpReceiver::Loop {
 public:
  Loop(HttpReceiver* receiver, const TlsOptions* tls)
      : receiver_(receiver),
        tls_(MakeTlsContext(tls)),
        listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    Check(listener_ >= 0 && epoll_ >= 0 && stop_ >= 0, "making sockets");
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    Check(bind(listener_, generic, size) == 0 && listen(listener_, kBacklog) == 0 &&
              getsockname(listener_, generic, &size) == 0,
          "listening");
    port_ = ntohs(address.sin_port);
    Watch(EPOLL_CTL_ADD, listener_, false);
    Watch(EPOLL_CTL_ADD, stop_, false);
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    Check(eventfd_write(stop_, 1) == 0, "stopping");
    thread_.join();
    entries_.clear();
    for (int descriptor : {listener_, epoll_, stop_}) close(descriptor);
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  int port() const { return port_; }
  bool tls() const { return tls_ != nullptr; }

 private:
  struct Entry {
    std::unique_ptr<ReceiverConnection> connection;
    bool watches_write = false;
    std::optional<Clock::time_point> timer;  // as it stands in timers_
  };

  void Run() {
    // OpenSSL writes to sockets whose peer has gone; signals of the process are for its other threads.
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);

    epoll_event events[kEventsAtOnce];
    while (true) {
      const int count = epoll_wait(epoll_, events, kEventsAtOnce, Timeout());
      Check(count >= 0 || errno == EINTR, "waiting for events");
      for (int i = 0; i < count; ++i) {
        const int descriptor = events[i].data.fd;
        if (descriptor == stop_) return;
        if (descriptor == listener_) {
          AcceptAll();
        } else {
          Advance(descriptor);
        }
      }
      const Clock::time_point now = Clock::now();
      while (!timers_.empty() && timers_.begin()->first <= now) Advance(timers_.begin()->second);
    }
  }

  // Milliseconds to the next timer, rounded up, or -1 for ever.
  int Timeout() const {
    if (timers_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first - Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60000));
  }

  void Watch(int operation, int descriptor, bool write) const {
    epoll_event event = {};
    event.events = write ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.fd = descriptor;
    Check(epoll_ctl(epoll_, operation, descriptor, &event) == 0, "watching a socket");
  }

  void AcceptAll() {
    while (true) {
      const int accepted = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (accepted < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        Check(errno == EAGAIN, "accepting a connection");
        return;
      }
      // A drip is to leave byte by byte.
      const int on = 1;
      setsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
      Watch(EPOLL_CTL_ADD, accepted, false);
      receiver_->CountConnection();
      entries_[accepted].connection = std::make_unique<ReceiverConnection>(
          accepted, ++accepted_, tls_.get(),
          [this](ReceivedRequest request) { return receiver_->Receive(std::move(request)); });
    }
  }

  void Advance(int descriptor) {
    const auto found = entries_.find(descriptor);
    if (found == entries_.end()) return;  // it ended by an earlier event of this round
    Entry& entry = found->second;
    if (entry.timer.has_value()) timers_.erase({*entry.timer, descriptor});
    if (!entry.connection->Advance()) {
      entries_.erase(found);
      receiver_->CountEnd();
      return;
    }
    entry.timer = entry.connection->wake_time();
    if (entry.timer.has_value()) timers_.insert({*entry.timer, descriptor});
    if (entry.watches_write == entry.connection->wants_write()) return;
    entry.watches_write = !entry.watches_write;
    Watch(EPOLL_CTL_MOD, descriptor, entry.watches_write);
  }

  HttpReceiver* const receiver_;
  const TlsContext tls_;
  const int listener_;
  const int epoll_;
  const int stop_;
  int port_ = 0;
  int accepted_ = 0;
  std::unordered_map<int, Entry> entries_;  // by socket
  std::set<std::pair<Clock::time_point, int>> timers_;
  std::thread thread_;
};

HttpReceiver::HttpReceiver() : loop_(std::make_unique<Loop>(this, nullptr)) {}

HttpReceiver::HttpReceiver(const TlsOptions& tls) : loop_(std::make_unique<Loop>(this, &tls)) {}

HttpReceiver::~HttpReceiver() = default;

std::string HttpReceiver::Url(absl::string_view path) const {
  return absl::StrCat(loop_->tls() ? "https" : "http", "://127.0.0.1:", loop_->port(), path);
}

int HttpReceiver::port() const { return loop_->port(); }

void HttpReceiver::Set(absl::string_view path, Behaviour behaviour) {
  absl::MutexLock lock(&mutex_);
  behaviours_[std::string(path)] = std::move(behaviour);
}

void HttpReceiver::SetDefault(Behaviour behaviour) {
  absl::MutexLock lock(&mutex_);
  default_ = std::move(behaviour);
}

void HttpReceiver::SetNext(Behaviour behaviour) {
  absl::MutexLock lock(&mutex_);
  next_ = std::move(behaviour);
}

std::vector<ReceivedRequest> HttpReceiver::requests() const {
  absl::MutexLock lock(&mutex_);
  return requests_;
}

size_t HttpReceiver::request_count() const {
  absl::MutexLock lock(&mutex_);
  return requests_.size();
}

bool HttpReceiver::WaitForRequests(size_t n, absl::Duration timeout) const {
  const auto enough = [this, n]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return requests_.size() >= n; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
}

int HttpReceiver::connections() const {
  absl::MutexLock lock(&mutex_);
  return connections_;
}

bool HttpReceiver::WaitUntilAllClosed(absl::Duration timeout) const {
  const auto closed = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return open_connections_ == 0; };
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithTimeout(absl::Condition(&closed), timeout);
}

HttpReceiver::Behaviour HttpReceiver::Receive(ReceivedRequest request) {
  absl::MutexLock lock(&mutex_);
  const auto found = behaviours_.find(request.path.substr(0, request.path.find('?')));
  request.time = absl::Now();
  requests_.push_back(std::move(request));
  if (next_.has_value()) return *std::exchange(next_, std::nullopt);
  return found == behaviours_.end() ? default_ : found->second;
}

void HttpReceiver::CountConnection() {
  absl::MutexLock lock(&mutex_);
  ++connections_;
  ++open_connections_;
}

void HttpReceiver::CountEnd() {
  absl::MutexLock lock(&mutex_);
  --open_connections_;
}

}  // namespace hookd
