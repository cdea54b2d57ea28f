// Signing secrets, headers, credentials and certificates of webhooks, through the API.
#include <thread>

#include "delivery/attempts/signing.h"
#include "gmock/gmock.h"
#include "tests/support/tls_certificates.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::Pair;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr char kSecret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
constexpr char kName[] = "projects/p/webhooks/first";

const TlsCertificates& Certificates() {
  static const auto* certificates = new TlsCertificates(MakeTlsCertificates());
  return *certificates;
}

class WebhookCredentialsTest : public ApiTest {
 protected:
  v1::Webhook MustGet() {
    v1::Webhook webhook;
    EXPECT_TRUE(Get(kName, webhook).ok());
    return webhook;
  }
  // The webhook as it is stored.
  Webhook Stored() { return store_.LoadWebhooks()->at(0); }
  v1::Webhook MustCreateWith(const v1::Webhook& fields) {
    v1::CreateWebhookRequest request = GoodCreate();
    request.mutable_webhook()->MergeFrom(fields);
    v1::Webhook webhook;
    const absl::Status status = Create(request, webhook);
    EXPECT_TRUE(status.ok()) << status.message();
    return webhook;
  }
  // Updates the fields of the webhook that are in the mask.
  absl::Status UpdateFields(v1::Webhook fields, const std::string& mask) {
    v1::UpdateWebhookRequest request;
    *request.mutable_webhook() = std::move(fields);
    request.mutable_webhook()->set_name(kName);
    request.mutable_update_mask()->add_paths(mask);
    v1::Webhook updated;
    return Update(request, updated);
  }
  absl::Status Rotate(v1::RotateSigningSecretRequest request, v1::Webhook& webhook) {
    if (request.name().empty()) request.set_name(kName);
    return Call("WebhookService/RotateSigningSecret", request, webhook);
  }
};

TEST_F(WebhookCredentialsTest, OneAuthorizationIsSentAtMost) {
  v1::CreateWebhookRequest both = GoodCreate();
  (*both.mutable_webhook()->mutable_headers())["authorization"] = "Bearer x";
  both.mutable_webhook()->mutable_basic_auth()->set_username("u");
  v1::Webhook webhook;
  EXPECT_THAT(FieldsOf(Create(both, webhook)), ElementsAre("webhook.basic_auth"));
  both.mutable_webhook()->clear_basic_auth();
  ASSERT_TRUE(Create(both, webhook).ok());
  v1::UpdateWebhookRequest update;
  update.mutable_webhook()->set_name(webhook.name());
  update.mutable_webhook()->mutable_basic_auth()->set_username("u");
  EXPECT_THAT(FieldsOf(Update(update, webhook)), ElementsAre("webhook.basic_auth"));
  update.mutable_update_mask()->add_paths("basic_auth");
  update.mutable_update_mask()->add_paths("headers");
  EXPECT_TRUE(Update(update, webhook).ok()) << "one takes the other's place";
}

TEST_F(WebhookCredentialsTest, ANewWebhookHasASecretThatIsShownOnce) {
  const v1::Webhook webhook = MustCreate();
  EXPECT_THAT(webhook.signing_secret(), MatchesRegex("whsec_[A-Za-z0-9+/]{43}="));
  EXPECT_EQ(webhook.signing_algorithm(), v1::SIGNING_ALGORITHM_HMAC_SHA256);
  EXPECT_EQ(SigningSecretText(Stored().signing_secrets.at(0)), webhook.signing_secret());
  EXPECT_THAT(MustGet().signing_secret(), IsEmpty());
  v1::ListWebhooksRequest list;
  list.set_parent("projects/p");
  v1::ListWebhooksResponse page;
  ASSERT_TRUE(Call("WebhookService/ListWebhooks", list, page).ok());
  EXPECT_THAT(page.webhooks(0).signing_secret(), IsEmpty());
}

TEST_F(WebhookCredentialsTest, TheFirstAnswerToARequestIdHasTheSecretAgain) {
  v1::CreateWebhookRequest request = GoodCreate();
  request.set_request_id("r");
  v1::Webhook first, again;
  ASSERT_TRUE(Create(request, first).ok());
  ASSERT_TRUE(Create(request, again).ok());
  EXPECT_EQ(again.signing_secret(), first.signing_secret());
  EXPECT_THAT(again.signing_secret(), Not(IsEmpty()));
  request.mutable_webhook()->set_signing_secret(kSecret);
  EXPECT_THAT(FieldsOf(Create(request, again)), ElementsAre("request_id"));
}

