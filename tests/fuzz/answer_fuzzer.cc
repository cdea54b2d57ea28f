// Whatever an endpoint answers (its Retry-After among it), the result keeps to its bounds. Over a real
// connection, as it is libcurl that reads it: slower than the other targets.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "base/limits.h"
#include "http/curl/curl_client.h"
#include "tests/fuzz/fuzzing.h"

namespace {

// Answers each connection with the bytes it is told, and closes it. One at a time.
class Endpoint {
 public:
  Endpoint() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    HOOKD_PROMISE(bind(socket_, generic, size) == 0 && listen(socket_, 16) == 0);
    HOOKD_PROMISE(getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
    std::thread([this] { Run(); }).detach();  // for the whole process
  }

  int port() const { return port_; }
  void Answer(absl::string_view bytes) ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    answer_ = std::string(bytes);
  }

 private:
  void Run() {
    while (true) {
      const int connection = accept(socket_, nullptr, nullptr);
      char request[4096];
      if (read(connection, request, sizeof(request)) > 0) {
        const std::string answer = Answer();
        for (absl::string_view rest = answer; !rest.empty();) {
          const ssize_t sent = send(connection, rest.data(), rest.size(), MSG_NOSIGNAL);
          if (sent <= 0) break;
          rest.remove_prefix(static_cast<size_t>(sent));
        }
      }
      shutdown(connection, SHUT_WR);
      while (read(connection, request, sizeof(request)) > 0) {
      }
      close(connection);
    }
  }

  std::string Answer() ABSL_LOCKS_EXCLUDED(mutex_) {
    const absl::MutexLock lock(&mutex_);
    return answer_;
  }

  const int socket_;
  int port_ = 0;
  absl::Mutex mutex_;
  std::string answer_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const endpoint = new Endpoint;
  static auto* const client = [] {
    hookd::CurlClient::Options options;
    options.egress = *hookd::EgressGuard::Create({.allow = {"127.0.0.1"}, .deny = {}, .ports = {}});
    return hookd::CurlClient::Create(options)->release();
  }();
  endpoint->Answer(FuzzText(data, size));
  hookd::HttpRequest request;
  request.url = absl::StrCat("http://127.0.0.1:", endpoint->port(), "/");
  request.headers = {{"Content-Type", "application/json"}, {"Connection", "close"}};
  request.body = std::make_shared<const std::string>("{}");
  request.timeout = absl::Seconds(5);
  hookd::HttpResult result;
  absl::Notification done;
  client->Send(request, [&](hookd::HttpResult answer) {
    result = std::move(answer);
    done.Notify();
  });
  done.WaitForNotification();
  HOOKD_PROMISE(result.retry_after >= absl::ZeroDuration());
  HOOKD_PROMISE(result.retry_after <= absl::Hours(24 * 3651));
  HOOKD_PROMISE(result.body.size() <= hookd::limits::kMaxResponseBodyBytes);
  HOOKD_PROMISE(result.error.empty() == (result.failure == hookd::HttpFailure::kNone));
  HOOKD_PROMISE(!result.error.empty() || result.status == 101 ||
                (result.status >= 200 && result.status <= 999));
  size_t bytes = 0;
  for (const auto& [name, value] : result.headers) bytes += name.size() + value.size();
  HOOKD_PROMISE(bytes <= hookd::limits::kMaxRecordedHeaderBytes);
  return 0;
}
