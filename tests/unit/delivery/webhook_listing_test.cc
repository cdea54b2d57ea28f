// Which webhooks are listed, in which order, and at which cost.
#include "delivery/webhook_listing.h"

#include "absl/strings/str_format.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class WebhookListingTest : public ::testing::Test {
 protected:
  // A webhook of the table alone, whose health is as after these attempts.
  int64_t Add(const std::string& id, int failures = 0, bool succeeded = false,
              const std::string& project = "p") {
    Webhook webhook;
    webhook.key = ++last_key_;
    webhook.project = project;
    webhook.id = id;
    webhook.event_types = EventTypes(0b10);
    webhook.display_name = "name of " + id;
    webhook.create_time = engine_.clock.Now() + absl::Seconds(last_key_);
    engine_.table.Put({webhook});
    const auto record = engine_.engine->health()->Get(webhook.key);
    if (succeeded) record->OnSuccess(engine_.clock.Now(), 0);
    for (int i = 0; i < failures; ++i) {
      record->OnFailure(engine_.clock.Now() + absl::Seconds(failures), "no", 0);
    }
    return webhook.key;
  }

  WebhookListing::Page List(WebhookQuery query) {
    query.project = "p";
    if (query.limit == 1) query.limit = 100;
    query.now = engine_.clock.Now();
    absl::StatusOr<WebhookListing::Page> page = absl::UnknownError("not answered");
    engine_.engine->listing()->List(query, [&](auto listed) { page = std::move(listed); });
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? *std::move(page) : WebhookListing::Page();
  }
  static std::vector<std::string> Ids(const WebhookListing::Page& page) {
    std::vector<std::string> ids;
    for (const ListedWebhook& each : page.webhooks) ids.push_back(each.webhook->id);
    return ids;
  }

  TestEngine engine_;
  int64_t last_key_ = 0;
};

TEST_F(WebhookListingTest, ListsByIdUnlessAskedOtherwise) {
  Add("b");
  Add("c");
  Add("a");
  EXPECT_THAT(Ids(List({})), ElementsAre("a", "b", "c"));
  EXPECT_THAT(Ids(List({.descending = true})), ElementsAre("c", "b", "a"));
  EXPECT_THAT(Ids(List({.order = WebhookOrder::kCreateTime})), ElementsAre("b", "c", "a"));
  EXPECT_THAT(Ids(List({.order = WebhookOrder::kDisplayName, .descending = true})),
              ElementsAre("c", "b", "a"));
}

TEST_F(WebhookListingTest, ListsThoseOfAllProjectsInPages) {
  Add("b", 3, false, "q");
  Add("a", 1, false, "q");
  Add("b", 2, false, "p");
  Add("a", 0, true, "r");
  const auto names = [&](const WebhookQuery& query) {
    std::vector<std::string> found;
    for (const ListedWebhook& each : List(query).webhooks) {
      found.push_back(each.webhook->project + "/" + each.webhook->id);
    }
    return found;
  };
  EXPECT_THAT(names({.all_projects = true}), ElementsAre("p/b", "q/a", "q/b", "r/a"));
  EXPECT_THAT(names({.all_projects = true, .descending = true}), ElementsAre("r/a", "q/b", "q/a", "p/b"));
  EXPECT_THAT(names({.all_projects = true, .order = WebhookOrder::kConsecutiveFailures, .descending = true}),
              ElementsAre("q/b", "p/b", "q/a", "r/a"));
  for (const WebhookOrder order : {WebhookOrder::kId, WebhookOrder::kCreateTime}) {
    WebhookQuery query{.all_projects = true, .order = order, .limit = 3};
    const WebhookListing::Page first = List(query);
    EXPECT_THAT(first.webhooks, SizeIs(3));
    ASSERT_TRUE(first.next.has_value());
    query.after = first.next;
    const WebhookListing::Page second = List(query);
    ASSERT_THAT(second.webhooks, SizeIs(1));
    EXPECT_FALSE(second.next.has_value());
    EXPECT_EQ(second.webhooks[0].webhook->project, "r");
  }
}

TEST_F(WebhookListingTest, FiltersByTheCircuitAsItIsNow) {
  const absl::Time now = engine_.clock.Now();
  const auto set = [&](const char* id, absl::Time ready) {
    engine_.engine->health()->Get(Add(id))->SetPending(1, ready, 0);
  };
  set("closed", absl::InfinitePast());
  set("open", now + absl::Minutes(1));
  set("probing", absl::InfiniteFuture());
  const auto ids = [&](std::initializer_list<CircuitState> states) {
    WebhookQuery query;
    for (const CircuitState state : states) query.circuits.set(static_cast<size_t>(state));
    return Ids(List(query));
  };
  EXPECT_THAT(ids({CircuitState::kOpen}), ElementsAre("open"));
  EXPECT_THAT(ids({CircuitState::kClosed, CircuitState::kHalfOpen}), ElementsAre("closed", "probing"));
  engine_.clock.Advance(absl::Minutes(2));
  EXPECT_THAT(ids({CircuitState::kOpen}), IsEmpty());
  EXPECT_THAT(ids({CircuitState::kHalfOpen}), ElementsAre("open", "probing"));
}

TEST_F(WebhookListingTest, OrdersByHealthWithThoseWithoutTheValueLast) {
  Add("fine", 0, true);
  Add("new");
  Add("worst", 9);
  Add("bad", 3);
  Add("also-bad", 3);
  EXPECT_THAT(Ids(List({.order = WebhookOrder::kConsecutiveFailures, .descending = true})),
              ElementsAre("worst", "also-bad", "bad", "fine", "new"));
  EXPECT_THAT(Ids(List({.order = WebhookOrder::kFailingSince})),
              ElementsAre("also-bad", "bad", "worst", "fine", "new"));
  EXPECT_THAT(Ids(List({.order = WebhookOrder::kLastFailureTime, .descending = true})),
              ElementsAre("worst", "also-bad", "bad", "fine", "new"));
}

