// Lists of events, and searches by content. Each is tested without an index, and with one of nearly all
// events: the results are the same.
#include "tests/unit/store/conformance_search.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "gmock/gmock.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_P(StoreSearchTest, ListsEventsNewestFirstAlsoThoseWithoutAWebhook) {
  const Webhook webhook = Create();
  const int64_t a = Emit("user=#1", 1, "p", {webhook.key});
  const int64_t b = Emit("user=#2");
  Emit("user=#3", 1, "other");
  WithAndWithoutIndex([&] {
    const auto page = calls_->ListEvents(Query());
    ASSERT_TRUE(page.ok());
    ASSERT_THAT(page->events, SizeIs(2));
    EXPECT_EQ(page->events[0].key, b);
    EXPECT_EQ(page->events[0].webhook_count, 0);
    EXPECT_EQ(page->events[1].key, a);
    EXPECT_EQ(page->events[1].event, "user=#1");
    EXPECT_EQ(page->events[1].type, 1);
    EXPECT_EQ(page->events[1].webhook_count, 1);
    EXPECT_EQ(page->events[1].emit_time, TimeOfKey(a));
    EXPECT_FALSE(page->examined_to.has_value());
  });
}

TEST_P(StoreSearchTest, FindsNothingInAnUnknownProject) {
  Emit("user=#1");
  WithAndWithoutIndex([&] {
    EXPECT_THAT(Find(Query({}, "unknown")), IsEmpty());
    EXPECT_THAT(Find(Query({"user=#1"}, "unknown")), IsEmpty());
  });
}

TEST_P(StoreSearchTest, FindsEachFieldOfTheContent) {
  const int64_t a = Emit("user=#1\nemail=a@x\nmessage=<1>\ncampaign=c\nname=Spring sale");
  const int64_t b = Emit("user=b\nemail=b@x\nmessage=<2>\ncampaign=#7\nname=Summer sale");
  for (int i = 0; i < 40; ++i) Emit(absl::StrCat("user=#", 100 + i, "\nemail=", i, "@x"));
  WithAndWithoutIndex([&] {
    EXPECT_THAT(Find(Query({"user=#1"})), ElementsAre(a));
    EXPECT_THAT(Find(Query({"email=a@x"})), ElementsAre(a));
    EXPECT_THAT(Find(Query({"message=<1>"})), ElementsAre(a));
    EXPECT_THAT(Find(Query({"campaign=c"})), ElementsAre(a));
    EXPECT_THAT(Find(Query({"name=Spring sale"})), ElementsAre(a));
    EXPECT_THAT(Find(Query({"user=b"})), ElementsAre(b));
    EXPECT_THAT(Find(Query({"campaign=#7"})), ElementsAre(b));
    EXPECT_THAT(Find(Query({"user=#139"})), SizeIs(1));
  });
}

TEST_P(StoreSearchTest, MatchesContentExactly) {
  Emit("user=#1\nemail=Ann@x\nname=sale");
  WithAndWithoutIndex([&] {
    EXPECT_THAT(Find(Query({"user=1"})), IsEmpty()) << "a string is not a number";
    EXPECT_THAT(Find(Query({"user=#10"})), IsEmpty());
    EXPECT_THAT(Find(Query({"email=ann@x"})), IsEmpty());
    EXPECT_THAT(Find(Query({"email=#1"})), IsEmpty());
    EXPECT_THAT(Find(Query({"campaign=#1"})), IsEmpty()) << "of another field";
    EXPECT_THAT(Find(Query({"name=Ann@x"})), IsEmpty());
  });
}

TEST_P(StoreSearchTest, SeparatesProjects) {
  const int64_t ours = Emit("user=#1");
  const int64_t theirs = Emit("user=#1", 1, "other");
  WithAndWithoutIndex([&] {
    EXPECT_THAT(Find(Query({"user=#1"})), ElementsAre(ours));
    EXPECT_THAT(Find(Query({"user=#1"}, "other")), ElementsAre(theirs));
  });
}

