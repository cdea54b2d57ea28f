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
