#include "absl/strings/str_cat.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::SizeIs;

class DeliveriesTest : public HookctlTest {};
class EventsTest : public HookctlTest {};

v1::Delivery MakeDelivery() {
  v1::Delivery delivery;
  delivery.set_name("projects/shop/deliveries/d1");
  delivery.set_event("projects/shop/events/e1");
  delivery.set_webhook("projects/shop/webhooks/billing");
  delivery.set_event_type(v1::EVENT_TYPE_BOUNCED);
  delivery.set_state(v1::DELIVERY_STATE_FAILED);
  delivery.mutable_create_time()->set_seconds(1769862605);
  delivery.set_attempt_count(1);
  delivery.set_error("could not connect: connection refused");
  return delivery;
}

TEST_F(DeliveriesTest, ListIsATable) {
  v1::ListDeliveriesResponse list;
  *list.add_deliveries() = MakeDelivery();
  hookd_.deliveries.list.Respond(list);
  EXPECT_EQ(
      Hookctl({"deliveries", "list"}).out,
      "DELIVERY  CREATED               EVENT  TYPE     WEBHOOK  STATE   ATTEMPTS  STATUS  ERROR\n"
      "d1        2026-01-31 12:30:05Z  e1     bounced  billing  failed  1         -       could not connect: "
      "connection refused\n");
}

TEST_F(DeliveriesTest, ATableIsCutToTheTerminal) {
  v1::ListDeliveriesResponse list;
  *list.add_deliveries() = MakeDelivery();
  hookd_.deliveries.list.Respond(list);
  EXPECT_THAT(Hookctl({"deliveries", "list"}, "", 95).out,
              HasSubstr("TYPE     WEBHOOK  STATE   STATUS  ERROR\n"));
  EXPECT_THAT(Hookctl({"deliveries", "list"}, "", 95).out, HasSubstr("could not connect: connectio…\n"));
}

TEST_F(DeliveriesTest, StatusAndErrorAreSeenOnAnyTerminalAndAllColumnsOnRequest) {
  v1::ListDeliveriesResponse list;
  *list.add_deliveries() = MakeDelivery();
  hookd_.deliveries.list.Respond(list);
  for (const int width : {40, 60, 80, 120}) {
    const std::string out = Hookctl({"deliveries", "list"}, "", width).out;
    EXPECT_THAT(out, HasSubstr("STATUS  ERROR")) << width;
    EXPECT_THAT(out, HasSubstr("could")) << width;
  }
  EXPECT_EQ(Hookctl({"deliveries", "list", "-o", "wide"}, "", 40).out, Hookctl({"deliveries", "list"}).out);
}

