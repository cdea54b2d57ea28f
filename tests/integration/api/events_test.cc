// Events, over every transport.
#include "absl/strings/str_replace.h"
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

constexpr char kEmit[] = "EventService.EmitEvent";
constexpr char kBatch[] = "EventService.BatchEmitEvents";

class EventsApiTest : public ApiTest {
 protected:
  absl::StatusOr<v1::EmitEventResponse> Emitting(const std::string& text) {
    return Call<v1::EmitEventResponse>(kEmit, "parent: 'projects/p' " + text);
  }
  absl::StatusOr<v1::BatchEmitEventsResponse> Batch(const std::string& text) {
    return Call<v1::BatchEmitEventsResponse>(kBatch, "parent: 'projects/p' " + text);
  }
};

TEST_P(EventsApiTest, AreEmittedReadAndDelivered) {
  CreateWebhook("w");
  const auto emitted = Emitting(
      "event { sent { sent_at: 1435016238 user { id { number: 9007199254740993 } email: 'ä@example.com' } } "
      "}");
  ASSERT_TRUE(emitted.ok()) << emitted.status();
  EXPECT_THAT(emitted->event(), StartsWith("projects/p/events/"));
  EXPECT_EQ(emitted->webhook_count(), 1);
  EXPECT_TRUE(emitted->has_emit_time());
  const auto event = Call<v1::Event>("EventService.GetEvent", absl::StrCat("name: '", emitted->event(), "'"));
  ASSERT_TRUE(event.ok()) << event.status();
  EXPECT_EQ(event->sent().user().id().number(), 9007199254740993);
  EXPECT_EQ(event->sent().user().email(), "ä@example.com");
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(receiver_.requests()[0].body,
            R"({"sent_at":1435016238,"type":"sent","user":{"id":9007199254740993,"email":"ä@example.com"}})");
  EXPECT_EQ(event->document(), "");
  EXPECT_EQ(event->webhook_count(), 1);
  const auto with_document = Call<v1::Event>(
      "EventService.GetEvent", absl::StrCat("name: '", emitted->event(), "' view: EVENT_VIEW_DOCUMENT"));
  ASSERT_TRUE(with_document.ok()) << with_document.status();
  EXPECT_EQ(with_document->document(), receiver_.requests()[0].body);
}

TEST_P(EventsApiTest, MayBeGivenAsTheirDocumentedJson) {
  CreateWebhook("w", "/", "event_types: EVENT_TYPE_USER_UPDATED");
  const std::string document =
      R"({"action":"user_updated","type":"user_updated","user":{"id":123},"changes":{"z":1.10,"a":12345678901234567890}})";
  const auto emitted = Emitting(absl::StrCat("document: '", document, "'"));
  ASSERT_TRUE(emitted.ok()) << emitted.status();
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(receiver_.requests()[0].body, document);
}

TEST_P(EventsApiTest, GivenTwiceOrNotAtAllAreRefused) {
  const absl::Status both = Fail(
      kEmit, R"(parent: 'projects/p' event { sent { user { email: 'e' } } } document: '{"type":"sent"}')");
  EXPECT_THAT(FindFields(both), ElementsAre("document"));
  EXPECT_THAT(FindFields(Fail(kEmit, "parent: 'projects/p'")), ElementsAre("event"));
  EXPECT_THAT(FindFields(Fail(kEmit, R"(parent: 'projects/p' document: '{"type":"sent","user":{"id":[]}}')")),
              ElementsAre("document.user.id"));
}

TEST_P(EventsApiTest, AreEmittedOnceForARequestId) {
  const std::string text = "event { sent { user { email: 'e' } } } request_id: 'a b'";
  const auto first = Emitting(text);
  const auto again = Emitting(text);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(first->event(), again->event());
  const auto other = Emitting("event { sent { user { email: 'f' } } } request_id: 'a b'");
  EXPECT_THAT(FindFields(other.status()), ElementsAre("request_id"));
}

TEST_P(EventsApiTest, AreCountedButNotEmittedWithValidateOnly) {
  CreateWebhook("w");
  const auto counted = Emitting("event { sent { user { email: 'e' } } } validate_only: true");
  ASSERT_TRUE(counted.ok()) << counted.status();
  EXPECT_EQ(counted->event(), "");
  EXPECT_EQ(counted->webhook_count(), 1);
  EXPECT_FALSE(counted->has_emit_time());
  EXPECT_EQ(Emit().webhook_count(), 1);
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  AwaitDeliveries(1, "");
}

TEST_P(EventsApiTest, ThatDoNotExistAreNotFound) {
  const std::string elsewhere = absl::StrReplaceAll(Emit().event(), {{"projects/p/", "projects/q/"}});
  const absl::Status error = Fail("EventService.GetEvent", absl::StrCat("name: '", elsewhere, "'"));
  EXPECT_EQ(error.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(FindDetail<google::rpc::ResourceInfo>(error).resource_type(), "hookd.dev/Event");
}

TEST_P(EventsApiTest, OfABatchAreAllAccepted) {
  CreateWebhook("w");
  const auto batch = Batch(
      R"(requests { event { sent { user { email: 'a' } } } }
         requests { parent: 'projects/p' event { opened { user { email: 'b' } } } }
         requests { document: '{"type":"sent","user":{"email":"c"}}' })");
  ASSERT_TRUE(batch.ok()) << batch.status();
  ASSERT_EQ(batch->responses_size(), 3);
  EXPECT_EQ(batch->responses(0).webhook_count(), 1);
  EXPECT_EQ(batch->responses(1).webhook_count(), 0);
  EXPECT_TRUE(receiver_.WaitForRequests(2, kPatience));
}

TEST_P(EventsApiTest, OfABatchAreAllRefusedIfOneIsWrong) {
  CreateWebhook("w");
  const absl::Status error = Fail(kBatch,
                                  R"(parent: 'projects/p'
         requests { event { sent { user { email: 'a' } } } }
         requests { event { sent { } } }
         requests { parent: 'projects/q' event { sent { user { email: 'b' } } } request_id: 'r' }
         requests { document: '{"type":"nonsense"}' })");
  EXPECT_THAT(FindFields(error), ElementsAre("requests[1].event.sent.user", "requests[2].parent",
                                             "requests[2].request_id", "requests[3].document.type"));
  EXPECT_EQ(ListDeliveries().size(), 0u);
  EXPECT_THAT(FindFields(Fail(kBatch, "parent: 'projects/p'")), ElementsAre("requests"));
}

TEST_P(EventsApiTest, OfABatchAreEmittedOnceForARequestId) {
  const std::string text = "requests { event { sent { user { email: 'a' } } } } request_id: 'batch'";
  const auto first = Batch(text);
  const auto again = Batch(text);
  ASSERT_TRUE(first.ok() && again.ok()) << first.status() << again.status();
  EXPECT_EQ(first->SerializeAsString(), again->SerializeAsString());
}

TEST_P(EventsApiTest, OfAFullBatchAreAccepted) {
  std::string text;
  for (int i = 0; i < 1000; ++i)
    absl::StrAppend(&text, "requests { event { sent { user { id { number: ", i, " } } } } } ");
  const auto batch = Batch(text);
  ASSERT_TRUE(batch.ok()) << batch.status();
  EXPECT_EQ(batch->responses_size(), 1000);
  const auto too_many = Batch(text + "requests { event { sent { user { email: 'a' } } } }");
  EXPECT_THAT(FindFields(too_many.status()), ElementsAre("requests"));
}

HOOKD_TEST_TRANSPORTS(EventsApiTest);

}  // namespace
}  // namespace hookd
