#include "tests/bench/drive/http_client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace hookd::bench {
namespace {

[[noreturn]] void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

int Connect(const std::string& address) {
  const size_t colon = address.rfind(':');
  int port = 0;
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  if (!absl::SimpleAtoi(address.substr(colon + 1), &port) ||
      inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) != 1) {
    Die("the address of the HTTP server");
  }
  to.sin_port = htons(static_cast<uint16_t>(port));
  const int socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof(to)) != 0) Die("connect");
  const int on = 1;
  setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return socket_;
}

void Watch(int epoll, int descriptor, void* data) {
  epoll_event event = {};
  event.events = EPOLLIN;
  event.data.ptr = data;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

// The value of Content-Length; -1 if there is none.
int64_t LengthOf(absl::string_view head) {
  constexpr absl::string_view kName = "\r\nContent-Length: ";
  const size_t at = head.find(kName);
  if (at == absl::string_view::npos) return -1;
  const absl::string_view rest = head.substr(at + kName.size());
  int64_t length = -1;
  return absl::SimpleAtoi(rest.substr(0, rest.find('\r')), &length) ? length : -1;
}

}  // namespace

HttpClient::HttpClient(const std::string& address)
    : address_(address), epoll_(epoll_create1(EPOLL_CLOEXEC)), stop_(eventfd(0, EFD_CLOEXEC)) {
  Watch(epoll_, stop_, nullptr);
  thread_ = std::thread([this] { Run(); });
}

HttpClient::~HttpClient() {
  eventfd_write(stop_, 1);
  thread_.join();
  const absl::MutexLock lock(&mutex_);
  for (const auto& connection : connections_) {
    if (connection->socket >= 0) close(connection->socket);
  }
  for (const int descriptor : {epoll_, stop_}) close(descriptor);
}

HttpClient::Connection* HttpClient::TakeConnection() {
  {
    const absl::MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      Connection* const connection = idle_.back();
      idle_.pop_back();
      return connection;
    }
  }
  auto created = std::make_unique<Connection>();
  Connection* const connection = created.get();
  connection->socket = Connect(address_);
  Watch(epoll_, connection->socket, connection);
  const absl::MutexLock lock(&mutex_);
  connections_.push_back(std::move(created));
  return connection;
}

void HttpClient::Post(absl::string_view path, absl::string_view body, OnResponse on_response) {
  Connection* const connection = TakeConnection();
  connection->on_response = std::move(on_response);
  const std::string request = absl::StrCat(
      "POST ", path, " HTTP/1.1\r\nHost: ", address_,
      "\r\nUser-Agent: hookd-bench\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: ",
      body.size(), "\r\n\r\n", body);
  for (size_t sent = 0; sent < request.size();) {
    const ssize_t count =
        send(connection->socket, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) Die("send");
    sent += static_cast<size_t>(count);
  }
}

void HttpClient::Run() {
  std::array<epoll_event, 256> events;
  while (true) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), -1);
    for (int i = 0; i < count; ++i) {
      if (events[static_cast<size_t>(i)].data.ptr == nullptr) return;
      Read(*static_cast<Connection*>(events[static_cast<size_t>(i)].data.ptr));
    }
  }
}

void HttpClient::Read(Connection& connection) {
  std::array<char, 65536> buffer;
  const ssize_t got = recv(connection.socket, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) {
    close(std::exchange(connection.socket, -1));
    if (connection.on_response != nullptr) std::exchange(connection.on_response, nullptr)(0, "");
    return;
  }
  connection.received.append(buffer.data(), static_cast<size_t>(got));
  const absl::string_view all = connection.received;
  const size_t end = all.find("\r\n\r\n");
  if (end == absl::string_view::npos) return;
  const int64_t length = LengthOf(all.substr(0, end));
  if (length < 0 || all.size() < end + 4 + static_cast<size_t>(length)) return;
  int status = 0;
  constexpr size_t kStatusAt = 9;  // after the version
  (void)absl::SimpleAtoi(all.substr(kStatusAt, 3), &status);
  Finish(connection, status, all.substr(end + 4));
}

void HttpClient::Finish(Connection& connection, int status, absl::string_view body) {
  const std::string received = std::exchange(connection.received, std::string());
  const OnResponse on_response = std::exchange(connection.on_response, nullptr);
  {
    // First, because the response may begin the next request.
    const absl::MutexLock lock(&mutex_);
    idle_.push_back(&connection);
  }
  on_response(status, body);
}

}  // namespace hookd::bench
