#include "api/handlers/event_service.h"

#include <atomic>
#include <thread>

#include "base/ids.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

using EventServiceTest = ApiTest;

TEST_F(EventServiceTest, AnEmittedEventIsNamedAndCountedAndSent) {
  MustCreate("a");
  MustCreate("b");
  const v1::EmitEventResponse response = MustEmit();
  EXPECT_THAT(response.event(), MatchesRegex("projects/p/events/[0-9a-z]{13}"));
  EXPECT_EQ(response.webhook_count(), 2);
  EXPECT_EQ(response.emit_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(http_->sent(), 2u);
}

TEST_F(EventServiceTest, AnswersAndSendsOnlyOnceTheEventIsStored) {
  MustCreate();
  store_.HoldCommits();
  std::atomic<bool> answered = false;
  std::thread caller([&] {
    MustEmit();
    answered = true;
  });
  store_.WaitForHeldCommit();
  EXPECT_FALSE(answered);
  EXPECT_EQ(http_->sent(), 0u);
  store_.ReleaseCommits();
  caller.join();
  EXPECT_EQ(http_->sent(), 1u);
}

TEST_F(EventServiceTest, AnEventCanBeReadBack) {
  v1::EmitEventRequest request = GoodEmit();
  request.mutable_event()->set_name("ignored");
  request.mutable_event()->mutable_emit_time()->set_seconds(1);
  v1::EmitEventResponse emitted;
  ASSERT_TRUE(Emit(request, emitted).ok());
  v1::GetEventRequest get;
  get.set_name(emitted.event());
  v1::Event event;
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.name(), emitted.event());
  EXPECT_EQ(event.emit_time().seconds(), emitted.emit_time().seconds());
  EXPECT_EQ(event.sent().message_id(), "m");
  // The name of the same event in another project is not found.
  get.set_name("projects/q" + emitted.event().substr(strlen("projects/p")));
  EXPECT_EQ(Call("EventService/GetEvent", get, event).code(), absl::StatusCode::kNotFound);
}

TEST_F(EventServiceTest, AnEventIsReadWithItsWebhooksAndIfAskedForWithItsDocument) {
  MustCreate("a");
  MustCreate("b");
  v1::GetEventRequest get;
  get.set_name(MustEmit().event());
  v1::Event event;
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.webhook_count(), 2);
  EXPECT_EQ(event.document(), "");
  get.set_view(v1::EVENT_VIEW_DOCUMENT);
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.document(), *http_->waiting().at(0).body);
  EXPECT_EQ(event.webhook_count(), 2);
  get.set_view(static_cast<v1::EventView>(7));
  EXPECT_THAT(FieldsOf(Call("EventService/GetEvent", get, event)), ElementsAre("view"));
}

TEST_F(EventServiceTest, OutputOnlyFieldsOfAnEventAreIgnoredAndNotStored) {
  v1::EmitEventRequest request = GoodEmit();
  v1::EmitEventResponse plain;
  ASSERT_TRUE(Emit(request, plain).ok());
  request.mutable_event()->set_document(R"({"event":"forged"})");
  request.mutable_event()->set_webhook_count(77);
  v1::EmitEventResponse emitted;
  ASSERT_TRUE(Emit(request, emitted).ok());
  EXPECT_EQ(emitted.webhook_count(), 0);
  v1::GetEventRequest get;
  get.set_name(emitted.event());
  v1::Event event;
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.document(), "");
  EXPECT_EQ(event.webhook_count(), 0);
  const auto stored = [&](const std::string& name) {
    std::string bytes;
    store_.GetEvent("p", *DecodeId(name.substr(name.rfind('/') + 1)),
                    [&](absl::StatusOr<Event> found) { bytes = found.value().event; });
    return bytes;
  };
  EXPECT_EQ(stored(emitted.event()), stored(plain.event()));
}

TEST_F(EventServiceTest, ARequestIdGivesTheFirstAnswerAgainAndSendsOnce) {
  MustCreate();
  v1::EmitEventRequest request = GoodEmit();
  request.set_request_id("r");
  v1::EmitEventResponse first, again;
  ASSERT_TRUE(Emit(request, first).ok());
  ASSERT_TRUE(Emit(request, again).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(first, again));
  EXPECT_EQ(http_->sent(), 1u);
}

TEST_F(EventServiceTest, ARequestIdOfOtherContentIsRefused) {
  v1::EmitEventRequest request = GoodEmit();
  request.set_request_id("r");
  v1::EmitEventResponse response;
  ASSERT_TRUE(Emit(request, response).ok());
  request.mutable_event()->mutable_sent()->set_message_id("other");
  EXPECT_THAT(FieldsOf(Emit(request, response)), ElementsAre("request_id"));
}

