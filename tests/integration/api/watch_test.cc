// Watching deliveries, over every transport.
#include <thread>

#include "absl/time/clock.h"
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;

class WatchApiTest : public ApiTest {
 protected:
  std::unique_ptr<ApiClient::Stream> Watch(const std::string& more = "", const std::string& token = "") {
    return Client(token)->Open("DeliveryService.WatchDeliveries",
                               *Request("DeliveryService.WatchDeliveries", "parent: 'projects/p' " + more));
  }
  // The events of the next `count` outcomes.
  static std::vector<std::string> ReadEvents(ApiClient::Stream& watch, size_t count) {
    std::vector<std::string> events;
    v1::WatchDeliveriesResponse response;
    while (events.size() < count && watch.Read(&response)) {
      if (response.has_delivery()) events.push_back(response.delivery().event());
    }
    return events;
  }
};

TEST_P(WatchApiTest, ReportsEveryOutcomeOnceInOrderFromThePastIntoThePresent) {
  CreateWebhook("w");
  constexpr int kEvents = 200;
  constexpr int kBefore = 50;
  std::vector<std::string> emitted;
  for (int i = 0; i < kBefore; ++i) emitted.push_back(Emit().event());
  const auto watch = Watch("start_time { seconds: 1000000000 }");
  std::thread caller([&] {
    const auto client = Client();
    for (int i = kBefore; i < kEvents; ++i) {
      const auto response = CallBy<v1::EmitEventResponse>(
          *client, "EventService.EmitEvent", "parent: 'projects/p' event { sent { user { email: 'e' } } }");
      if (response.ok()) emitted.push_back(response->event());
    }
  });
  const auto seen = ReadEvents(*watch, kEvents);
  caller.join();
  EXPECT_EQ(emitted.size(), static_cast<size_t>(kEvents));
  EXPECT_THAT(seen, ::testing::UnorderedElementsAreArray(emitted));
}

TEST_P(WatchApiTest, ResumesFromTheLastOutcomeTime) {
  CreateWebhook("w", "/", "event_types: EVENT_TYPE_SENT ordered: true");
  std::vector<std::string> emitted;
  for (int i = 0; i < 20; ++i) emitted.push_back(Emit().event());
  AwaitDeliveries(20, "state = DELIVERED");
  auto watch = Watch("start_time { seconds: 1000000000 }");
  v1::WatchDeliveriesResponse response;
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(watch->Read(&response));
    EXPECT_EQ(response.delivery().event(), emitted[static_cast<size_t>(i)]);
  }
  const std::string last = response.delivery().event();
  watch = Watch(absl::StrCat("start_time { ", response.outcome_time().ShortDebugString(), " }"));
  // From this millisecond on, so that it repeats the last outcome and perhaps others of that millisecond.
  do {
    ASSERT_TRUE(watch->Read(&response));
  } while (response.delivery().event() != last);
  EXPECT_EQ(ReadEvents(*watch, 10), std::vector<std::string>(emitted.begin() + 10, emitted.end()));
}

TEST_P(WatchApiTest, ReportsOnlyWhatTheFilterSelects) {
  CreateWebhook("good");
  CreateWebhook("bad", "/bad");
  receiver_.Set("/bad", {.status = 500});
  const auto watch =
      Watch("filter: 'webhook = \"projects/p/webhooks/bad\"' start_time { seconds: 1000000000 }");
  Emit();
  v1::WatchDeliveriesResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.delivery().webhook(), "projects/p/webhooks/bad");
  EXPECT_EQ(response.delivery().state(), v1::DELIVERY_STATE_FAILED);
  EXPECT_EQ(response.delivery().response_status(), 500);
}

TEST_P(WatchApiTest, EndsWhenTheCallerCancels) {
  CreateWebhook("w");
  const auto watch = Watch("start_time { seconds: 1000000000 }");
  Emit();
  v1::WatchDeliveriesResponse response;
  ASSERT_TRUE(watch->Read(&response));
  watch->Cancel();
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kCancelled);
}

TEST_P(WatchApiTest, OfAWrongRequestDoesNotBegin) {
  const auto watch = Watch("filter: 'nonsense'");
  v1::WatchDeliveriesResponse response;
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_THAT(FindFields(watch->Finish()), ElementsAre("filter"));
}

TEST_P(WatchApiTest, EndsUnavailableAtAShutdown) {
  Start({"--drain_timeout=0.2"});
  CreateWebhook("w");
  const auto watch = Watch("start_time { seconds: 1000000000 }");
  Emit();
  v1::WatchDeliveriesResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(server_->StopWithin(kPatience).exit_code, 0);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnavailable);
}

HOOKD_TEST_TRANSPORTS(WatchApiTest);

}  // namespace
}  // namespace hookd
