// TestWebhook with a webhook that is not stored, with changes to a stored one, and with an event of the
// caller's.
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr char kNew[] = "parent: 'projects/p' webhook { url: 'http://127.0.0.1:2/new' event_types: [3, 6] }";
constexpr char kNewWithoutTypes[] = "parent: 'projects/p' webhook { url: 'http://127.0.0.1:2/new' } ";
constexpr char kStored[] = "name: 'projects/p/webhooks/first' ";
constexpr char kEvent[] = "event { bounced { user { id { text: 'u-1' } } bounced_at: 5 } } ";

class TestBeforeSavingTest : public ApiTest {
 protected:
  TestBeforeSavingTest() {
    v1::CreateWebhookRequest create = GoodCreate();
    (*create.mutable_webhook()->mutable_headers())["X-Key"] = "stored-secret";
    v1::Webhook webhook;
    EXPECT_TRUE(Create(create, webhook).ok());
    etag_ = webhook.etag();
  }
  // Whatever was tested, nothing is stored and no event accepted.
  ~TestBeforeSavingTest() override {
    EXPECT_EQ(table_.List("p", "", 10).size(), 1u);
    v1::Webhook webhook;
    EXPECT_TRUE(Get("projects/p/webhooks/first", webhook).ok());
    EXPECT_EQ(webhook.etag(), etag_);
  }

  static v1::TestWebhookRequest Parsed(const std::string& text) {
    v1::TestWebhookRequest request;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &request)) << text;
    return request;
  }

  // Makes the test with an endpoint that responds with 200. `sent_` has the request.
  v1::TestWebhookResponse Test(const std::string& text) {
    std::thread endpoint([this] {
      EXPECT_TRUE(http_->WaitForWaiting(1, absl::Seconds(30)));
      sent_ = http_->waiting().at(0);
      HttpResult result;
      result.status = 200;
      http_->AnswerNext(result);
    });
    v1::TestWebhookResponse response;
    const absl::Status status = Call("WebhookService/TestWebhook", Parsed(text), response);
    EXPECT_TRUE(status.ok()) << status.message();
    if (!status.ok()) http_->Send({}, [](const HttpResult&) {});  // so that the thread ends
    endpoint.join();
    return response;
  }

  // The error of a test that is refused before anything is sent.
  absl::Status Refused(const std::string& text) {
    v1::TestWebhookResponse response;
    absl::Status status = Call("WebhookService/TestWebhook", Parsed(text), response);
    EXPECT_FALSE(status.ok()) << text;
    EXPECT_EQ(http_->sent(), 0u) << text;
    return status;
  }

  std::string etag_;
  HttpRequest sent_;
};

std::string HeaderOf(const HttpRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) return value;
  }
  return "";
}

// --- A webhook that is not stored ---

TEST_F(TestBeforeSavingTest, AWebhookThatIsNotStoredGetsTheSampleOfItsFirstType) {
  const v1::TestWebhookResponse response = Test(kNew);
  EXPECT_TRUE(response.success());
  EXPECT_EQ(response.event_type(), v1::EVENT_TYPE_OPENED);
  EXPECT_EQ(sent_.url, "http://127.0.0.1:2/new");
  EXPECT_THAT(*sent_.body, HasSubstr(R"("type":"opened")"));
  EXPECT_EQ(response.request().body(), *sent_.body);
  EXPECT_EQ(sent_.timeout, absl::Seconds(5));
}

TEST_F(TestBeforeSavingTest, ItsCredentialsAreSentAndRedacted) {
  const v1::TestWebhookResponse response = Test(
      "parent: 'projects/p' webhook { url: 'http://127.0.0.1:2/' all_event_types: true "
      "headers { key: 'X-Key' value: 'hunter2' } basic_auth { username: 'u' password: 'hunter2' } "
      "timeout { seconds: 7 } }");
  EXPECT_EQ(HeaderOf(sent_, "X-Key"), "hunter2");
  EXPECT_THAT(HeaderOf(sent_, "Authorization"), StartsWith("Basic "));
  EXPECT_EQ(sent_.timeout, absl::Seconds(7));
  EXPECT_THAT(response.request().headers(), Contains(Pair("X-Key", "[redacted]")));
  EXPECT_THAT(response.request().headers(), Contains(Pair("Authorization", "[redacted]")));
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("hunter2")));
}