TEST_F(EventServiceTest, TheOrderOfFreeFormPropertiesDoesNotMakeARequestAnother) {
  v1::EmitEventRequest request = GoodEmit();
  request.set_request_id("r");
  std::string first;
  for (int round = 0; round < 2; ++round) {
    request.mutable_event()->mutable_user_updated()->mutable_user()->set_email("e");
    auto* changes = request.mutable_event()->mutable_user_updated()->mutable_changes();
    changes->clear_fields();
    for (int i = 0; i < 20; ++i) {
      const int n = round == 0 ? i : 19 - i;
      (*changes->mutable_fields())["p" + std::to_string(n)].set_number_value(n);
    }
    v1::EmitEventResponse response;
    const absl::Status status = Emit(request, response);
    ASSERT_TRUE(status.ok()) << status.message();
    if (round == 0) first = response.event();
    EXPECT_EQ(response.event(), first);
  }
}

TEST_F(EventServiceTest, ValidatingCountsTheWebhooksAndEmitsNothing) {
  MustCreate();
  const size_t before = store_.size();
  v1::EmitEventRequest request = GoodEmit();
  request.set_validate_only(true);
  v1::EmitEventResponse response;
  ASSERT_TRUE(Emit(request, response).ok());
  EXPECT_EQ(response.webhook_count(), 1);
  EXPECT_THAT(response.event(), IsEmpty());
  EXPECT_EQ(store_.size(), before);
  EXPECT_EQ(http_->sent(), 0u);
}

TEST_F(EventServiceTest, AFullStoreIsAnsweredWithWhenToTryAgain) {
  store_.FailWrites(absl::UnavailableError("the store cannot be written"));
  v1::EmitEventResponse response;
  const absl::Status status = Emit(GoodEmit(), response);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(), 1);
}

TEST_F(EventServiceTest, ABatchIsAnsweredInItsOrder) {
  MustCreate();
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  *request.add_requests() = GoodEmit();
  request.mutable_requests(0)->clear_parent();
  request.add_requests()->mutable_event()->mutable_opened()->mutable_user()->set_email("e");
  *request.add_requests() = GoodEmit();
  request.set_request_id("r");
  v1::BatchEmitEventsResponse first, again;
  ASSERT_TRUE(BatchEmit(request, first).ok());
  ASSERT_THAT(first.responses(), SizeIs(3));
  EXPECT_EQ(first.responses(0).webhook_count(), 1);
  EXPECT_EQ(first.responses(1).webhook_count(), 0);
  EXPECT_LT(first.responses(0).event(), first.responses(1).event());
  EXPECT_LT(first.responses(1).event(), first.responses(2).event());
  ASSERT_TRUE(BatchEmit(request, again).ok());
  EXPECT_TRUE(google::protobuf::util::MessageDifferencer::Equals(first, again));
  EXPECT_EQ(http_->sent(), 2u);
}

TEST_F(EventServiceTest, ABatchOfAThousandIsTaken) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  for (int i = 0; i < 1000; ++i) *request.add_requests() = GoodEmit();
  v1::BatchEmitEventsResponse response;
  ASSERT_TRUE(BatchEmit(request, response).ok());
  EXPECT_THAT(response.responses(), SizeIs(1000));
}

TEST_F(EventServiceTest, ABatchWithOneBadEventEmitsNone) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  *request.add_requests() = GoodEmit();
  request.add_requests()->mutable_event()->mutable_sent()->set_sent_at(-1);
  v1::BatchEmitEventsResponse response;
  EXPECT_EQ(BatchEmit(request, response).code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(store_.size(), 0u);
}

// --- Events as documented JSON ---

class DocumentTest : public EventServiceTest {
 protected:
  static v1::EmitEventRequest WithDocument(const std::string& document) {
    v1::EmitEventRequest request;
    request.set_parent("projects/p");
    request.set_document(document);
    return request;
  }
  // The violations, each as "path: description".
  std::vector<std::string> Violations(const v1::EmitEventRequest& request) {
    v1::EmitEventResponse response;
    const auto details = DetailOf<google::rpc::BadRequest>(Emit(request, response));
    std::vector<std::string> all;
    for (const auto& violation : details.field_violations()) {
      all.push_back(violation.field() + ": " + violation.description());
    }
    return all;
  }
};