TEST_P(StoreSearchTest, JoinsValuesOfOneFieldByOrAndFieldsByAnd) {
  const int64_t a = Emit("user=#1\ncampaign=#7");
  const int64_t b = Emit("user=#2\ncampaign=#7", 2);
  const int64_t c = Emit("user=#2\ncampaign=#8");
  Emit("user=#3\ncampaign=#7");
  WithAndWithoutIndex([&] {
    EXPECT_THAT(Find(Query({"user=#1", "user=#2"})), ElementsAre(c, b, a));
    EXPECT_THAT(Find(Query({"user=#1", "user=#2", "campaign=#7"})), ElementsAre(b, a));
    EXPECT_THAT(Find(Query({"user=#2", "campaign=#9"})), IsEmpty());
    EventQuery of_type = Query({"user=#1", "user=#2"});
    of_type.event_types = {2, 3};
    EXPECT_THAT(Find(of_type), ElementsAre(b));
  });
}

TEST_P(StoreSearchTest, SelectsByTypeAndTime) {
  std::vector<int64_t> keys;
  for (int i = 0; i < 30; ++i) keys.push_back(Emit(absl::StrCat("user=#", i), 1 + i % 3));
  WithAndWithoutIndex([&] {
    EventQuery query = Query();
    query.event_types = {2};
    EXPECT_THAT(Find(query), SizeIs(10));
    query.min_key = keys[4];
    query.max_key = keys[10];
    EXPECT_THAT(Find(query), ElementsAre(keys[10], keys[7], keys[4]));
    query.min_key = keys[11];
    EXPECT_THAT(Find(query), IsEmpty());
  });
}

TEST_P(StoreSearchTest, SelectsByWebhook) {
  const Webhook first = Create("first"), second = Create("second");
  const int64_t a = Emit("user=#1", 1, "p", {first.key});
  const int64_t b = Emit("user=#1", 2, "p", {first.key, second.key});
  const int64_t c = Emit("user=#2", 1, "p", {second.key});
  Emit("user=#1");
  WithAndWithoutIndex([&] {
    EventQuery query = Query();
    query.webhook_ids = {"first"};
    EXPECT_THAT(Find(query), ElementsAre(b, a));
    query.webhook_ids = {"second", "first"};
    EXPECT_THAT(Find(query), ElementsAre(c, b, a));
    query.event_types = {1};
    EXPECT_THAT(Find(query), ElementsAre(c, a));
    query.content = {TestKey("user=#1")};
    EXPECT_THAT(Find(query), ElementsAre(a));
    query.webhook_ids = {"unknown"};
    EXPECT_THAT(Find(query), IsEmpty());
  });
}

TEST_P(StoreSearchTest, PagesThroughManyEventsOfAWebhook) {
  const Webhook webhook = Create();
  std::vector<int64_t> keys;
  for (int i = 0; i < 250; ++i) keys.insert(keys.begin(), Emit("user=#1", 1, "p", {webhook.key}));
  WithAndWithoutIndex([&] {
    EventQuery query = Query();
    query.webhook_ids = {"first"};
    query.limit = 70;
    EXPECT_EQ(FindAll(query), keys);
    query.limit = 1000;
    EXPECT_EQ(FindAll(query), keys);
  });
}

TEST_P(StoreSearchTest, PagesEndWhereTheNextOneBegins) {
  std::vector<int64_t> found;
  for (int i = 0; i < 120; ++i) {
    const int64_t key = Emit(absl::StrCat("user=#", i % 2, "\nmessage=", i));
    if (i % 2 == 1) found.insert(found.begin(), key);
  }
  WithAndWithoutIndex([&] {
    EventQuery query = Query({"user=#1"});
    for (const int limit : {1, 7, 60, 61}) {
      query.limit = limit;
      EXPECT_EQ(FindAll(query), found) << limit;
    }
  });
}

TEST_P(StoreSearchTest, APageExaminesABoundedNumberOfEvents) {
  std::vector<int64_t> found;
  for (int i = 0; i < 100; ++i) {
    const int64_t key = Emit(absl::StrCat("user=#", i % 50));
    if (i % 50 == 3) found.insert(found.begin(), key);
  }
  EventQuery query = Query({"user=#3"});
  query.max_examined = 20;
  int pages = 0;
  EXPECT_EQ(FindAll(query, &pages), found);
  EXPECT_GE(pages, 5);
  IndexAll();
  EXPECT_EQ(FindAll(query), found);
}

