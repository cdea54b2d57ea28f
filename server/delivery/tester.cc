#include "delivery/tester.h"

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "delivery/attempts/attempt.h"
#include "payload/payload.h"

namespace hookd {

void Tester::Test(const Webhook& webhook, int event_type, const TraceContext* trace,
                  std::function<void(absl::StatusOr<Result>)> done) {
  if (in_flight_.fetch_add(1) >= limits::kMaxConcurrentTests) {
    in_flight_.fetch_sub(1);
    return done(absl::ResourceExhaustedError(
        absl::StrCat(limits::kMaxConcurrentTests, " tests are in flight already: try again in a moment")));
  }
  const absl::Time now = clock_->Now();
  const auto& sample = Sample(static_cast<v1::EventType>(event_type));
  // A test has no event: its message id is made from the time, and shows that it is a test.
  HttpRequest request = MakeRequest(webhook, absl::StrCat("test-", EncodeId(FirstKeyAt(now))),
                                    std::make_shared<const std::string>(ToJson(sample)), now, trace);
  request.unproven = true;
  HttpRequest shown = request;
  shown.headers = RedactHeaders(std::move(shown.headers), webhook);
  http_->Send(std::move(request),
              [this, request = std::move(shown), now, done = std::move(done)](HttpResult result) {
                in_flight_.fetch_sub(1);
                Attempt attempt = MakeAttempt(1, now, std::move(result));
                attempt.url = request.url;
                attempt.node = node_;
                attempt.trigger = AttemptTrigger::kTest;
                done(Result{.request = request, .attempt = std::move(attempt)});
              });
}

}  // namespace hookd