TEST_F(DocumentTest, IsEmittedAndSentAsItWasGiven) {
  MustCreate();
  const std::string document = R"({"sent_at":5,"type":"sent","user":{"id":9007199254740993}})";
  v1::EmitEventResponse response;
  const absl::Status status = Emit(WithDocument(document), response);
  ASSERT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(response.webhook_count(), 1);
  ASSERT_EQ(http_->sent(), 1u);
  EXPECT_EQ(*http_->waiting().front().body, document);
  v1::GetEventRequest get;
  get.set_name(response.event());
  v1::Event event;
  ASSERT_TRUE(Call("EventService/GetEvent", get, event).ok());
  EXPECT_EQ(event.sent().sent_at(), 5);
  EXPECT_EQ(event.sent().user().id().number(), 9007199254740993);
}

TEST_F(DocumentTest, IsRefusedInItsOwnWords) {
  EXPECT_THAT(
      Violations(WithDocument(R"({"type":"sent","campaign":{"trigger-event":12},"a b":1,"sentAt":1})")),
      ElementsAre("document.campaign.trigger-event: expected a string, got 12",
                  "document[\"a b\"]: is not documented: the keys here are sent_at, type, user, "
                  "campaign, message_id",
                  "document.sentAt: is not documented: the keys here are sent_at, type, user, "
                  "campaign, message_id"));
  EXPECT_THAT(Violations(WithDocument("{")),
              ElementsAre(MatchesRegex("document: is not valid JSON at byte 1: .*")));
  EXPECT_THAT(Violations(WithDocument("{}")),
              ElementsAre(MatchesRegex("document.type: is required: one of .*")));
}

TEST_F(DocumentTest, IsValidatedAsAnEventIs) {
  EXPECT_THAT(Violations(WithDocument(R"({"type":"bounced","bounced_at":-1,"bounce_code":-1})")),
              ElementsAre("document.user: is required, with an id or an email",
                          "document.bounced_at: must be 0 to 253402300799, in seconds since the Unix epoch",
                          "document.bounce_code: must not be negative"));
  EXPECT_THAT(
      Violations(WithDocument(R"({"type":"user_created","user":{"id":"","a":{"b":1,"b":2}}})")),
      ElementsAre("document.user[\"a\"][\"b\"]: is a duplicate: the names in an object must be unique",
                  "document.user.id: must not be empty"));
}

TEST_F(DocumentTest, CannotBeTooLong) {
  const std::string start = R"({"type":"sent","user":{"id":1})";
  EXPECT_THAT(Violations(WithDocument(start + std::string(262144 - start.size() - 1, ' ') + "}")), IsEmpty());
  EXPECT_THAT(Violations(WithDocument(start + std::string(262144 - start.size(), ' ') + "}")),
              ElementsAre("document: must be at most 262144 bytes, not 262145"));
}

TEST_F(DocumentTest, IsGivenInsteadOfAnEvent) {
  v1::EmitEventRequest both = GoodEmit();
  both.set_document(R"({"type":"sent","user":{"id":1}})");
  EXPECT_THAT(Violations(both), ElementsAre("document: must not be set together with event"));
  EXPECT_THAT(Violations(WithDocument("")), ElementsAre("event: is required, or document instead"));
}

TEST_F(DocumentTest, IsTheSameRequestAsItsEvent) {
  v1::EmitEventRequest request = WithDocument(R"({"type":"sent","user":{"id":1},"message_id":"m"})");
  request.set_request_id("r");
  v1::EmitEventResponse first, again;
  ASSERT_TRUE(Emit(request, first).ok());
  ASSERT_TRUE(Emit(request, again).ok());
  EXPECT_EQ(first.event(), again.event());
  v1::EmitEventRequest as_event = GoodEmit();
  as_event.set_request_id("r");
  ASSERT_TRUE(Emit(as_event, again).ok());
  EXPECT_EQ(first.event(), again.event());
  request.set_document(R"({"type":"sent","user":{"id":1},"message_id":"n"})");
  EXPECT_THAT(FieldsOf(Emit(request, again)), ElementsAre("request_id"));
}

TEST_F(DocumentTest, CanBePartOfABatch) {
  v1::BatchEmitEventsRequest request;
  request.set_parent("projects/p");
  *request.add_requests() = GoodEmit();
  request.add_requests()->set_document(R"({"type":"opened","user":{"id":"a"}})");
  v1::BatchEmitEventsResponse response;
  ASSERT_TRUE(BatchEmit(request, response).ok());
  EXPECT_THAT(response.responses(), SizeIs(2));
  request.add_requests()->set_document(R"({"type":"opened","user":{"id":[]}})");
  request.mutable_requests(0)->set_document("{}");
  EXPECT_THAT(FieldsOf(BatchEmit(request, response)),
              ElementsAre("requests[0].document", "requests[2].document.user.id"));
}

}  // namespace
}  // namespace hookd