TEST_P(StoreSearchTest, APageHasABoundedSize) {
  std::vector<int64_t> keys;
  for (int i = 0; i < 9; ++i) {
    keys.insert(keys.begin(), Emit(absl::StrCat("user=#1\nfiller=", std::string(1000, 'x'))));
  }
  WithAndWithoutIndex([&] {
    EventQuery query = Query({"user=#1"});
    query.max_bytes = 2500;
    const auto page = calls_->ListEvents(query);
    ASSERT_TRUE(page.ok());
    EXPECT_THAT(page->events, SizeIs(3));
    EXPECT_EQ(FindAll(query), keys);
  });
}

TEST_P(StoreSearchTest, FindsEventsThatWereAcceptedAfterTheLastSlice) {
  const int64_t old = Emit("user=#1");
  for (int i = 0; i < 50; ++i) Emit("user=#2");
  IndexAll();
  const int64_t recent = Emit("user=#1");
  EXPECT_THAT(Find(Query({"user=#1"})), ElementsAre(recent, old));
}

TEST_P(StoreSearchTest, ListsDeliveriesByTheContentOfTheirEvents) {
  const Webhook first = Create("first"), second = Create("second");
  std::vector<int64_t> events;
  for (int i = 0; i < 20; ++i) {
    events.push_back(Emit(absl::StrCat("user=#", i % 5), 1 + i % 2, "p", {first.key, second.key}));
  }
  Record(events[8] + 1, DeliveryState::kFailed);
  WithAndWithoutIndex([&] {
    DeliveryQuery query;
    query.project = "p";
    query.content = {TestKey("user=#3")};
    query.limit = 100;
    EXPECT_THAT(Keys(query), ElementsAre(events[18] + 2, events[18] + 1, events[13] + 2, events[13] + 1,
                                         events[8] + 2, events[8] + 1, events[3] + 2, events[3] + 1));
    DeliveryQuery failed = query;
    failed.filter.states = {DeliveryState::kFailed};
    EXPECT_THAT(Keys(failed), ElementsAre(events[8] + 1));
    DeliveryQuery of_webhook = query;
    of_webhook.filter.webhook_ids = {"second"};
    of_webhook.filter.event_types = {1};
    EXPECT_THAT(Keys(of_webhook), ElementsAre(events[18] + 2, events[8] + 2));
    DeliveryQuery of_event = query;
    of_event.filter.event_keys = {events[13]};
    EXPECT_THAT(Keys(of_event), ElementsAre(events[13] + 2, events[13] + 1));
    of_event.filter.event_keys = {events[12], events[3]};
    EXPECT_THAT(Keys(of_event), ElementsAre(events[3] + 2, events[3] + 1));
    // A page may end between the deliveries of an event, and a range may begin there.
    DeliveryQuery next = query;
    next.filter.max_key = events[13] + 1;
    next.filter.min_key = events[3] + 2;
    EXPECT_THAT(Keys(next), ElementsAre(events[13] + 1, events[8] + 2, events[8] + 1, events[3] + 2));
  });
}

