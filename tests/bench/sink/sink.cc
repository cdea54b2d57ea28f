#include "tests/bench/sink/sink.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

namespace hookd::bench {
namespace {

constexpr int64_t kSlowNanoseconds = 1'000'000'000;
constexpr absl::string_view kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

void Watch(int epoll, int descriptor) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

int64_t NowNanoseconds() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1'000'000'000} + now.tv_nsec;
}

Sink::Sink(OnRequest on_request, int port) : on_request_(std::move(on_request)) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 4096) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    std::perror("the sink cannot listen");
    std::exit(1);
  }
  port_ = ntohs(address.sin_port);
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  stop_ = eventfd(0, EFD_CLOEXEC);
  Watch(epoll_, listener_);
  Watch(epoll_, stop_);
  thread_ = std::thread([this] { Run(); });
}

Sink::~Sink() {
  eventfd_write(stop_, 1);
  thread_.join();
  for (const auto& [connection, bytes] : partial_) close(connection);
  for (const int descriptor : {listener_, epoll_, stop_}) close(descriptor);
}

void Sink::Run() {
  std::array<epoll_event, 256> events;
  while (true) {
    const int wait = late_.empty() ? -1 : 10;
    const int count = epoll_wait(epoll_, events.data(), events.size(), wait);
    for (int i = 0; i < count; ++i) {
      const int descriptor = events[i].data.fd;
      if (descriptor == stop_) return;
      if (descriptor == listener_) {
        Accept();
      } else {
        Read(descriptor);
      }
    }
    AnswerLate();
  }
}

void Sink::Accept() {
  while (true) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (connection < 0) return;
    const int on = 1;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    partial_[connection];
    Watch(epoll_, connection);
  }
}

void Sink::Read(int connection) {
  std::array<char, 65536> buffer;
  const ssize_t got = read(connection, buffer.data(), buffer.size());
  if (got <= 0) {
    partial_.erase(connection);
    close(connection);
    return;
  }
  std::string& bytes = partial_[connection];
  bytes.append(buffer.data(), static_cast<size_t>(got));
  while (Take(connection, bytes)) {
  }
}

bool Sink::Take(int connection, std::string& bytes) {
  const absl::string_view all(bytes.data(), bytes.size());
  const size_t end = all.find("\r\n\r\n");
  if (end == absl::string_view::npos) return false;
  const absl::string_view head = all.substr(0, end);
  constexpr absl::string_view kLength = "Content-Length: ";
  const size_t at = head.find(kLength);
  size_t length = 0;
  if (at != absl::string_view::npos) {
    const absl::string_view rest = head.substr(at + kLength.size());
    (void)absl::SimpleAtoi(rest.substr(0, rest.find('\r')), &length);
  }
  if (all.size() < end + 4 + length) return false;
  requests_.fetch_add(1, std::memory_order_relaxed);
  if (absl::StartsWith(head, "POST /slow")) {
    late_.push_back({.due = NowNanoseconds() + kSlowNanoseconds, .connection = connection});
  } else if (!absl::StartsWith(head, "POST /hung")) {
    if (on_request_ != nullptr) on_request_(all.substr(end + 4, length));
    Answer(connection);
  }
  bytes.erase(0, end + 4 + length);
  return true;
}

void Sink::Answer(int connection) { (void)!write(connection, kAnswer.data(), kAnswer.size()); }

void Sink::AnswerLate() {
  const int64_t now = late_.empty() ? 0 : NowNanoseconds();
  for (; !late_.empty() && late_.front().due <= now; late_.pop_front()) {
    if (partial_.count(late_.front().connection) > 0) Answer(late_.front().connection);
  }
}

}  // namespace hookd::bench