TEST_F(WebhookCredentialsTest, ACallersOwnSecretIsTaken) {
  v1::Webhook fields;
  fields.set_signing_secret(kSecret);
  EXPECT_EQ(MustCreateWith(fields).signing_secret(), kSecret);
}

TEST_F(WebhookCredentialsTest, OfAnEd25519WebhookThePublicKeyIsReadableAndThePrivateOneNever) {
  v1::Webhook fields;
  fields.set_signing_algorithm(v1::SIGNING_ALGORITHM_ED25519);
  const v1::Webhook webhook = MustCreateWith(fields);
  EXPECT_THAT(webhook.signing_secret(), IsEmpty());
  EXPECT_THAT(webhook.signing_public_key(), MatchesRegex("whpk_[A-Za-z0-9+/]{43}="));
  EXPECT_EQ(MustGet().signing_public_key(), webhook.signing_public_key());
  EXPECT_EQ(MustGet().signing_public_key(), PublicKeyText(Stored().signing_secrets.at(0)));
}

TEST_F(WebhookCredentialsTest, ValidatingACreateMakesNoSecret) {
  v1::CreateWebhookRequest request = GoodCreate();
  request.set_validate_only(true);
  v1::Webhook webhook;
  ASSERT_TRUE(Create(request, webhook).ok());
  EXPECT_THAT(webhook.signing_secret(), IsEmpty());
}

TEST_F(WebhookCredentialsTest, RotatingShowsTheNewSecretAndKeepsTheOldForADay) {
  const v1::Webhook created = MustCreate();
  v1::Webhook rotated;
  ASSERT_TRUE(Rotate({}, rotated).ok());
  EXPECT_THAT(rotated.signing_secret(), StartsWith("whsec_"));
  EXPECT_NE(rotated.signing_secret(), created.signing_secret());
  EXPECT_NE(rotated.etag(), created.etag());
  EXPECT_EQ(rotated.previous_secrets_expire_time().seconds(), absl::ToUnixSeconds(clock_.Now()) + 24 * 3600);
  EXPECT_EQ(SigningSecretText(Stored().signing_secrets.at(1)), created.signing_secret());
  EXPECT_THAT(MustGet().signing_secret(), IsEmpty());
}

TEST_F(WebhookCredentialsTest, RotatingWithoutGraceEndsTheOldSecretAtOnce) {
  MustCreate();
  v1::RotateSigningSecretRequest request;
  request.mutable_grace_period();
  v1::Webhook rotated;
  ASSERT_TRUE(Rotate(request, rotated).ok());
  EXPECT_FALSE(rotated.has_previous_secrets_expire_time());
  EXPECT_EQ(Stored().signing_secrets.size(), 1u);
}

TEST_F(WebhookCredentialsTest, RotatingKeepsTheAlgorithmUnlessAnotherIsAskedFor) {
  v1::Webhook fields;
  fields.set_signing_algorithm(v1::SIGNING_ALGORITHM_ED25519);
  const v1::Webhook created = MustCreateWith(fields);
  v1::Webhook rotated;
  ASSERT_TRUE(Rotate({}, rotated).ok());
  EXPECT_EQ(rotated.signing_algorithm(), v1::SIGNING_ALGORITHM_ED25519);
  EXPECT_NE(rotated.signing_public_key(), created.signing_public_key());
  v1::RotateSigningSecretRequest to_hmac;
  to_hmac.set_signing_secret(kSecret);
  ASSERT_TRUE(Rotate(to_hmac, rotated).ok());
  EXPECT_EQ(rotated.signing_algorithm(), v1::SIGNING_ALGORITHM_HMAC_SHA256);
  EXPECT_EQ(rotated.signing_secret(), kSecret);
}

TEST_F(WebhookCredentialsTest, RotatingChecksTheEtagAndTheName) {
  MustCreate();
  v1::RotateSigningSecretRequest request;
  request.set_etag("other");
  v1::Webhook webhook;
  EXPECT_EQ(Rotate(request, webhook).code(), absl::StatusCode::kAborted);
  request.Clear();
  request.set_name("projects/p/webhooks/none");
  EXPECT_EQ(Rotate(request, webhook).code(), absl::StatusCode::kNotFound);
}