TEST_P(StoreSearchTest, FindsTheDeliveriesOfEveryWebhookThatHadTheId) {
  const Webhook other = Create("other");
  std::vector<int64_t> events, of_first;
  for (int i = 0; i < 20; ++i) {
    const Webhook first = Create("first");
    events.insert(events.begin(), Emit("user=#1", 1, "p", {other.key, first.key}));
    of_first.insert(of_first.begin(), events.front() + 2);
    Emit("user=#1", 1, "p", {other.key});
    Emit("user=#1");
    ASSERT_TRUE(calls_->DeleteWebhook("p", "first").ok());
  }
  WithAndWithoutIndex([&] {
    DeliveryQuery query;
    query.project = "p";
    query.content = {TestKey("user=#1")};
    query.filter.webhook_ids = {"first"};
    for (const int limit : {3, 100}) {
      query.limit = limit;
      EXPECT_EQ(Pages(query), of_first) << limit;
    }
    query.filter.webhook_ids = {"first", "other"};
    query.limit = 7;
    EXPECT_THAT(Pages(query), SizeIs(60));
    query.filter.states = {DeliveryState::kCanceled};
    EXPECT_THAT(Pages(query), IsEmpty());
    EventQuery sent = Query({"user=#1"});
    sent.webhook_ids = {"first"};
    EXPECT_EQ(FindAll(sent), events);
    sent.content.clear();
    EXPECT_EQ(FindAll(sent), events);
    sent.max_examined = 10;
    EXPECT_EQ(FindAll(sent), events);
  });
}

TEST_P(StoreSearchTest, PagesThroughDeliveriesByContent) {
  const Webhook first = Create("first"), second = Create("second");
  std::vector<int64_t> all;
  for (int i = 0; i < 60; ++i) {
    const int64_t event = Emit(absl::StrCat("user=#", i % 3), 1, "p", {first.key, second.key});
    if (i % 3 == 0) all.insert(all.begin(), {event + 2, event + 1});
  }
  WithAndWithoutIndex([&] {
    for (const int limit : {1, 3, 7}) {
      DeliveryQuery query;
      query.project = "p";
      query.content = {TestKey("user=#0")};
      query.limit = limit;
      query.max_examined = 10;
      std::vector<int64_t> keys;
      while (true) {
        const auto page = calls_->ListPage(query);
        ASSERT_TRUE(page.ok()) << page.status();
        for (const Delivery& delivery : page->deliveries) keys.push_back(delivery.key);
        const bool full = page->deliveries.size() == static_cast<size_t>(limit);
        if (!full && !page->examined_to.has_value()) break;
        query.filter.max_key = (full ? keys.back() : *page->examined_to) - 1;
      }
      EXPECT_EQ(keys, all) << limit;
    }
  });
}

TEST_P(StoreSearchTest, FindsWhatRetentionLeaves) {
  const int64_t old = Emit("user=#1");
  for (int i = 0; i < 100; ++i) Emit("user=#2");
  IndexAll();
  clock_.Advance(absl::Hours(1));
  const int64_t kept = Emit("user=#1");
  while (true) {
    const auto purged = calls_->Purge(old + 1, old + 1, 1000);
    ASSERT_TRUE(purged.ok()) << purged.status();
    if (!purged->more) break;
  }
  IndexAll();
  EXPECT_THAT(Find(Query({"user=#1"})), ElementsAre(kept));
  EXPECT_THAT(FindAll(Query({"user=#2"})), SizeIs(100));
}

TEST_P(StoreSearchTest, IndexesAfterEverythingWasPurged) {
  for (int i = 0; i < 100; ++i) Emit("user=#1");
  IndexAll();
  clock_.Advance(absl::Hours(1));
  const int64_t now = FirstKeyAt(clock_.Now());
  while (true) {
    const auto purged = calls_->Purge(now, now, 1000);
    ASSERT_TRUE(purged.ok()) << purged.status();
    if (!purged->more) break;
  }
  IndexAll();
  EXPECT_THAT(Find(Query({"user=#1"})), IsEmpty());
  std::vector<int64_t> keys;
  for (int i = 0; i < 100; ++i) keys.insert(keys.begin(), Emit("user=#1"));
  WithAndWithoutIndex([&] { EXPECT_EQ(FindAll(Query({"user=#1"})), keys); });
}

TEST_P(StoreSearchTest, TheIndexSurvivesClosing) {
  if (!GetParam().survives_closing) return;
  const int64_t event = Emit("user=#1");
  for (int i = 0; i < 100; ++i) Emit("user=#2");
  IndexAll();
  Open();
  EXPECT_THAT(Find(Query({"user=#1"})), ElementsAre(event));
  IndexAll();
  EXPECT_THAT(FindAll(Query({"user=#2"})), SizeIs(100));
}

}  // namespace
}  // namespace hookd
