// ListEvents, and lists of deliveries by the content of their events.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/conversion/event_content.h"
#include "gmock/gmock.h"
#include "payload/payload.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class EventListTest : public ApiTest {
 protected:
  EventListTest() { store_.SetContentReader(ReadEventContent); }

  std::string EmitEvent(const v1::Event& event, const std::string& project = "p") {
    clock_.Advance(absl::Milliseconds(1));
    v1::EmitEventRequest request;
    request.set_parent("projects/" + project);
    *request.mutable_event() = event;
    v1::EmitEventResponse response;
    const absl::Status status = Emit(request, response);
    EXPECT_TRUE(status.ok()) << status;
    return response.event();
  }

  static v1::Event Sent(int64_t user, const std::string& email = "ann@example.com") {
    v1::Event event;
    event.mutable_sent()->mutable_user()->mutable_id()->set_number(user);
    event.mutable_sent()->mutable_user()->set_email(email);
    return event;
  }

  static v1::ListEventsRequest Request(const std::string& filter = "") {
    v1::ListEventsRequest request;
    request.set_parent("projects/p");
    request.set_filter(filter);
    return request;
  }

  absl::Status ListEvents(const v1::ListEventsRequest& request, v1::ListEventsResponse& response) {
    return Call("EventService/ListEvents", request, response);
  }

  std::vector<std::string> Names(const v1::ListEventsRequest& request) {
    v1::ListEventsResponse response;
    const absl::Status status = ListEvents(request, response);
    EXPECT_TRUE(status.ok()) << status;
    std::vector<std::string> names;
    for (const v1::Event& event : response.events()) names.push_back(event.name());
    return names;
  }

  std::string Violation(const v1::ListEventsRequest& request) {
    v1::ListEventsResponse response;
    const absl::Status status = ListEvents(request, response);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    const auto detail = DetailOf<google::rpc::BadRequest>(status);
    return detail.field_violations_size() == 0 ? ""
                                               : absl::StrCat(detail.field_violations(0).field(), ": ",
                                                              detail.field_violations(0).description());
  }
};

TEST_F(EventListTest, ListsEventsNewestFirst) {
  MustCreate();
  const std::string first = EmitEvent(Sent(1));
  v1::Event converted;
  converted.mutable_converted()->mutable_user()->mutable_id()->set_text("a");
  const std::string second = EmitEvent(converted);
  EmitEvent(Sent(2), "other");
  v1::ListEventsResponse response;
  ASSERT_TRUE(ListEvents(Request(), response).ok());
  ASSERT_THAT(response.events(), SizeIs(2));
  EXPECT_EQ(response.events(0).name(), second);
  EXPECT_EQ(response.events(0).converted().user().id().text(), "a");
  EXPECT_EQ(response.events(0).webhook_count(), 0);
  EXPECT_EQ(response.events(1).name(), first);
  EXPECT_EQ(response.events(1).webhook_count(), 1);
  EXPECT_TRUE(response.events(1).has_emit_time());
  EXPECT_THAT(response.events(1).document(), IsEmpty());
  EXPECT_THAT(response.next_page_token(), IsEmpty());
}

TEST_F(EventListTest, FiltersByTypeTimeWebhookAndContent) {
  MustCreate("w");
  const std::string one = EmitEvent(Sent(1));
  const std::string two = EmitEvent(Sent(2, "Bob \"the\" \\builder@x"));
  v1::Event bounced;
  bounced.mutable_bounced()->mutable_user()->mutable_id()->set_text("1");
  bounced.mutable_bounced()->set_message_id("<m>");
  bounced.mutable_bounced()->mutable_campaign()->mutable_id()->set_number(7);
  const std::string three = EmitEvent(bounced);
  v1::Event left;
  left.mutable_unsubscribed()->mutable_user()->mutable_id()->set_number(1);
  left.mutable_unsubscribed()->mutable_campaign()->set_campaign_title("Sale");
  const std::string four = EmitEvent(left);
  const auto named = [&](const std::string& filter) { return Names(Request(filter)); };
  EXPECT_THAT(named("event_type = SENT"), ElementsAre(two, one));
  EXPECT_THAT(named("event_type = BOUNCED OR event_type = EVENT_TYPE_UNSUBSCRIBED"),
              ElementsAre(four, three));
  EXPECT_THAT(named("webhook = \"projects/p/webhooks/w\""), ElementsAre(two, one));
  EXPECT_THAT(named("user.id = 1"), ElementsAre(four, one));
  EXPECT_THAT(named("user.id = \"1\""), ElementsAre(three));
  EXPECT_THAT(named("(user.id = 1 OR user.id = \"1\") AND event_type = BOUNCED"), ElementsAre(three));
  EXPECT_THAT(named("user.email = \"Bob \\\"the\\\" \\\\builder@x\""), ElementsAre(two));
  EXPECT_THAT(named("message_id = \"<m>\""), ElementsAre(three));
  EXPECT_THAT(named("campaign.id = 7"), ElementsAre(three));
  EXPECT_THAT(named("campaign.name = \"Sale\""), ElementsAre(four));
  EXPECT_THAT(named("emit_time < \"2000-01-01T00:00:00Z\""), IsEmpty());
}

