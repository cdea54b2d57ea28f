#include "tests/support/dns_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"
#include "tests/support/dns_message.h"

namespace hookd {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMaxConnections = 64;
constexpr size_t kMaxDelayed = 65536;
constexpr size_t kMaxMessageBytes = 65535;
constexpr int kReceiveBufferBytes = 4 << 20;

// A test cannot go on without its name server.
void Check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "dns_server: %s: %s\n", what, std::strerror(errno));
  std::abort();
}

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

// The thread and its sockets. All but the constructor, the destructor and port() belongs to the thread.
class DnsServer::Loop {
 public:
  explicit Loop(DnsServer* server) : server_(server), stop_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    Check(stop_ >= 0, "making an eventfd");
    // A UDP port that is free may be taken as a TCP port.
    while (!Bind()) {
    }
    const int size = kReceiveBufferBytes;
    setsockopt(udp_, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
    thread_ = std::thread([this] { Run(); });
  }

  ~Loop() {
    Check(eventfd_write(stop_, 1) == 0, "stopping");
    thread_.join();
    for (const auto& [descriptor, connection] : connections_) close(descriptor);
    for (int descriptor : {udp_, tcp_, stop_}) close(descriptor);
  }

  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  int port() const { return port_; }

 private:
  struct Connection {
    std::string input;
    uint64_t number = 0;  // descriptors are used again, numbers are not
  };

  struct Delayed {
    std::string bytes;
    sockaddr_in to = {};
    int connection = -1;  // over TCP
    uint64_t number = 0;
  };

  bool Bind() {
    udp_ = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    tcp_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    Check(udp_ >= 0 && tcp_ >= 0, "making sockets");
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    Check(bind(udp_, generic, size) == 0 && getsockname(udp_, generic, &size) == 0, "binding");
    if (bind(tcp_, generic, size) == 0 && listen(tcp_, kMaxConnections) == 0) {
      port_ = ntohs(address.sin_port);
      return true;
    }
    Check(errno == EADDRINUSE, "listening");
    close(udp_);
    close(tcp_);
    return false;
  }

  void Run() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    while (true) {
      std::vector<pollfd> waited = {{stop_, POLLIN, 0}, {udp_, POLLIN, 0}, {tcp_, POLLIN, 0}};
      for (const auto& [descriptor, connection] : connections_) waited.push_back({descriptor, POLLIN, 0});
      const int count = poll(waited.data(), waited.size(), Timeout());
      Check(count >= 0 || errno == EINTR, "waiting for queries");
      if (waited[0].revents != 0) return;
      if (waited[1].revents != 0) ReadDatagrams();
      if (waited[2].revents != 0) Accept();
      for (size_t i = 3; i < waited.size(); ++i) {
        if (waited[i].revents != 0) ReadConnection(waited[i].fd);
      }
      SendDelayed();
    }
  }

  // Milliseconds to the next delayed answer, rounded up, or -1 for ever.
  int Timeout() const {
    if (delayed_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(delayed_.begin()->first - Clock::now());
    return static_cast<int>(std::clamp<int64_t>(left.count(), 0, 60000));
  }

  void ReadDatagrams() {
    char buffer[4096];
    Delayed answer;
    socklen_t size = sizeof(answer.to);
    ssize_t n = 0;
    while ((n = recvfrom(udp_, buffer, sizeof(buffer), 0, reinterpret_cast<sockaddr*>(&answer.to), &size)) >
           0) {
      Receive(absl::string_view(buffer, static_cast<size_t>(n)), answer);
    }
  }

  void Receive(absl::string_view message, Delayed answer) {
    const bool tcp = answer.connection >= 0;
    auto response = server_->Respond(message, tcp);
    if (!response.has_value() || delayed_.size() >= kMaxDelayed) return;
    answer.bytes = std::move(response->bytes);
    if (response->delay == absl::ZeroDuration()) return Send(answer);
    delayed_.emplace(Clock::now() + absl::ToChronoNanoseconds(response->delay), std::move(answer));
  }

  void Accept() {
    const int accepted = accept4(tcp_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) return;
    if (connections_.size() >= kMaxConnections) {
      close(accepted);
    } else {
      connections_[accepted].number = ++accepted_;
    }
  }

  void ReadConnection(int descriptor) {
    Connection& connection = connections_[descriptor];
    char buffer[4096];
    const ssize_t n = recv(descriptor, buffer, sizeof(buffer), 0);
    if (n <= 0) {
      connections_.erase(descriptor);
      close(descriptor);
      return;
    }
    std::string& input = connection.input;
    input.append(buffer, static_cast<size_t>(n));
    while (input.size() >= 2) {
      const size_t length =
          static_cast<unsigned char>(input[0]) * size_t{256} + static_cast<unsigned char>(input[1]);
      if (input.size() < 2 + length) break;
      Receive(absl::string_view(input).substr(2, length),
              {.bytes = {}, .connection = descriptor, .number = connection.number});
      input.erase(0, 2 + length);
    }
  }

  void SendDelayed() {
    while (!delayed_.empty() && delayed_.begin()->first <= Clock::now()) {
      Send(delayed_.begin()->second);
      delayed_.erase(delayed_.begin());
    }
  }

  // What the network does not take at once is lost, as DNS allows.
  void Send(const Delayed& answer) {
    if (answer.connection < 0) {
      sendto(udp_, answer.bytes.data(), answer.bytes.size(), 0, reinterpret_cast<const sockaddr*>(&answer.to),
             sizeof(answer.to));
      return;
    }
    const auto found = connections_.find(answer.connection);
    if (found == connections_.end() || found->second.number != answer.number) return;
    const size_t size = std::min(answer.bytes.size(), kMaxMessageBytes);
    const std::string framed =
        absl::StrCat(std::string{static_cast<char>(size >> 8), static_cast<char>(size & 255)}, answer.bytes);
    send(answer.connection, framed.data(), framed.size(), MSG_NOSIGNAL);
  }

  DnsServer* const server_;
  const int stop_;
  int udp_ = -1;
  int tcp_ = -1;
  int port_ = 0;
  uint64_t accepted_ = 0;
  std::map<int, Connection> connections_;  // by socket
  std::multimap<Clock::time_point, Delayed> delayed_;
  std::thread thread_;
};

