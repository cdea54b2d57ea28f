// Watching events, over every transport.
#include <thread>

#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EventWatchApiTest : public ApiTest {
 protected:
  std::unique_ptr<ApiClient::Stream> Watch(const std::string& more = "", const std::string& token = "") {
    return Client(token)->Open("EventService.WatchEvents",
                               *Request("EventService.WatchEvents", "parent: 'projects/p' " + more));
  }
  // The names of the next `count` events; fewer if the stream ends.
  static std::vector<std::string> ReadEvents(ApiClient::Stream& watch, size_t count,
                                             std::string* cursor = nullptr) {
    std::vector<std::string> events;
    v1::WatchEventsResponse response;
    while (events.size() < count && watch.Read(&response)) {
      if (response.has_event()) events.push_back(response.event().name());
      if (cursor != nullptr) *cursor = response.cursor();
    }
    return events;
  }
};

constexpr size_t kAll = 1'000'000;

TEST_P(EventWatchApiTest, SendsEveryEventOnceInOrderFromThePastIntoThePresent) {
  constexpr int kEvents = 300, kBefore = 50;
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
  EXPECT_EQ(seen, emitted);
}

TEST_P(EventWatchApiTest, SendsNewEventsFromNowOn) {
  Emit();
  const auto watch = Watch("view: EVENT_VIEW_DOCUMENT");
  v1::WatchEventsResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_FALSE(response.has_event());
  const std::string name = Emit().event();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.event().name(), name);
  EXPECT_THAT(response.event().document(), HasSubstr("\"user\":"));
}

TEST_P(EventWatchApiTest, ResumesAfterACursorAlsoAfterARestart) {
  std::vector<std::string> emitted;
  for (int i = 0; i < 20; ++i) emitted.push_back(Emit().event());
  std::string cursor;
  EXPECT_THAT(ReadEvents(*Watch("start_time { seconds: 1000000000 }"), 10, &cursor),
              ::testing::ElementsAreArray(emitted.begin(), emitted.begin() + 10));
  const auto rest = ReadEvents(*Watch(absl::StrCat("until_now: true cursor: '", cursor, "'")), kAll, &cursor);
  EXPECT_EQ(rest, std::vector<std::string>(emitted.begin() + 10, emitted.end()));
  EXPECT_THAT(ReadEvents(*Watch(absl::StrCat("until_now: true cursor: '", cursor, "'")), kAll),
              ElementsAre());
  const std::string last = Emit().event();
  EXPECT_THAT(ReadEvents(*Watch(absl::StrCat("until_now: true cursor: '", cursor, "'")), kAll),
              ElementsAre(last));
}

TEST_P(EventWatchApiTest, RefusesAnInvalidRequest) {
  const auto watch = Watch("cursor: 'nonsense' filter: 'nonsense = 1'");
  v1::WatchEventsResponse response;
  EXPECT_FALSE(watch->Read(&response));
  const auto status = watch->Finish();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
}

HOOKD_TEST_TRANSPORTS(EventWatchApiTest);

}  // namespace
}  // namespace hookd
