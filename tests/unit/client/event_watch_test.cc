// hookctl events watch.
#include "tests/unit/client/hookctl_run.h"
#include "tests/unit/client/watched_events.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using EventWatchTest = HookctlTest;

const grpc::Status kGone(grpc::StatusCode::UNAVAILABLE, "the server is shutting down");

TEST_F(EventWatchTest, ShowsEventsUntilTheLimit) {
  hookd_.events.watches = {{.responses = {AHeartbeat("c0"), AnEvent(1), AnEvent(2), AnEvent(3)}, .end = {}}};
  const Result result = Hookctl({"events", "watch", "--limit", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("TIME"), HasSubstr("bounced"), HasSubstr("e1"),
                                HasSubstr("{\"n\":2}"), Not(HasSubstr("e3"))));
}

TEST_F(EventWatchTest, ANarrowTerminalShowsTheBeginningOfTheDocument) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}, {.responses = {AnEvent(1)}, .end = {}}};
  EXPECT_THAT(Hookctl({"events", "watch", "--limit", "1"}, "", 60).out,
              HasSubstr("EVENT          TYPE          DOCUMENT\ne1             bounced       {\"n\":1}\n"));
  EXPECT_THAT(Hookctl({"events", "watch", "--limit", "1"}, "", 80).out,
              HasSubstr("TYPE          DOCUMENT\n"));
}

TEST_F(EventWatchTest, AsksForWhatTheFlagsSay) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  Hookctl({"events", "watch", "--limit", "1", "--type", "bounced", "--type", "complained", "--email", "a@b",
           "--webhook", "w", "--since", "2026-01-31T00:00:00Z"});
  const auto request = hookd_.events.watch.requests().at(0);
  EXPECT_EQ(request.parent(), "projects/shop");
  EXPECT_EQ(request.filter(),
            "(event_type = EVENT_TYPE_BOUNCED OR event_type = EVENT_TYPE_COMPLAINED) AND webhook = "
            "\"projects/shop/webhooks/w\" AND user.email = \"a@b\"");
  EXPECT_EQ(request.start_time().seconds(), 1'769'817'600);
}

TEST_F(EventWatchTest, ResumesAfterTheLastCursorWhenTheStreamBreaks) {
  hookd_.events.watches = {{.responses = {AnEvent(1), AHeartbeat("c2")}, .end = kGone},
                           {.responses = {AnEvent(3)}}};
  const Result result = Hookctl({"-o", "json", "events", "watch", "--limit", "2", "--since", "1h"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("reconnecting"));
  const auto requests = hookd_.events.watch.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].cursor(), "c2");
  EXPECT_FALSE(requests[1].has_start_time());
  EXPECT_THAT(result.out, AllOf(HasSubstr("\"cursor\":\"c1\""), HasSubstr("\"cursor\":\"c3\"")));
}

TEST_F(EventWatchTest, FailsIfItNeverBegins) {
  hookd_.events.watch.Fail(kGone);
  EXPECT_EQ(Hookctl({"events", "watch"}).code, kUnavailable);
}

TEST_F(EventWatchTest, FailsIfItsPlaceIsDeleted) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {grpc::StatusCode::OUT_OF_RANGE, "too old"}}};
  const Result result = Hookctl({"events", "watch"});
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.err, HasSubstr("too old"));
}

}  // namespace
}  // namespace hookctl