TEST_F(WebhookListingTest, OrdersByPendingDeliveriesAndShowsTheOldest) {
  const int64_t a = engine_.Create("a"), b = engine_.Create("b");
  engine_.SetDisabled("b", true);
  const std::vector<int64_t> events = engine_.Emit(3);
  const WebhookListing::Page page = List({.order = WebhookOrder::kPendingDeliveries, .descending = true});
  ASSERT_THAT(Ids(page), ElementsAre("a", "b"));
  EXPECT_EQ(page.webhooks[0].health.webhook_key, a);
  EXPECT_EQ(page.webhooks[0].health.pending, 3);
  EXPECT_EQ(page.webhooks[0].oldest_pending_time, TimeOfKey(events[0] + 1));
  EXPECT_EQ(page.webhooks[1].health.webhook_key, b);
  EXPECT_EQ(page.webhooks[1].oldest_pending_time, std::nullopt);
}

TEST_F(WebhookListingTest, FiltersByTypeStateAndHealth) {
  Add("failing", 2);
  Add("fine", 0, true);
  Add("new");
  Webhook off = *engine_.table.Find("p", "new");
  off.disabled = true;
  off.event_types = EventTypes(0b100);
  off.revision = 1;
  engine_.table.Put({off});
  EXPECT_THAT(Ids(List({.event_types = EventTypes(0b100)})), ElementsAre("new"));
  EXPECT_THAT(Ids(List({.event_types = EventTypes(0b110)})), ElementsAre("failing", "fine", "new"));
  EXPECT_THAT(Ids(List({.enabled = true})), ElementsAre("failing", "fine"));
  EXPECT_THAT(Ids(List({.enabled = false})), ElementsAre("new"));
  EXPECT_THAT(Ids(List({.states = 0b100})), ElementsAre("failing"));
  EXPECT_THAT(Ids(List({.states = 0b110})), ElementsAre("failing", "fine"));
  EXPECT_THAT(Ids(List({.enabled = false, .states = 0b100})), IsEmpty());
}

TEST_F(WebhookListingTest, PagesOfEveryOrderHaveEveryWebhookOnce) {
  for (int i = 0; i < 2500; ++i) Add(absl::StrFormat("w%04d", i), i % 7, i % 3 == 0);
  for (const WebhookOrder order : {WebhookOrder::kId, WebhookOrder::kDisplayName, WebhookOrder::kCreateTime,
                                   WebhookOrder::kFailingSince, WebhookOrder::kConsecutiveFailures}) {
    for (const bool descending : {false, true}) {
      WebhookQuery query{.order = order, .descending = descending, .limit = 999};
      std::set<std::string> seen;
      size_t pages = 0;
      do {
        const WebhookListing::Page page = List(query);
        for (const std::string& id : Ids(page)) EXPECT_TRUE(seen.insert(id).second) << id;
        query.after = page.next;
        ASSERT_LE(++pages, 3u);
      } while (query.after.has_value());
      EXPECT_THAT(seen, SizeIs(2500));
    }
  }
}

TEST_F(WebhookListingTest, AFilterThatNothingMatchesEndsThePageEarlyAndTheNextGoesOn) {
  std::vector<Webhook> many;
  for (int i = 0; i < limits::kMaxWebhooksExamined + 500; ++i) {
    Webhook& webhook = many.emplace_back();
    webhook.key = ++last_key_;
    webhook.project = "p";
    webhook.id = absl::StrFormat("w%06d", i);
  }
  many.back().disabled = true;
  engine_.table.Put(many);
  WebhookListing::Page page = List({.enabled = false});
  EXPECT_THAT(page.webhooks, IsEmpty());
  ASSERT_TRUE(page.next.has_value());
  page = List({.enabled = false, .after = page.next});
  EXPECT_THAT(Ids(page), ElementsAre(many.back().id));
  EXPECT_FALSE(page.next.has_value());
}

TEST_F(WebhookListingTest, AnOrderOfTooManyWebhooksIsRefused) {
  std::vector<Webhook> many(limits::kMaxWebhooksOrdered + 1);
  for (size_t i = 0; i < many.size(); ++i) {
    many[i].key = static_cast<int64_t>(i) + 1;
    many[i].project = "p";
    many[i].id = absl::StrFormat("w%06d", i);
  }
  engine_.table.Put(std::move(many));
  engine_.engine->listing()->List({.project = "p", .order = WebhookOrder::kCreateTime, .limit = 1},
                                  [](const auto& page) { EXPECT_EQ(FieldOf(page.status()), "order_by"); });
}

TEST_F(WebhookListingTest, TheErrorsOfTheStoreAreThoseOfTheList) {
  engine_.Create("a");
  engine_.Emit(1);
  engine_.store.FailReads(absl::UnavailableError("gone"));
  engine_.engine->listing()->List({.project = "p", .limit = 10}, [](const auto& page) {
    EXPECT_EQ(page.status().code(), absl::StatusCode::kUnavailable);
  });
  engine_.engine->listing()->Get(
      "p", "a", [](const auto& found) { EXPECT_EQ(found.status().code(), absl::StatusCode::kUnavailable); });
  engine_.store.FailReads(absl::OkStatus());
  engine_.engine->listing()->Get(
      "p", "none", [](const auto& found) { EXPECT_EQ(found.status().code(), absl::StatusCode::kNotFound); });
}

}  // namespace
}  // namespace hookd
