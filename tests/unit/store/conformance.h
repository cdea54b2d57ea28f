// The fixture of the conformance suite: what every engine keeps of store.h's promises. The engines are listed
// in conformance_test.cc. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_STORE_CONFORMANCE_H_
#define HOOKD_TESTS_UNIT_STORE_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "store/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/store/blocking_store.h"

namespace hookd {

// Makes a store in a folder, or opens the one that is there.
struct StoreEngine {
  std::string name;
  bool survives_closing;
  std::function<std::unique_ptr<Store>(const std::string& folder, Clock* clock)> open;
};

// For the test's name.
inline void PrintTo(const StoreEngine& engine, std::ostream* out) { *out << engine.name; }

inline Webhook NewWebhook(std::string id = "first", std::string project = "p") {
  Webhook webhook;
  webhook.project = std::move(project);
  webhook.id = std::move(id);
  webhook.url = "http://127.0.0.1:1/";
  webhook.event_types = EventTypes(0b0110);
  webhook.display_name = "Ünïcode";
  webhook.timeout = absl::Milliseconds(1500);
  return webhook;
}

inline Attempt AnAttempt(int number) {
  Attempt attempt;
  attempt.number = number;
  attempt.start_time = absl::FromUnixMicros(1'790'000'000'000'123);
  attempt.name_lookup = absl::Microseconds(1);
  attempt.connect = absl::Microseconds(2);
  attempt.tls = absl::Microseconds(3);
  attempt.first_byte = absl::Microseconds(4);
  attempt.total = absl::Microseconds(5);
  attempt.response_status = 500;
  attempt.error = "the endpoint answered with status 500";
  attempt.request_headers = {{"Webhook-Id", "e"}, {"Webhook-Timestamp", "1"}};
  attempt.response_headers = {{"Set-Cookie", "a=b: c"}, {"set-cookie", "d"}, {"Empty", ""}};
  attempt.response_body = std::string("a\0b", 3);
  attempt.response_body_truncated = true;
  attempt.url = "https://example.com/hook?a=b";
  attempt.remote_address = "[2001:db8::1]:443";
  attempt.http_version = "1.1";
  attempt.trigger = AttemptTrigger::kManual;
  attempt.node = "n1";
  attempt.retry_after = absl::Seconds(30);
  attempt.error_class = ErrorClass::kStatus;
  return attempt;
}

class StoreConformanceTest : public ::testing::TestWithParam<StoreEngine> {
 protected:
  StoreConformanceTest() { Open(); }

  void Open() {
    store_.reset();
    store_ = GetParam().open(folder_.path(), &clock_);
    calls_ = std::make_unique<BlockingStore>(store_.get());
  }

  Webhook Create(std::string id = "first", std::string project = "p") {
    const auto created = calls_->CreateWebhook(NewWebhook(std::move(id), std::move(project)));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value().webhook;
  }

  AcceptedEvent Accept(std::vector<int64_t> webhooks, int type = 1, std::string project = "p") {
    const auto accepted =
        calls_->AcceptEvents(project, {{.type = type, .event = "bytes", .webhooks = webhooks}});
    EXPECT_TRUE(accepted.ok()) << accepted.status();
    return accepted.value().events.at(0);
  }

  std::vector<int64_t> Keys(const DeliveryQuery& query) {
    const auto page = calls_->ListDeliveries(query);
    EXPECT_TRUE(page.ok()) << page.status();
    std::vector<int64_t> keys;
    for (const Delivery& delivery : page.value()) keys.push_back(delivery.key);
    return keys;
  }

  // A page of what waits; with room for all, unless the query says otherwise.
  PendingPage Waiting(PendingQuery query) {
    if (query.limit == 1) query.limit = 100;
    if (query.max_bytes == 0) query.max_bytes = 1 << 20;
    const auto page = calls_->ReadPending(query);
    EXPECT_TRUE(page.ok()) << page.status();
    return page.value();
  }

  static std::vector<int64_t> Keys(const PendingPage& page) {
    std::vector<int64_t> keys;
    for (const PendingDelivery& delivery : page.deliveries) keys.push_back(delivery.key);
    return keys;
  }

  // An outcome as hookd records it: of one that succeeded, the status is 2xx.
  int64_t End(int64_t key, DeliveryState state, int status, ErrorClass error_class) {
    Outcome outcome{.delivery_key = key, .state = state};
    if (state == DeliveryState::kPending) outcome.next_attempt_time = clock_.Now() + absl::Minutes(1);
    outcome.attempt = AnAttempt(1);
    outcome.attempt->response_status = status;
    outcome.attempt->error_class = error_class;
    outcome.attempt->error = outcome.error = error_class == ErrorClass::kNone ? "" : "failed";
    return calls_->RecordOutcome(outcome);
  }

  // 96 deliveries of events of three types to three webhooks, in every state and with various results.
  void MakeDeliveriesOfEveryResult() {
    const Webhook a = Create("a"), b = Create("b"), c = Create("c");
    const Webhook other = Create("a", "q");
    const int statuses[] = {500, 503, 404, 302, 0};
    for (int i = 0; i < 32; ++i) {
      const AcceptedEvent event = Accept({a.key, b.key, c.key}, 1 + i % 3);
      Accept({other.key}, 1 + i % 3, "q");
      for (int j = 0; j < 3; ++j) {
        const int64_t key = event.key + 1 + j;
        const int status = statuses[(i + j) % 5];
        const ErrorClass error = status == 0 ? ErrorClass(2 + (i / 5 + j) % 5) : ErrorClass::kStatus;
        switch ((i * 3 + j) % 6) {
          case 0:
            End(key, DeliveryState::kPending, status, error);
            break;
          case 1:
            End(key, DeliveryState::kFailed, status, error);
            break;
          case 2:
            End(key, DeliveryState::kPending, status, error);
            calls_->RecordOutcome(
                {.delivery_key = key, .state = DeliveryState::kCanceled, .error = "deleted"});
            break;
          case 3:
            calls_->RecordOutcome(
                {.delivery_key = key, .state = DeliveryState::kCanceled, .error = "disabled"});
            break;
          case 4:
            End(key, DeliveryState::kDelivered, 200 + i % 2, ErrorClass::kNone);
            if (i % 4 == 0) calls_->RetryDeliveries("p", {key}, clock_.Now()).value();
            break;
          default:
            break;
        }
      }
    }
  }

  // All pages of a query.
  std::vector<int64_t> Pages(DeliveryQuery query) {
    std::vector<int64_t> keys;
    for (int pages = 0; pages < 1000; ++pages) {
      const auto page = calls_->ListPage(query);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      EXPECT_LE(page->deliveries.size(), static_cast<size_t>(query.limit));
      for (const Delivery& delivery : page->deliveries) keys.push_back(delivery.key);
      if (page->examined_to.has_value()) {
        query.filter.max_key = *page->examined_to - 1;
      } else if (page->deliveries.size() == static_cast<size_t>(query.limit)) {
        query.filter.max_key = page->deliveries.back().key - 1;
      } else {
        break;
      }
    }
    return keys;
  }

  // Ends a delivery, or has it wait for its next attempt; the outcome's key.
  int64_t Record(int64_t key, DeliveryState state, std::optional<absl::Time> next_attempt_time = std::nullopt,
                 int attempt = 1) {
    return calls_->RecordOutcome({.delivery_key = key,
                                  .state = state,
                                  .next_attempt_time = next_attempt_time,
                                  .attempt = AnAttempt(attempt),
                                  .error = ""});
  }

  TempDir folder_;
  FakeClock clock_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<BlockingStore> calls_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_UNIT_STORE_CONFORMANCE_H_