TEST_F(TestBeforeSavingTest, ItIsSignedWithTheSecretGivenOrWithARandomOne) {
  const std::string with_secret =
      "parent: 'projects/p' webhook { url: 'http://127.0.0.1:2/' event_types: 1 "
      "signing_secret: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz' }";
  Test(with_secret);
  const std::string first = HeaderOf(sent_, "Webhook-Signature");
  EXPECT_THAT(first, StartsWith("v1,"));
  Test(with_secret);
  EXPECT_EQ(HeaderOf(sent_, "Webhook-Signature"), first);
  Test(kNewWithoutTypes + std::string("event_type: EVENT_TYPE_SENT"));
  EXPECT_THAT(HeaderOf(sent_, "Webhook-Signature"), StartsWith("v1,"));
  EXPECT_NE(HeaderOf(sent_, "Webhook-Signature"), first);
}

TEST_F(TestBeforeSavingTest, ItNeedsNoEventTypesIfTheRequestSaysWhatToSend) {
  EXPECT_EQ(Test(std::string(kNewWithoutTypes) + "event_type: EVENT_TYPE_CLICKED").event_type(),
            v1::EVENT_TYPE_CLICKED);
  EXPECT_EQ(Test(std::string(kNewWithoutTypes) + kEvent).event_type(), v1::EVENT_TYPE_BOUNCED);
  const absl::Status status =
      CallInProcess(api_, TestCaller(), "WebhookService/TestWebhook", Parsed(kNewWithoutTypes),
                    *std::make_unique<v1::TestWebhookResponse>());
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.event_types"));
}

TEST_F(TestBeforeSavingTest, ItIsValidatedAsAnyNewWebhook) {
  const absl::Status status = Refused(
      "parent: 'projects/P' webhook { url: 'http://10.0.0.5/' event_types: [1, 99] timeout { seconds: 31 } "
      "headers { key: 'X-Key' value: '' } signing_secret: 'x' client_certificate { certificate_chain: 'x' } "
      "max_concurrency: 257 } event_type: 77");
  EXPECT_THAT(FieldsOf(status),
              UnorderedElementsAre("parent", "event_type", "webhook.url", "webhook.event_types[1]",
                                   "webhook.timeout", "webhook.headers[\"X-Key\"]", "webhook.signing_secret",
                                   "webhook.client_certificate.certificate_chain",
                                   "webhook.client_certificate.private_key", "webhook.max_concurrency"));
}

TEST_F(TestBeforeSavingTest, TheEgressRulesHoldForIt) {
  const absl::Status status =
      Refused("parent: 'projects/p' webhook { url: 'http://169.254.169.254/' event_types: 1 }");
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.url"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("--egress_allow"));
}

TEST_F(TestBeforeSavingTest, ItRequiresAProjectAWebhookAndNoMask) {
  EXPECT_THAT(FieldsOf(Refused("webhook { url: 'http://127.0.0.1/' event_types: 1 }")),
              ElementsAre("parent"));
  EXPECT_THAT(FieldsOf(Refused("parent: 'projects/p'")), ElementsAre("webhook"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kNew, "update_mask { paths: 'url' }"))),
              ElementsAre("update_mask"));
  EXPECT_THAT(FieldsOf(Refused("")), ElementsAre("name"));
}

// --- A stored webhook with changes ---

TEST_F(TestBeforeSavingTest, ChangesApplyToTheTestAndKeepTheRestOfTheStoredWebhook) {
  const v1::TestWebhookResponse response =
      Test(absl::StrCat(kStored,
                        "webhook { url: 'http://127.0.0.1:3/' headers { key: 'ignored' value: 'x' } "
                        "timeout { seconds: 9 } } update_mask { paths: ['url', 'timeout'] }"));
  EXPECT_EQ(sent_.url, "http://127.0.0.1:3/");
  EXPECT_EQ(sent_.timeout, absl::Seconds(9));
  EXPECT_EQ(HeaderOf(sent_, "X-Key"), "stored-secret");
  EXPECT_THAT(response.request().headers(), Contains(Pair("X-Key", "[redacted]")));
  EXPECT_THAT(response.request().headers(), Not(Contains(Key("ignored"))));
}

