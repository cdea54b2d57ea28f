// An HTTP server with a handler for tests. Thread-safe.
#ifndef HOOKD_TESTS_UNIT_WEB_CONNECTION_SERVING_H_
#define HOOKD_TESTS_UNIT_WEB_CONNECTION_SERVING_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/unit/web/connection/http_peer.h"
#include "web/connection/http_server.h"

namespace hookd {

// Responds with the method, the target and the body. Keeps the exchange of /wait until Take.
class EchoHandler : public WebHandler {
 public:
  void Handle(std::shared_ptr<WebExchange> exchange) override {
    const WebRequest& request = exchange->request();
    absl::MutexLock lock(&mutex_);
    requests_.push_back(request);
    if (request.target == "/drop") return;
    if (request.target == "/wait") return waiting_.push_back(std::move(exchange));
    if (custom_) return custom_(std::move(exchange));
    exchange->Respond({.status = 200,
                       .headers = {{"Content-Type", "text/plain"}},
                       .body = absl::StrCat(request.method, " ", request.target, " ", request.body)});
  }

  void SetCustom(std::function<void(std::shared_ptr<WebExchange>)> custom) {
    absl::MutexLock lock(&mutex_);
    custom_ = std::move(custom);
  }
  // The next exchange of /wait.
  std::shared_ptr<WebExchange> Take() {
    absl::MutexLock lock(&mutex_);
    const auto some = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !waiting_.empty(); };
    if (!mutex_.AwaitWithTimeout(absl::Condition(&some), absl::Seconds(10))) return nullptr;
    auto exchange = std::move(waiting_.front());
    waiting_.erase(waiting_.begin());
    return exchange;
  }
  std::vector<WebRequest> requests() const {
    absl::MutexLock lock(&mutex_);
    return requests_;
  }

 private:
  mutable absl::Mutex mutex_;
  std::vector<WebRequest> requests_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::shared_ptr<WebExchange>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::function<void(std::shared_ptr<WebExchange>)> custom_ ABSL_GUARDED_BY(mutex_);
};

class Serving {
 public:
  explicit Serving(HttpServer::Options options = {}) {
    if (options.address.empty()) options.address = "127.0.0.1:0";
    options.handler = &handler_;
    auto server = HttpServer::Create(options);
    EXPECT_TRUE(server.ok()) << server.status();
    if (server.ok()) server_ = *std::move(server);
  }

  EchoHandler& handler() { return handler_; }
  HttpServer& server() { return *server_; }
  void End() { server_.reset(); }
  int port() const { return server_->port(); }
  HttpPeer Connect() const { return HttpPeer(server_->port()); }
  HttpServer::Figures figures() const { return server_->figures(); }

  // Waits until a condition of the figures holds.
  bool Await(const std::function<bool(const HttpServer::Figures&)>& condition) const {
    const absl::Time deadline = absl::Now() + absl::Seconds(10);
    while (!condition(server_->figures())) {
      if (absl::Now() > deadline) return false;
      absl::SleepFor(absl::Milliseconds(1));
    }
    return true;
  }

 private:
  EchoHandler handler_;
  std::unique_ptr<HttpServer> server_;
};

inline std::string Get(absl::string_view target) {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: x\r\n\r\n");
}

inline std::string Post(absl::string_view body) {
  return absl::StrCat("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: ", body.size(), "\r\n\r\n", body);
}

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_WEB_CONNECTION_SERVING_H_
