#include "hookctl/forward_request.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "absl/strings/str_cat.h"

namespace hookctl {
namespace {

// How much of a response is read and discarded to keep the connection, as hookd does.
constexpr size_t kMaxDroppedBytes = size_t{64} * 1024;
// How often a request that should end is shut down: httplib may be about to connect to another address.
constexpr absl::Duration kShutDownInterval = absl::Milliseconds(50);

// httplib has names such as "Connection".
std::string ErrorText(httplib::Error error) {
  switch (error) {
    case httplib::Error::Connection:
    case httplib::Error::ConnectionTimeout:
      return "could not connect: is the program running, and does it listen there?";
    case httplib::Error::Read:
      return "no response: the connection ended, or what arrived is not HTTP";
    case httplib::Error::Write:
      return "no response: the connection ended while the event was sent";
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return "TLS failed: the certificate may not be trusted, or the program does not speak TLS";
    default:
      return absl::StrCat("no response: ", httplib::to_string(error));
  }
}

}  // namespace

ForwardTarget ForwardTargetOf(const std::string& url) {
  const size_t slash = url.find_first_of("/?", url.find("://") + 3);
  if (slash == std::string::npos) return {.origin = url, .path = "/"};
  return {.origin = url.substr(0, slash),
          .path = absl::StrCat(url[slash] == '?' ? "/" : "", url.substr(slash))};
}

// Ends the request in flight at its deadline, or when it is canceled. httplib's timeouts are those of a
// single read or write, and a program that sends a byte now and then never exceeds them.
class ForwardClient::Watchdog {
 public:
  explicit Watchdog(ForwardClient& client) : client_(client), thread_([this] { Run(); }) {}
  ~Watchdog() { Stop(); }

  // Returns whether it ended the request.
  bool Stop() {
    {
      absl::MutexLock lock(&client_.mutex_);
      done_ = true;
    }
    if (thread_.joinable()) thread_.join();
    return ended_;
  }

 private:
  void Run() {
    absl::MutexLock lock(&client_.mutex_);
    const auto over = [this] {
      client_.mutex_.AssertReaderHeld();
      return done_ || client_.canceled_;
    };
    client_.mutex_.AwaitWithTimeout(absl::Condition(&over), client_.timeout_);
    while (!done_) {
      ended_ = true;
      if (client_.socket_ >= 0) shutdown(client_.socket_, SHUT_RDWR);
      client_.mutex_.AwaitWithTimeout(absl::Condition(&done_), kShutDownInterval);
    }
  }

  ForwardClient& client_;
  bool done_ = false;   // guarded by client_.mutex_
  bool ended_ = false;  // likewise; read after the thread has ended
  std::thread thread_;
};

ForwardClient::ForwardClient(const std::string& url, absl::Duration timeout)
    : target_(ForwardTargetOf(url)), timeout_(timeout), client_(target_.origin) {
  // The watchdog ends a request first: httplib's timeouts would say that the connection ended.
  const std::chrono::microseconds later = absl::ToChronoMicroseconds(2 * timeout);
  client_.set_connection_timeout(later);
  client_.set_read_timeout(later);
  client_.set_write_timeout(later);
  client_.set_keep_alive(true);
  client_.set_tcp_nodelay(true);
  client_.set_decompress(false);  // nothing reads the body
  client_.set_socket_options([this](int descriptor) {
    absl::MutexLock lock(&mutex_);
    if (socket_ >= 0) close(socket_);
    socket_ = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
  });
}

ForwardClient::~ForwardClient() {
  absl::MutexLock lock(&mutex_);
  if (socket_ >= 0) close(socket_);
}

ForwardClient::Result ForwardClient::Post(const httplib::Headers& headers, const std::string& body) {
  Result result;
  httplib::Request request;
  request.method = "POST";
  request.path = target_.path;
  request.headers = headers;
  request.set_header("Content-Type", "application/json");
  request.body = body;
  request.response_handler = [&result](const httplib::Response& response) {
    result.status = response.status;
    return true;
  };
  size_t received = 0;
  request.content_receiver = [&received](const char*, size_t bytes, uint64_t, uint64_t) {
    received += bytes;
    return received <= kMaxDroppedBytes;
  };
  Watchdog watchdog(*this);
  const httplib::Result response = client_.send(request);
  const bool ended = watchdog.Stop();
  if (ended) {  // also if httplib takes that for the end of a body without a length
    absl::MutexLock lock(&mutex_);
    return {.status = 0,
            .error = canceled_
                         ? "interrupted"
                         : absl::StrCat("no complete response within ", absl::FormatDuration(timeout_))};
  }
  if (response) return {.status = response->status, .error = ""};
  // The status is what counts, as for hookd: the rest of a long body is not.
  if (received > kMaxDroppedBytes) return result;
  return {.status = 0, .error = ErrorText(response.error())};
}

void ForwardClient::Cancel() {
  absl::MutexLock lock(&mutex_);
  canceled_ = true;
}

}  // namespace hookctl
