// What the tests of CurlClient share. Thread-safe, but for what a test does with it.
#ifndef HOOKD_TESTS_UNIT_HTTP_CURL_CLIENT_SUPPORT_H_
#define HOOKD_TESTS_UNIT_HTTP_CURL_CLIENT_SUPPORT_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "http/curl/curl_client.h"

namespace hookd {

// For what must come, however slow the machine.
inline constexpr absl::Duration kPatience = absl::Seconds(20);

// One that may also connect to this machine, where the receivers are.
inline std::unique_ptr<CurlClient> MakeClient(CurlClient::Options options = {}) {
  options.egress = *EgressGuard::Create({.allow = {"127.0.0.0/8", "::1"}, .deny = {}, .ports = {}});
  absl::StatusOr<std::unique_ptr<CurlClient>> client = CurlClient::Create(options);
  return client.ok() ? *std::move(client) : nullptr;
}

inline HttpRequest MakeRequest(std::string url, absl::Duration timeout = kPatience, std::string body = "{}") {
  HttpRequest request;
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"}};
  request.body = std::make_shared<const std::string>(std::move(body));
  request.timeout = timeout;
  return request;
}

// Results as they come. Must outlive the client that is given its Done.
class Results {
 public:
  std::function<void(HttpResult)> Done() {
    return [this](HttpResult result) {
      absl::MutexLock lock(&mutex_);
      results_.push_back(std::move(result));
    };
  }

  // All that came, once there are `count` or patience is over.
  std::vector<HttpResult> WaitFor(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [this, count] {
      mutex_.AssertHeld();
      return results_.size() >= count;
    };
    mutex_.AwaitWithTimeout(absl::Condition(&enough), kPatience);
    return results_;
  }

 private:
  absl::Mutex mutex_;
  std::vector<HttpResult> results_ ABSL_GUARDED_BY(mutex_);
};

// Sends one request and waits.
inline HttpResult Fetch(HttpClient& client, HttpRequest request) {
  // Shared, for a client that calls too late must not write to what is gone.
  auto results = std::make_shared<Results>();
  client.Send(std::move(request), [results](HttpResult result) { results->Done()(std::move(result)); });
  std::vector<HttpResult> came = results->WaitFor(1);
  if (came.empty()) {
    HttpResult none;
    none.error = "test: no result came";
    return none;
  }
  return came[0];
}

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_HTTP_CURL_CLIENT_SUPPORT_H_