TEST_F(WebhookCredentialsTest, ASixthSecretIsRefused) {
  MustCreate();
  v1::Webhook webhook;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(Rotate({}, webhook).ok());
  EXPECT_EQ(Rotate({}, webhook).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(WebhookCredentialsTest, HeadersAreSentAndReadBackWithoutTheirValues) {
  v1::Webhook fields;
  (*fields.mutable_headers())["X-Key"] = "hunter2";
  fields.mutable_basic_auth()->set_username("user");
  fields.mutable_basic_auth()->set_password("hunter2");
  const v1::Webhook created = MustCreateWith(fields);
  for (const v1::Webhook& shown : {created, MustGet()}) {
    EXPECT_THAT(shown.headers(), UnorderedElementsAre(Pair("X-Key", "")));
    EXPECT_EQ(shown.basic_auth().username(), "user");
    EXPECT_THAT(shown.DebugString(), Not(HasSubstr("hunter2")));
  }
  v1::TestWebhookRequest test;
  test.set_name(kName);
  v1::TestWebhookResponse response;
  std::thread caller([&] { EXPECT_TRUE(Call("WebhookService/TestWebhook", test, response).ok()); });
  ASSERT_TRUE(http_->WaitForWaiting(1, absl::Minutes(1)));
  EXPECT_THAT(http_->waiting().at(0).headers, Contains(Pair("X-Key", "hunter2")));
  EXPECT_TRUE(http_->AnswerNext({}));
  caller.join();
  EXPECT_THAT(response.DebugString(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(response.request().headers(), Contains(Pair("X-Key", "[redacted]")));
}

TEST_F(WebhookCredentialsTest, WhatWasReadCanBeSentBackAndSecretsStay) {
  v1::Webhook fields;
  (*fields.mutable_headers())["X-Key"] = "hunter2";
  fields.mutable_basic_auth()->set_username("user");
  fields.mutable_basic_auth()->set_password("hunter2");
  fields.mutable_client_certificate()->set_certificate_chain(Certificates().good.certificate);
  fields.mutable_client_certificate()->set_private_key(Certificates().good.key);
  fields.set_tls_ca(Certificates().authority);
  MustCreateWith(fields);
  const Webhook before = Stored();
  EXPECT_EQ(MustGet().client_certificate().certificate_chain(), Certificates().good.certificate);
  EXPECT_THAT(MustGet().client_certificate().private_key(), IsEmpty());
  const absl::Status updated = UpdateFields(MustGet(), "*");
  ASSERT_TRUE(updated.ok()) << updated.message();
  EXPECT_EQ(Stored().headers, before.headers);
  EXPECT_EQ(Stored().basic_auth, before.basic_auth);
  EXPECT_EQ(Stored().client_certificate, before.client_certificate);
  EXPECT_EQ(Stored().tls_ca, before.tls_ca);
  EXPECT_EQ(Stored().signing_secrets, before.signing_secrets);
}

TEST_F(WebhookCredentialsTest, AnEmptyValueOfANewHeaderIsRefused) {
  MustCreate();
  v1::Webhook fields;
  (*fields.mutable_headers())["X-New"] = "";
  EXPECT_THAT(FieldsOf(UpdateFields(fields, "headers")), ElementsAre(R"(webhook.headers["X-New"])"));
  fields.mutable_client_certificate()->set_certificate_chain(Certificates().good.certificate);
  EXPECT_THAT(FieldsOf(UpdateFields(fields, "client_certificate")),
              ElementsAre("webhook.client_certificate.private_key"));
}

TEST_F(WebhookCredentialsTest, AnotherUsersPasswordIsNotTakenOver) {
  v1::Webhook fields;
  fields.mutable_basic_auth()->set_username("user");
  fields.mutable_basic_auth()->set_password("hunter2");
  MustCreateWith(fields);
  fields.mutable_basic_auth()->set_username("other");
  fields.mutable_basic_auth()->clear_password();
  ASSERT_TRUE(UpdateFields(fields, "basic_auth").ok());
  EXPECT_EQ(Stored().basic_auth->password, "");
}

TEST_F(WebhookCredentialsTest, NamingThemUnsetTakesThemAway) {
  v1::Webhook fields;
  (*fields.mutable_headers())["X-Key"] = "hunter2";
  fields.mutable_basic_auth()->set_username("user");
  MustCreateWith(fields);
  for (const char* mask : {"headers", "basic_auth"}) ASSERT_TRUE(UpdateFields({}, mask).ok());
  EXPECT_THAT(Stored().headers, IsEmpty());
  EXPECT_FALSE(Stored().basic_auth.has_value());
}

TEST_F(WebhookCredentialsTest, TheSecretIsNoFieldOfAnUpdate) {
  MustCreate();
  v1::Webhook fields;
  fields.set_signing_secret(kSecret);
  fields.set_signing_public_key("another");
  for (const char* mask : {"signing_secret", "signing_algorithm", "signing_public_key"}) {
    EXPECT_THAT(FieldsOf(UpdateFields(fields, mask)), ElementsAre("update_mask"));
  }
}

TEST_F(WebhookCredentialsTest, APartOfTheCredentialsIsChangedAndTheirSecretsStay) {
  v1::Webhook credentials;
  credentials.mutable_basic_auth()->set_username("somebody");
  credentials.mutable_basic_auth()->set_password("secret");
  MustCreateWith(credentials);
  const Webhook before = Stored();
  ASSERT_TRUE(before.basic_auth.has_value());
  v1::Webhook fields;
  fields.mutable_basic_auth()->set_username("somebody-else");
  ASSERT_TRUE(UpdateFields(fields, "basic_auth.username").ok());
  EXPECT_EQ(Stored().basic_auth->username, "somebody-else");
  EXPECT_EQ(Stored().basic_auth->password, before.basic_auth->password);
  fields.mutable_basic_auth()->set_username("not in the mask");
  fields.mutable_basic_auth()->set_password("another");
  ASSERT_TRUE(UpdateFields(fields, "basic_auth.password").ok());
  EXPECT_EQ(Stored().basic_auth->username, "somebody-else");
  EXPECT_EQ(Stored().basic_auth->password, "another");
}

TEST_F(WebhookCredentialsTest, OneHeaderIsSetChangedKeptAndRemovedWithoutTheOthers) {
  v1::Webhook with_header;
  (*with_header.mutable_headers())["X-Other"] = "other";
  MustCreateWith(with_header);
  const HttpHeaders before = Stored().headers;
  v1::Webhook fields;
  (*fields.mutable_headers())["X-Another"] = "value";
  (*fields.mutable_headers())["X-Not-In-The-Mask"] = "value";
  ASSERT_TRUE(UpdateFields(fields, "headers.X-Another").ok());
  HttpHeaders with = before;
  with.emplace_back("X-Another", "value");
  EXPECT_THAT(Stored().headers, ::testing::UnorderedElementsAreArray(with));
  fields.clear_headers();
  (*fields.mutable_headers())["x-another"] = "";
  ASSERT_TRUE(UpdateFields(fields, "headers.`X-Another`").ok()) << "an empty value stands for what it has";
  EXPECT_THAT(Stored().headers, ::testing::UnorderedElementsAreArray(with));
  ASSERT_TRUE(UpdateFields({}, "headers.X-Another").ok());
  EXPECT_THAT(Stored().headers, ::testing::UnorderedElementsAreArray(before));
}

TEST_F(WebhookCredentialsTest, AnUpdateThatWouldChangeHowItSignsIsRefused) {
  v1::Webhook created = MustCreate();
  EXPECT_TRUE(UpdateFields(created, "*").ok());  // the secret from its creation is the current one
  created.clear_etag();
  created.set_signing_secret(kSecret);
  created.set_signing_algorithm(v1::SIGNING_ALGORITHM_ED25519);
  EXPECT_THAT(FieldsOf(UpdateFields(created, "*")),
              UnorderedElementsAre("webhook.signing_secret", "webhook.signing_algorithm"));
  EXPECT_TRUE(UpdateFields(created, "url").ok());  // the mask does not have them
}

TEST_F(WebhookCredentialsTest, AKeyOfAnotherCertificateIsRefusedAndNotRepeated) {
  v1::CreateWebhookRequest request = GoodCreate();
  auto* certificate = request.mutable_webhook()->mutable_client_certificate();
  certificate->set_certificate_chain(Certificates().good.certificate);
  certificate->set_private_key(Certificates().expired.key);
  v1::Webhook webhook;
  const absl::Status status = Create(request, webhook);
  EXPECT_THAT(FieldsOf(status), ElementsAre("webhook.client_certificate.private_key"));
  EXPECT_THAT(SerializedDetails(status), Not(HasSubstr(Certificates().expired.key.substr(40, 40))));
}

}  // namespace
}  // namespace hookd