TEST_F(TestBeforeSavingTest, WithoutAMaskTheFieldsThatAreSetChange) {
  EXPECT_EQ(Test(absl::StrCat(kStored, "webhook { event_types: EVENT_TYPE_CLICKED }")).event_type(),
            v1::EVENT_TYPE_CLICKED);
  EXPECT_EQ(sent_.url, "http://127.0.0.1:1/");
}

TEST_F(TestBeforeSavingTest, APartCanChange) {
  const v1::TestWebhookResponse response =
      Test(absl::StrCat(kStored,
                        "webhook { headers { key: 'X-Other' value: 'other-secret' } } "
                        "update_mask { paths: 'headers.X-Other' }"));
  EXPECT_EQ(HeaderOf(sent_, "X-Key"), "stored-secret");
  EXPECT_EQ(HeaderOf(sent_, "X-Other"), "other-secret");
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("-secret")));
}

TEST_F(TestBeforeSavingTest, ChangesAreValidatedAsAnUpdate) {
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "webhook { url: 'http://10.0.0.5/' }"))),
              ElementsAre("webhook.url"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "webhook { } update_mask { paths: 'colour' }"))),
              ElementsAre("update_mask"));
  EXPECT_THAT(
      FieldsOf(Refused(absl::StrCat(
          kStored, "webhook { headers { key: 'X-New' value: '' } } update_mask { paths: 'headers' }"))),
      ElementsAre("webhook.headers[\"X-New\"]"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(
                  kStored, "webhook { signing_secret: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz' }"))),
              ElementsAre("webhook.signing_secret"));
  EXPECT_EQ(Refused(absl::StrCat(kStored, "webhook { etag: 'old' display_name: 'x' }")).code(),
            absl::StatusCode::kAborted);
}

TEST_F(TestBeforeSavingTest, AStoredWebhookHasItsNameAloneAndTheMaskAWebhook) {
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "parent: 'projects/p'"))), ElementsAre("parent"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "webhook { name: 'projects/p/webhooks/other' }"))),
              ElementsAre("webhook.name"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "update_mask { paths: 'url' }"))),
              ElementsAre("webhook"));
  EXPECT_EQ(Refused("name: 'projects/p/webhooks/none' webhook { url: 'http://127.0.0.1/' }").code(),
            absl::StatusCode::kNotFound);
}

// --- An event of the caller's ---

TEST_F(TestBeforeSavingTest, AnEventOrADocumentIsSentInPlaceOfTheSample) {
  EXPECT_EQ(Test(absl::StrCat(kStored, kEvent)).event_type(), v1::EVENT_TYPE_BOUNCED);
  EXPECT_EQ(*sent_.body, R"({"bounced_at":5,"type":"bounced","user":{"id":"u-1"}})");
  const std::string document = R"({"user":{"id":7},"type":"sent"})";
  EXPECT_EQ(Test(absl::StrCat(kStored, "document: '", document, "'")).event_type(), v1::EVENT_TYPE_SENT);
  EXPECT_EQ(*sent_.body, R"({"type":"sent","user":{"id":7}})");
  EXPECT_EQ(Test(absl::StrCat(kStored, kEvent, "event_type: EVENT_TYPE_BOUNCED")).event_type(),
            v1::EVENT_TYPE_BOUNCED);
}

TEST_F(TestBeforeSavingTest, AnEventIsValidatedAsEmitEventDoes) {
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "event { }"))), ElementsAre("event.type"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "event { sent { sent_at: -1 } }"))),
              Contains(StartsWith("event.sent.")));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, R"(document: '{"type":"sent","usr":1}')"))),
              Contains("document.usr"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, kEvent, R"(document: '{"type":"sent"}')"))),
              ElementsAre("document"));
  EXPECT_THAT(FieldsOf(Refused(absl::StrCat(kStored, "document: '{\"type\":\"sent\",\"message_id\":\"",
                                            std::string(2 << 20, 'x'), "\"}'"))),
              ElementsAre("document"));
}

TEST_F(TestBeforeSavingTest, ATypeThatIsNotThatOfTheEventIsRefused) {
  const absl::Status status = Refused(absl::StrCat(kStored, kEvent, "event_type: EVENT_TYPE_SENT"));
  EXPECT_THAT(FieldsOf(status), ElementsAre("event_type"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("is sent, but the event is bounced"));
}

}  // namespace
}  // namespace hookd