TEST_F(EventListTest, TheViewAddsTheDocumentThatEndpointsReceive) {
  EmitEvent(Sent(1));
  v1::ListEventsRequest request = Request();
  request.set_view(v1::EVENT_VIEW_DOCUMENT);
  v1::ListEventsResponse response;
  ASSERT_TRUE(ListEvents(request, response).ok());
  EXPECT_EQ(response.events(0).document(), ToJson(Sent(1)));
  v1::GetEventRequest get;
  get.set_name(response.events(0).name());
  get.set_view(v1::EVENT_VIEW_DOCUMENT);
  v1::Event event;
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.SerializeAsString(), response.events(0).SerializeAsString());
}

TEST_F(EventListTest, PagesHaveTokens) {
  std::vector<std::string> names;
  for (int i = 0; i < 7; ++i) names.insert(names.begin(), EmitEvent(Sent(i % 2)));
  v1::ListEventsRequest request = Request("user.id = 0");
  request.set_page_size(2);
  std::vector<std::string> found;
  int pages = 0;
  do {
    v1::ListEventsResponse response;
    ASSERT_TRUE(ListEvents(request, response).ok());
    for (const v1::Event& event : response.events()) found.push_back(event.name());
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_THAT(found, ElementsAre(names[0], names[2], names[4], names[6]));
  EXPECT_EQ(pages, 2);
}

TEST_F(EventListTest, AShortPageHasAToken) {
  for (int i = 0; i < 10; ++i) EmitEvent(Sent(i));
  store_.LookAtMost(4);
  v1::ListEventsRequest request = Request("user.id = 0");
  v1::ListEventsResponse response;
  ASSERT_TRUE(ListEvents(request, response).ok());
  EXPECT_THAT(response.events(), IsEmpty());
  ASSERT_FALSE(response.next_page_token().empty());
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(ListEvents(request, response).ok());
  request.set_page_token(response.next_page_token());
  ASSERT_TRUE(ListEvents(request, response).ok());
  EXPECT_THAT(response.events(), SizeIs(1));
}

TEST_F(EventListTest, APageWithDocumentsFitsIntoAMessage) {
  v1::Event large;
  large.mutable_sent()->mutable_user()->mutable_id()->set_number(1);
  large.mutable_sent()->mutable_campaign()->set_subject(std::string(limits::kMaxStringBytes, 's'));
  for (int i = 0; i < 250; ++i) EmitEvent(large);
  v1::ListEventsRequest request = Request();
  request.set_page_size(1000);
  request.set_view(v1::EVENT_VIEW_DOCUMENT);
  size_t found = 0;
  do {
    v1::ListEventsResponse response;
    ASSERT_TRUE(ListEvents(request, response).ok());
    EXPECT_LE(response.ByteSizeLong(), size_t{4} << 20);
    EXPECT_GE(response.events_size(), 1);
    found += static_cast<size_t>(response.events_size());
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_EQ(found, 250);
}

TEST_F(EventListTest, ATokenBelongsToItsRequest) {
  for (int i = 0; i < 3; ++i) EmitEvent(Sent(1));
  v1::ListEventsRequest request = Request();
  request.set_page_size(1);
  v1::ListEventsResponse response;
  ASSERT_TRUE(ListEvents(request, response).ok());
  request.set_page_token(response.next_page_token());
  v1::ListEventsRequest other = request;
  other.set_filter("user.id = 1");
  EXPECT_THAT(Violation(other), HasSubstr("page_token"));
  other = request;
  other.set_view(v1::EVENT_VIEW_DOCUMENT);
  EXPECT_THAT(Violation(other), HasSubstr("page_token"));
  other = request;
  other.set_parent("projects/q");
  EXPECT_THAT(Violation(other), HasSubstr("page_token"));
}

TEST_F(EventListTest, NamesWhatIsNotValid) {
  EXPECT_THAT(Violation(Request("state = FAILED")),
              HasSubstr("filter: at position 1: there is no field state"));
  EXPECT_THAT(Violation(Request("user.id = 1.5")), HasSubstr("filter: at position 11"));
  EXPECT_THAT(Violation(Request("webhook = \"projects/q/webhooks/w\"")), HasSubstr("filter: at position 11"));
  v1::ListEventsRequest request = Request();
  request.set_view(static_cast<v1::EventView>(9));
  EXPECT_THAT(Violation(request), HasSubstr("view: "));
  request = Request();
  request.set_page_size(-1);
  EXPECT_THAT(Violation(request), HasSubstr("page_size: "));
  request.set_parent("p");
  EXPECT_THAT(Violation(request), HasSubstr("parent: "));
}

TEST_F(EventListTest, FailsWithTheStore) {
  store_.FailReads(absl::UnavailableError("down"));
  v1::ListEventsResponse response;
  EXPECT_EQ(ListEvents(Request(), response).code(), absl::StatusCode::kUnavailable);
}

TEST_F(EventListTest, DeliveriesCanBeListedByTheContentOfTheirEvents) {
  MustCreate();
  const std::string one = EmitEvent(Sent(1));
  EmitEvent(Sent(2));
  v1::ListDeliveriesRequest request;
  request.set_parent("projects/p");
  request.set_filter("user.id = 1 AND user.email = \"ann@example.com\"");
  v1::ListDeliveriesResponse response;
  ASSERT_TRUE(List(request, response).ok());
  ASSERT_THAT(response.deliveries(), SizeIs(1));
  EXPECT_EQ(response.deliveries(0).event(), one);
}

}  // namespace
}  // namespace hookd
