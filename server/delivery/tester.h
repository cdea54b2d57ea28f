// TestWebhook: makes one attempt at once, without the queue and without a record in the store. The webhook
// need not be stored.
//
// Thread-safe; owns nothing that it is given.
#ifndef HOOKD_DELIVERY_TESTER_H_
#define HOOKD_DELIVERY_TESTER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "http/http_client.h"
#include "store/records.h"

namespace hookd {

class Tester {
 public:
  struct Result {
    HttpRequest request;  // what was sent, its headers redacted
    Attempt attempt;      // its result; `error` is empty on success
  };

  // `http` and `clock` must outlive the Tester and its calls. `node` is the id of this process, which
  // attempts have.
  Tester(HttpClient* http, Clock* clock, std::string node)
      : http_(http), clock_(clock), node_(std::move(node)) {}

  // Sends `body`, an event as JSON, to the webhook, enabled or not. Does not block. `done` is called once, on
  // a thread of the HTTP client's or within the call. `trace` is the caller's, null for none.
  // RESOURCE_EXHAUSTED if limits::kMaxConcurrentTests are in flight.
  void Test(const Webhook& webhook, std::shared_ptr<const std::string> body, const TraceContext* trace,
            std::function<void(absl::StatusOr<Result>)> done);

 private:
  HttpClient* const http_;
  Clock* const clock_;
  const std::string node_;
  std::atomic<int> in_flight_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_TESTER_H_
