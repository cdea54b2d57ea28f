// The conformance suite: the log of events.
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/store/conformance.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::IsEmpty;

EventLogQuery OfProject(const std::string& project = "p") {
  EventLogQuery query;
  query.project = project;
  query.limit = 100;
  return query;
}

std::vector<int64_t> KeysOf(const absl::StatusOr<EventLogPage>& page) {
  EXPECT_TRUE(page.ok()) << page.status();
  std::vector<int64_t> keys;
  for (const LoggedEvent& logged : page->events) keys.push_back(logged.event.key);
  return keys;
}

TEST_P(StoreConformanceTest, TheEventLogHasEveryAcceptedEventInTheOrderOfAcceptance) {
  const Webhook webhook = Create();
  const auto batch = calls_->AcceptEvents(
      "p",
      {{.type = 7, .event = std::string("a\0b", 3), .webhooks = {webhook.key}}, {.type = 2, .event = ""}});
  const int64_t third = Accept({}).key;
  const auto page = calls_->ReadEventLog(OfProject());
  ASSERT_THAT(KeysOf(page), ElementsAre(batch->events[0].key, batch->events[1].key, third));
  EXPECT_EQ(page->last_key, third);
  EXPECT_EQ(page->newest_key, third);
  EXPECT_FALSE(page->more);
  const LoggedEvent& first = page->events[0];
  EXPECT_EQ(first.project, "p");
  EXPECT_EQ(first.event.type, 7);
  EXPECT_EQ(first.event.event, std::string("a\0b", 3));
  EXPECT_EQ(first.event.webhook_count, 1);
  EXPECT_EQ(first.event.emit_time, batch->events[0].emit_time);
  EXPECT_EQ(page->events[1].event.event, "");
}

TEST_P(StoreConformanceTest, TheEventLogIsEmptyWithoutEvents) {
  EventLogQuery query = OfProject();
  query.after_key = 5;
  const auto page = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(page), IsEmpty());
  EXPECT_EQ(page->last_key, 5);
  EXPECT_EQ(page->newest_key, 5);
  EXPECT_FALSE(page->more);
}

TEST_P(StoreConformanceTest, TheEventLogIsReadInPagesOfEventsExaminedOfAnyProject) {
  std::vector<int64_t> own, all;
  for (int i = 0; i < 10; ++i) {
    const bool mine = i % 5 == 3;
    all.push_back(Accept({}, 1, mine ? "p" : "q").key);
    if (mine) own.push_back(all.back());
  }
  EventLogQuery query = OfProject();
  query.limit = 3;
  std::vector<int64_t> read, ends;
  for (bool more = true; more;) {
    const auto page = calls_->ReadEventLog(query);
    for (const int64_t key : KeysOf(page)) read.push_back(key);
    ends.push_back(page->last_key);
    EXPECT_EQ(page->newest_key, all.back());
    query.after_key = page->last_key;
    more = page->more;
  }
  EXPECT_EQ(read, own);
  EXPECT_THAT(ends, ElementsAre(all[2], all[5], all[8], all[9]));
}

TEST_P(StoreConformanceTest, TheEventLogOfAllProjectsNamesTheProjectOfEachEvent) {
  Accept({}, 1, "p");
  Accept({}, 1, "q");
  EventLogQuery query = OfProject();
  query.project.reset();
  const auto page = calls_->ReadEventLog(query);
  ASSERT_EQ(page->events.size(), 2u);
  EXPECT_EQ(page->events[0].project, "p");
  EXPECT_EQ(page->events[1].project, "q");
}

TEST_P(StoreConformanceTest, APageOfTheEventLogEndsAtItsSizeButHasAnEvent) {
  std::vector<int64_t> keys;
  for (int i = 0; i < 4; ++i) {
    keys.push_back(calls_->AcceptEvents("p", {{.type = 1, .event = std::string(1000, 'x')}})->events[0].key);
  }
  EventLogQuery query = OfProject();
  query.max_bytes = 1;
  auto page = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(page), ElementsAre(keys[0]));
  EXPECT_EQ(page->last_key, keys[0]);
  EXPECT_TRUE(page->more);
  query.max_bytes = 1500;
  query.after_key = keys[0];
  page = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(page), ElementsAre(keys[1], keys[2]));
  EXPECT_TRUE(page->more);
  query.after_key = keys[2];
  page = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(page), ElementsAre(keys[3]));
  EXPECT_FALSE(page->more);
}

TEST_P(StoreConformanceTest, TheEventLogIsFilteredByTypeAndByWebhookThatHadTheId) {
  const Webhook deleted = Create("first");
  const int64_t to_deleted = Accept({deleted.key}, 2).key;
  ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  const Webhook first = Create("first"), second = Create("second"), other = Create("first", "q");
  const int64_t to_both = Accept({second.key, first.key}, 1).key;
  const int64_t to_second = Accept({second.key}, 2).key;
  const int64_t to_none = Accept({}, 3).key;
  Accept({other.key}, 2, "q");
  EventLogQuery query = OfProject();
  query.event_types = EventTypes(0b0110);
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), ElementsAre(to_deleted, to_both, to_second));
  query.event_types.reset();
  query.webhook_ids = {"first"};
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), ElementsAre(to_deleted, to_both));
  query.webhook_ids = {"second", "unknown"};
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), ElementsAre(to_both, to_second));
  query.event_types = EventTypes(0b0010);
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), ElementsAre(to_both));
  query.webhook_ids = {"unknown"};
  const auto page = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(page), IsEmpty());
  EXPECT_GT(page->last_key, to_none);
}

TEST_P(StoreConformanceTest, TheEndOfTheEventLogIsBeforeTheNextEvent) {
  Accept({});
  EventLogQuery query = OfProject();
  query.from_end = true;
  const auto end = calls_->ReadEventLog(query);
  EXPECT_THAT(KeysOf(end), IsEmpty());
  EXPECT_FALSE(end->more);
  query.from_end = false;
  query.after_key = end->last_key;
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), IsEmpty());
  const int64_t next = Accept({}).key;
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(query)), ElementsAre(next));
}

TEST_P(StoreConformanceTest, TheEventLogOfAnUnknownProjectIsExaminedToItsEnd) {
  const int64_t key = Accept({}).key;
  const auto page = calls_->ReadEventLog(OfProject("unknown"));
  EXPECT_THAT(KeysOf(page), IsEmpty());
  EXPECT_EQ(page->last_key, key);
}

TEST_P(StoreConformanceTest, TheEventLogStaysInOrderWhenTheClockIsSetBack) {
  std::vector<int64_t> keys = {Accept({}).key};
  clock_.JumpTo(clock_.Now() - absl::Hours(1));
  keys.push_back(Accept({}).key);
  EXPECT_THAT(KeysOf(calls_->ReadEventLog(OfProject())), ElementsAreArray(keys));
}

}  // namespace
}  // namespace hookd