DnsServer::DnsServer() : loop_(std::make_unique<Loop>(this)) {}

DnsServer::~DnsServer() = default;

int DnsServer::port() const { return loop_->port(); }

std::string DnsServer::address() const { return absl::StrCat("127.0.0.1:", port()); }

void DnsServer::Set(const std::string& name, Name behaviour) {
  absl::MutexLock lock(&mutex_);
  names_[name] = std::move(behaviour);
}

void DnsServer::SetSilent(bool silent) {
  absl::MutexLock lock(&mutex_);
  silent_ = silent;
}

int DnsServer::queries(const std::string& name) const {
  absl::MutexLock lock(&mutex_);
  const auto found = queries_.find(name);
  return found == queries_.end() ? 0 : found->second;
}

int DnsServer::total_queries() const {
  absl::MutexLock lock(&mutex_);
  return total_queries_;
}

bool DnsServer::WaitForQueries(const std::string& name, int n, absl::Duration timeout) const {
  absl::MutexLock lock(&mutex_);
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    const auto found = queries_.find(name);
    return found != queries_.end() && found->second >= n;
  };
  return mutex_.AwaitWithTimeout(absl::Condition(&enough), timeout);
}

std::optional<DnsServer::Response> DnsServer::Respond(absl::string_view message, bool tcp) {
  std::optional<dns::Query> query = dns::ParseQuery(message);
  if (!query.has_value()) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  ++queries_[query->name];
  ++total_queries_;
  if (silent_) return std::nullopt;
  dns::Answer answer;
  if (query->name.empty()) {
    if (query->type == dns::kNs) answer.data = {std::string("\1a\4test\0", 8)};
    return Response{dns::Serialize(*query, answer), absl::ZeroDuration()};
  }
  const auto found = names_.find(query->name);
  if (found == names_.end()) {
    answer.code = dns::kNoSuchName;
    return Response{dns::Serialize(*query, answer), absl::ZeroDuration()};
  }
  const Name& name = found->second;
  const auto& of_type = query->type == dns::kA ? name.reply_to_a : name.reply_to_aaaa;
  const bool address = query->type == dns::kA || query->type == dns::kAaaa;
  const Reply reply = address ? of_type.value_or(name.reply) : name.reply;
  answer.ttl_seconds = name.ttl_seconds;
  if (address) {
    for (const std::string& text : query->type == dns::kA ? name.a : name.aaaa) {
      answer.data.push_back(dns::AddressData(text, query->type));
    }
  }
  switch (reply) {
    case Reply::kAnswer:
      break;
    case Reply::kNoName:
    case Reply::kNoData:
    case Reply::kFailure:
    case Reply::kRefused:
      answer.data.clear();
      if (reply == Reply::kNoName) answer.code = dns::kNoSuchName;
      if (reply == Reply::kFailure) answer.code = dns::kServerFailure;
      if (reply == Reply::kRefused) answer.code = dns::kRefused;
      break;
    case Reply::kSilence:
      return std::nullopt;
    case Reply::kTruncated:
      if (tcp) break;
      answer.truncated = true;
      answer.data.clear();
      break;
    case Reply::kGarbage:
      return Response{absl::StrCat(message.substr(0, 2), std::string(40, '\xff')), name.delay};
    case Reply::kWrongId:
      ++query->id;
      break;
  }
  return Response{dns::Serialize(*query, answer), name.delay};
}

}  // namespace hookd