TEST_F(DeliveriesTest, FlagsBecomeAFilter) {
  const Result result =
      Hookctl({"deliveries", "list", "--webhook", "billing", "--event", "projects/x/events/e1", "--type",
               "bounced", "--state", "failed", "--since", "2026-01-31", "--until",
               "2026-02-01T00:00:00+01:00", "--filter", "event_type = SENT"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(
      hookd_.deliveries.list.requests()[0].filter(),
      "webhook = \"projects/shop/webhooks/billing\" AND event = \"projects/x/events/e1\""
      " AND event_type = EVENT_TYPE_BOUNCED AND state = DELIVERY_STATE_FAILED"
      " AND create_time >= \"2026-01-31T00:00:00+00:00\" AND create_time < \"2026-01-31T23:00:00+00:00\""
      " AND event_type = SENT");
}

TEST_F(DeliveriesTest, RepeatedFlagsAreAlternatives) {
  const Result result =
      Hookctl({"deliveries", "list", "--state", "failed,canceled", "--state", "pending", "--status-code",
               "5xx", "--status-code", "404", "--error", "timeout,tls", "--type", "bounced,sent"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(hookd_.deliveries.list.requests()[0].filter(),
            "event_type = EVENT_TYPE_BOUNCED OR event_type = EVENT_TYPE_SENT"
            " AND state = DELIVERY_STATE_FAILED OR state = DELIVERY_STATE_CANCELED OR state = "
            "DELIVERY_STATE_PENDING"
            " AND status_code = 5xx OR status_code = 404"
            " AND error = ERROR_CLASS_TIMEOUT OR error = ERROR_CLASS_TLS");
}

TEST_F(DeliveriesTest, WithoutFlagsThereIsNoFilter) {
  Hookctl({"deliveries", "list"});
  EXPECT_EQ(hookd_.deliveries.list.requests()[0].filter(), "");
}

TEST_F(DeliveriesTest, SinceCanBeAnAge) {
  Hookctl({"deliveries", "list", "--since", "2h"});
  EXPECT_THAT(hookd_.deliveries.list.requests()[0].filter(), MatchesRegex("create_time >= \"20.*00:00\""));
}

TEST_F(DeliveriesTest, AllPagesAskForTheSame) {
  hookd_.deliveries.list.Set([](const v1::ListDeliveriesRequest& request, v1::ListDeliveriesResponse* page) {
    *page->add_deliveries() = MakeDelivery();
    if (request.page_token().empty()) page->set_next_page_token("next");
    return grpc::Status::OK;
  });
  Hookctl({"deliveries", "list", "--since", "2h", "--limit", "0"});
  const auto requests = hookd_.deliveries.list.requests();
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(requests[0].filter(), requests[1].filter());
  EXPECT_EQ(requests[1].page_token(), "next");
}

TEST_F(DeliveriesTest, AWrongFlagIsAUsageErrorThatSaysWhatIsRight) {
  EXPECT_THAT(Hookctl({"deliveries", "list", "--state", "lost"}).err,
              HasSubstr("pending, delivered, failed, canceled"));
  EXPECT_THAT(Hookctl({"deliveries", "list", "--since", "lately"}).err, HasSubstr("2026-01-31T12:00:00Z"));
  for (const char* status : {"6xx", "50", "5xxx", "0xx", "timeout"}) {
    EXPECT_THAT(Hookctl({"deliveries", "list", "--status-code", status}).err,
                HasSubstr("a class from 1xx to 5xx"));
  }
  EXPECT_THAT(Hookctl({"deliveries", "list", "--error", "slow"}).err,
              HasSubstr("status, timeout, connection"));
  EXPECT_EQ(Hookctl({"deliveries", "list", "--limit", "-1"}).code, kUsage);
}

TEST_F(DeliveriesTest, WhatCannotBeAnIdIsRefusedInTheWordsOfTheCommandLine) {
  const auto wrong = hookd::InvalidArgument({{"name", "must be a name of the form projects/{project}/..."}});
  hookd_.deliveries.get.Fail(wrong);
  hookd_.deliveries.retry.Fail(wrong);
  hookd_.events.get.Fail(wrong);
  for (const char* command : {"get", "retry"}) {
    const Result result = Hookctl({"deliveries", command, "nope"});
    EXPECT_EQ(result.code, kInvalidArgument);
    EXPECT_EQ(
        result.err,
        "error: INVALID_ARGUMENT: 'nope' is neither an id nor a full name: hookctl deliveries list shows the "
        "ids\n");
  }
  EXPECT_THAT(Hookctl({"events", "get", "nope"}).err, HasSubstr("hookctl events list shows the ids"));
}

TEST_F(DeliveriesTest, GetShowsEveryAttempt) {
  v1::Delivery delivery = MakeDelivery();
  auto* attempt = delivery.add_attempts();
  attempt->set_number(1);
  attempt->mutable_start_time()->set_seconds(1769862605);
  attempt->mutable_name_lookup_duration()->set_nanos(500000);
  attempt->mutable_total_duration()->set_seconds(5);
  attempt->set_error("no answer within 5 s");
  auto* header = attempt->add_request_headers();
  header->set_name("Authorization");
  header->set_value("[redacted]");
  delivery.mutable_next_attempt_time()->set_seconds(1769862615);
  attempt = delivery.add_attempts();
  attempt->set_number(2);
  attempt->set_response_status(503);
  attempt->set_response_body("{\"busy\":true}");
  header = attempt->add_response_headers();
  header->set_name("Retry-After");
  header->set_value("10\x1b[2J");
  attempt->set_response_body_truncated(true);
  hookd_.deliveries.get.Respond(delivery);
  const Result result = Hookctl({"deliveries", "get", "d1"});
  EXPECT_EQ(hookd_.deliveries.get.requests()[0].name(), "projects/shop/deliveries/d1");
  EXPECT_EQ(result.out,
            "Name          projects/shop/deliveries/d1\n"
            "Event         projects/shop/events/e1\n"
            "Webhook       projects/shop/webhooks/billing\n"
            "Type          bounced\n"
            "State         failed\n"
            "Created       2026-01-31 12:30:05.000Z\n"
            "Attempts      1\n"
            "Next attempt  2026-01-31 12:30:15.000Z\n"
            "Error         could not connect: connection refused\n"
            "\nAttempt 1\n"
            "  Error    no answer within 5 s\n"
            "  Started  2026-01-31 12:30:05.000Z\n"
            "  Took     name lookup 0.50 ms, total 5.00 s\n"
            "  Request headers\n"
            "    Authorization: [redacted]\n"
            "\nAttempt 2\n"
            "  Status  503\n"
            "  Response headers\n"
            "    Retry-After: 10\\x1b[2J\n"
            "  Body (truncated)\n"
            "    {\n      \"busy\": true\n    }\n");
}

TEST_F(DeliveriesTest, GetShowsWhatWasSentAndWhere) {
  v1::Delivery delivery = MakeDelivery();
  delivery.set_error_class(v1::ERROR_CLASS_STATUS);
  delivery.set_request_body("{\"a\":1}");
  auto* attempt = delivery.add_attempts();
  attempt->set_number(1);
  attempt->set_url("https://example.com/hook");
  attempt->set_remote_address("[2001:db8::1]:443");
  attempt->set_http_version("1.1");
  attempt->set_trigger(v1::ATTEMPT_TRIGGER_MANUAL);
  attempt->set_node("nodes/n1");
  attempt->mutable_retry_after()->set_seconds(30);
  attempt->set_error_class(v1::ERROR_CLASS_STATUS);
  hookd_.deliveries.get.Respond(delivery);
  EXPECT_THAT(Hookctl({"deliveries", "get", "d1"}).out,
              AllOf(HasSubstr("Error class  status\n\nRequest body\n  {\n    \"a\": 1\n  }\n\nAttempt 1\n"),
                    HasSubstr("  Trigger      manual\n"
                              "  URL          https://example.com/hook\n"
                              "  Address      [2001:db8::1]:443\n"
                              "  Protocol     HTTP/1.1\n"
                              "  Error class  status\n"
                              "  Retry after  30.00 s\n"
                              "  Node         nodes/n1\n")));
}

TEST_F(DeliveriesTest, GetReadsTheAttemptsThatTheDeliveryLeavesOut) {
  v1::Delivery delivery = MakeDelivery();
  delivery.set_attempt_count(3);
  delivery.add_attempts()->set_number(1);
  delivery.add_attempts()->set_number(3);
  hookd_.deliveries.get.Respond(delivery);
  hookd_.deliveries.attempts.Set([](const v1::ListAttemptsRequest& request, v1::ListAttemptsResponse* page) {
    const int number = request.page_token().empty() ? 1 : request.page_token().back() - '0';
    page->add_attempts()->set_number(number);
    if (number < 3) page->set_next_page_token(absl::StrCat(number + 1));
    return grpc::Status::OK;
  });
  const Result result = Hookctl({"deliveries", "get", "d1"});
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("Attempt 1\n"), HasSubstr("Attempt 2\n"), HasSubstr("Attempt 3\n")));
  EXPECT_EQ(hookd_.deliveries.attempts.requests()[0].parent(), delivery.name());
}

TEST_F(EventsTest, GetShowsTheEvent) {
  v1::Event event;
  event.set_name("projects/shop/events/e1");
  event.mutable_emit_time()->set_seconds(1769862605);
  event.mutable_sent()->set_sent_at(7);
  event.set_webhook_count(2);
  hookd_.events.get.Respond(event);
  EXPECT_EQ(
      Hookctl({"events", "get", "e1"}).out,
      "Name      projects/shop/events/e1\nType      sent\nEmitted   2026-01-31 12:30:05.000Z\nWebhooks  2\n"
      "\n{\n  \"sent\": {\n    \"sent_at\": \"7\"\n  }\n}\n");
  EXPECT_EQ(hookd_.events.get.requests()[0].name(), "projects/shop/events/e1");
}

TEST_F(EventsTest, GetShowsTheDocument) {
  v1::Event event;
  event.set_name("projects/shop/events/e1");
  event.set_document("{\"event\":\"sent\"}");
  hookd_.events.get.Respond(event);
  EXPECT_EQ(Hookctl({"events", "get", "e1", "--document"}).out, "{\"event\":\"sent\"}\n");
  EXPECT_EQ(hookd_.events.get.requests()[0].view(), v1::EVENT_VIEW_DOCUMENT);
  EXPECT_THAT(Hookctl({"events", "get", "e1", "--document", "-o", "json"}).out, HasSubstr("\"document\": "));
}

TEST_F(EventsTest, WhatGetPrintsAsJsonCanBeEmittedAgain) {
  v1::Event event;
  event.set_name("projects/shop/events/e1");
  event.mutable_emit_time()->set_seconds(1769862605);
  event.mutable_sent()->set_sent_at(7);
  hookd_.events.get.Respond(event);
  const Result got = Hookctl({"events", "get", "e1", "-o", "json"});
  EXPECT_EQ(Hookctl({"emit", "-"}, got.out).code, kOk);
  EXPECT_EQ(hookd_.events.emit.requests()[0].event().sent().sent_at(), 7);
}

TEST_F(EventsTest, EverySampleCanBeEmitted) {
  for (const char* type : {"sent", "user_updated", "COMPLAINED"}) {
    const Result sample = Hookctl({"events", "sample", type});
    EXPECT_EQ(sample.code, kOk);
    EXPECT_EQ(Hookctl({"emit", "-"}, sample.out).code, kOk);
  }
  EXPECT_THAT(hookd_.events.emit.requests(), SizeIs(3));
}

}  // namespace
}  // namespace hookctl
