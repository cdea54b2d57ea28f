// Requests with an invalid value for each field: the error is INVALID_ARGUMENT with the field, or NOT_FOUND,
// and the store does not change. Requests are written in the protobuf text format.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "google/protobuf/text_format.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

struct BadInput {
  std::string name;     // of the test
  std::string method;   // such as WebhookService/GetWebhook
  std::string request;  // text format
  std::string field;    // in the error; empty for NOT_FOUND
};

// Prints the name of a case, for the name of the test and for failures.
void PrintTo(const BadInput& input, std::ostream* out) { *out << input.method << " " << input.name; }

const std::string k64(64, 'a');
const std::string kLong(20000, 'a');
const std::string kGoodWebhook = R"(webhook { url: "http://127.0.0.1/" event_types: EVENT_TYPE_SENT })";
const std::string kGoodEvent = R"(event { sent { message_id: "m" user { id { number: 1 } } } })";

// A webhook that is valid except for one field.
std::string Create(const std::string& field) {
  return absl::StrCat(
      R"(parent: "projects/p" webhook { url: "http://127.0.0.1/" event_types: EVENT_TYPE_SENT )", field,
      " }");
}
std::string CreateWithUrl(const std::string& url) {
  return absl::StrCat(R"(parent: "projects/p" webhook { event_types: EVENT_TYPE_SENT url: ")", url, "\" }");
}
std::string Update(const std::string& fields, const std::string& mask) {
  return absl::StrCat(R"(webhook { name: "projects/p/webhooks/first" )", fields, " } update_mask { paths: \"",
                      mask, "\" }");
}
std::string Retry(const std::string& fields) {
  return absl::StrCat(R"(parent: "projects/p" webhook: "projects/p/webhooks/first" )", fields);
}
std::string EmitWith(const std::string& event) {
  return absl::StrCat(R"(parent: "projects/p" event { )", event, " }");
}

std::vector<BadInput> AllBadInput() {
  std::vector<BadInput> all = {
      // CreateWebhook
      {"ParentEmpty", "WebhookService/CreateWebhook", kGoodWebhook, "parent"},
      {"ParentTooLong", "WebhookService/CreateWebhook", "parent: \"projects/" + k64 + "\" " + kGoodWebhook,
       "parent"},
      {"ParentUpperCase", "WebhookService/CreateWebhook", "parent: \"projects/P\" " + kGoodWebhook, "parent"},
      {"ParentOfAnotherKind", "WebhookService/CreateWebhook",
       "parent: \"projects/p/webhooks/w\" " + kGoodWebhook, "parent"},
      {"WebhookMissing", "WebhookService/CreateWebhook", R"(parent: "projects/p")", "webhook"},
      {"IdTooLong", "WebhookService/CreateWebhook", Create("") + " webhook_id: \"" + k64 + "\"",
       "webhook_id"},
      {"IdMalformed", "WebhookService/CreateWebhook", Create("") + R"( webhook_id: "-a")", "webhook_id"},
      {"IdWithSlash", "WebhookService/CreateWebhook", Create("") + R"( webhook_id: "a/b")", "webhook_id"},
      {"RequestIdTooLong", "WebhookService/CreateWebhook",
       Create("") + " request_id: \"" + std::string(129, 'a') + "\"", "request_id"},
      {"RequestIdNotPrintable", "WebhookService/CreateWebhook", Create("") + R"( request_id: "a\nb")",
       "request_id"},
      {"UrlEmpty", "WebhookService/CreateWebhook", CreateWithUrl(""), "webhook.url"},
      {"UrlTooLong", "WebhookService/CreateWebhook", CreateWithUrl("http://h/" + kLong), "webhook.url"},
      {"UrlWithoutScheme", "WebhookService/CreateWebhook", CreateWithUrl("example.com"), "webhook.url"},
      {"UrlOfAnotherScheme", "WebhookService/CreateWebhook", CreateWithUrl("file:///etc/passwd"),
       "webhook.url"},
      {"UrlWithUser", "WebhookService/CreateWebhook", CreateWithUrl("http://u:p@h/"), "webhook.url"},
      {"UrlWithFragment", "WebhookService/CreateWebhook", CreateWithUrl("http://h/#f"), "webhook.url"},
      {"UrlWithoutHost", "WebhookService/CreateWebhook", CreateWithUrl("http://"), "webhook.url"},
      {"UrlWithABadPort", "WebhookService/CreateWebhook", CreateWithUrl("http://h:99999/"), "webhook.url"},
      {"UrlOfAPrivateAddress", "WebhookService/CreateWebhook", CreateWithUrl("http://10.0.0.1/"),
       "webhook.url"},
      {"UrlOfAPrivateAddressInDisguise", "WebhookService/CreateWebhook", CreateWithUrl("http://0xa9fea9fe/"),
       "webhook.url"},
      {"TypesEmpty", "WebhookService/CreateWebhook", R"(parent: "projects/p" webhook { url: "http://h/" })",
       "webhook.event_types"},
      {"TypeUnspecified", "WebhookService/CreateWebhook", Create("event_types: EVENT_TYPE_UNSPECIFIED"),
       "webhook.event_types[1]"},
      {"TypeUnknown", "WebhookService/CreateWebhook", Create("event_types: 13"), "webhook.event_types[1]"},
      {"TypeNegative", "WebhookService/CreateWebhook", Create("event_types: -1"), "webhook.event_types[1]"},
      {"DisplayNameTooLong", "WebhookService/CreateWebhook",
       Create("display_name: \"" + std::string(257, 'a') + "\""), "webhook.display_name"},
      {"TimeoutZero", "WebhookService/CreateWebhook", Create("timeout {}"), "webhook.timeout"},
      {"TimeoutTooShort", "WebhookService/CreateWebhook", Create("timeout { nanos: 99000000 }"),
       "webhook.timeout"},
      {"TimeoutTooLong", "WebhookService/CreateWebhook", Create("timeout { seconds: 30 nanos: 1000000 }"),
       "webhook.timeout"},
      {"TimeoutNegative", "WebhookService/CreateWebhook", Create("timeout { seconds: -5 }"),
       "webhook.timeout"},
      {"TimeoutHuge", "WebhookService/CreateWebhook", Create("timeout { seconds: 9223372036854775807 }"),
       "webhook.timeout"},
      {"TimeoutNanosHuge", "WebhookService/CreateWebhook", Create("timeout { seconds: 1 nanos: 2000000000 }"),
       "webhook.timeout"},
      {"TimeoutNanosNegative", "WebhookService/CreateWebhook",
       Create("timeout { seconds: 1 nanos: -1000000 }"), "webhook.timeout"},
      {"TimeoutNotInMilliseconds", "WebhookService/CreateWebhook", Create("timeout { seconds: 1 nanos: 1 }"),
       "webhook.timeout"},
      {"SigningSecretMalformed", "WebhookService/CreateWebhook", Create(R"(signing_secret: "secret")"),
       "webhook.signing_secret"},
      {"SigningSecretTooShort", "WebhookService/CreateWebhook", Create(R"(signing_secret: "whsec_YWJj")"),
       "webhook.signing_secret"},
      {"SigningSecretTooLong", "WebhookService/CreateWebhook",
       Create("signing_secret: \"whsec_" + kLong + "\""), "webhook.signing_secret"},
      {"SigningAlgorithmUnknown", "WebhookService/CreateWebhook", Create("signing_algorithm: 9"),
       "webhook.signing_algorithm"},
      {"SigningAlgorithmOfAnotherSecret", "WebhookService/CreateWebhook",
       Create(R"(signing_algorithm: SIGNING_ALGORITHM_ED25519
                 signing_secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")"),
       "webhook.signing_algorithm"},
      {"HeaderNameEmpty", "WebhookService/CreateWebhook", Create(R"(headers { key: "" value: "a" })"),
       R"(webhook.headers[""])"},
      {"HeaderNameNoToken", "WebhookService/CreateWebhook", Create(R"(headers { key: "a b" value: "a" })"),
       R"(webhook.headers["a b"])"},
      {"HeaderNameReserved", "WebhookService/CreateWebhook", Create(R"(headers { key: "Host" value: "a" })"),
       R"(webhook.headers["Host"])"},
      {"HeaderNameOfHookds", "WebhookService/CreateWebhook",
       Create(R"(headers { key: "webhook-id" value: "a" })"), R"(webhook.headers["webhook-id"])"},
      {"HeaderTwice", "WebhookService/CreateWebhook",
       Create(R"(headers { key: "A" value: "a" } headers { key: "a" value: "a" })"),
       R"(webhook.headers["a"])"},
      {"HeaderValueWithALineEnd", "WebhookService/CreateWebhook",
       Create(R"(headers { key: "A" value: "a\r\nB: c" })"), R"(webhook.headers["A"])"},
      {"HeaderValueWithANul", "WebhookService/CreateWebhook",
       Create(R"(headers { key: "A" value: "a\000" })"), R"(webhook.headers["A"])"},
      {"HeaderValueEmpty", "WebhookService/CreateWebhook", Create(R"(headers { key: "A" })"),
       R"(webhook.headers["A"])"},
      {"HeadersTooLong", "WebhookService/CreateWebhook",
       Create("headers { key: \"A\" value: \"" + kLong + "\" }"), "webhook.headers"},
      {"HeadersTooMany", "WebhookService/CreateWebhook", Create([] {
         std::string headers;
         for (int i = 0; i < 33; ++i)
           absl::StrAppend(&headers, "headers { key: \"A", i, "\" value: \"a\" } ");
         return headers;
       }()),
       "webhook.headers"},
      {"UsernameEmpty", "WebhookService/CreateWebhook", Create(R"(basic_auth { password: "a" })"),
       "webhook.basic_auth.username"},
      {"UsernameWithAColon", "WebhookService/CreateWebhook", Create(R"(basic_auth { username: "a:b" })"),
       "webhook.basic_auth.username"},
      {"UsernameTooLong", "WebhookService/CreateWebhook",
       Create("basic_auth { username: \"" + std::string(257, 'a') + "\" }"), "webhook.basic_auth.username"},
      {"PasswordWithALineEnd", "WebhookService/CreateWebhook",
       Create(R"(basic_auth { username: "a" password: "\n" })"), "webhook.basic_auth.password"},
      {"CertificateMalformed", "WebhookService/CreateWebhook",
       Create(R"(client_certificate { certificate_chain: "a" private_key: "a" })"),
       "webhook.client_certificate.certificate_chain"},
      {"CertificateTooLong", "WebhookService/CreateWebhook",
       Create("client_certificate { private_key: \"a\" certificate_chain: \"" + kLong + kLong + "\" }"),
       "webhook.client_certificate.certificate_chain"},
      {"TlsCaMalformed", "WebhookService/CreateWebhook", Create(R"(tls_ca: "a")"), "webhook.tls_ca"},
      {"TlsCaTooLong", "WebhookService/CreateWebhook",
       Create("tls_ca: \"" + kLong + kLong + kLong + kLong + "\""), "webhook.tls_ca"},
      {"MaxConcurrencyNegative", "WebhookService/CreateWebhook", Create(R"(max_concurrency: -1)"),
       "webhook.max_concurrency"},
      {"MaxConcurrencyTooHigh", "WebhookService/CreateWebhook", Create(R"(max_concurrency: 257)"),
       "webhook.max_concurrency"},
      {"RateLimitEmpty", "WebhookService/CreateWebhook", Create(R"(rate_limit {})"),
       "webhook.rate_limit.per_second"},
      {"RateTooLow", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: 0.009 })"),
       "webhook.rate_limit.per_second"},
      {"RateTooHigh", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: 100001 })"),
       "webhook.rate_limit.per_second"},
      {"RateNegative", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: -1 })"),
       "webhook.rate_limit.per_second"},
      {"RateNotANumber", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: nan })"),
       "webhook.rate_limit.per_second"},
      {"RateInfinite", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: inf })"),
       "webhook.rate_limit.per_second"},
      {"BurstNegative", "WebhookService/CreateWebhook", Create(R"(rate_limit { per_second: 1 burst: -1 })"),
       "webhook.rate_limit.burst"},
      {"BurstTooHigh", "WebhookService/CreateWebhook",
       Create(R"(rate_limit { per_second: 1 burst: 100001 })"), "webhook.rate_limit.burst"},
      {"RetryPolicyEmpty", "WebhookService/CreateWebhook", Create(R"(retry_policy {})"),
       "webhook.retry_policy.max_attempts"},
      {"AttemptsNegative", "WebhookService/CreateWebhook", Create(R"(retry_policy { max_attempts: -1 })"),
       "webhook.retry_policy.max_attempts"},
      {"AttemptsTooMany", "WebhookService/CreateWebhook", Create(R"(retry_policy { max_attempts: 1001 })"),
       "webhook.retry_policy.max_attempts"},
      {"MinBackoffZero", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff {} })"), "webhook.retry_policy.min_backoff"},
      {"MinBackoffTooShort", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { nanos: 99000000 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MinBackoffTooLong", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: 86400 nanos: 1000000 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MinBackoffNegative", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: -1 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MinBackoffHuge", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: 9223372036854775807 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MinBackoffNanosNegative", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: 1 nanos: -1000000 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MinBackoffNotInMilliseconds", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: 1 nanos: 1 } })"),
       "webhook.retry_policy.min_backoff"},
      {"MaxBackoffZero", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff {} })"), "webhook.retry_policy.max_backoff"},
      {"MaxBackoffTooShort", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { nanos: 99000000 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MaxBackoffTooLong", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { seconds: 86400 nanos: 1000000 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MaxBackoffNegative", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { seconds: -1 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MaxBackoffHuge", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { seconds: 9223372036854775807 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MaxBackoffNanosNegative", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { seconds: 1 nanos: -1000000 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MaxBackoffNotInMilliseconds", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 max_backoff { seconds: 1 nanos: 1 } })"),
       "webhook.retry_policy.max_backoff"},
      {"BackoffsCrossed", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 min_backoff { seconds: 3 } max_backoff { seconds: 2 } })"),
       "webhook.retry_policy.max_backoff"},
      {"MultiplierTooLow", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 multiplier: 0.99 })"), "webhook.retry_policy.multiplier"},
      {"MultiplierTooHigh", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 multiplier: 10.01 })"), "webhook.retry_policy.multiplier"},
      {"MultiplierNegative", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 multiplier: -2 })"), "webhook.retry_policy.multiplier"},
      {"MultiplierNotANumber", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 multiplier: nan })"), "webhook.retry_policy.multiplier"},
      {"MultiplierInfinite", "WebhookService/CreateWebhook",
       Create(R"(retry_policy { max_attempts: 2 multiplier: inf })"), "webhook.retry_policy.multiplier"},
      // ListWebhooks
      {"ParentEmpty", "WebhookService/ListWebhooks", "", "parent"},
      {"ParentMalformed", "WebhookService/ListWebhooks", R"(parent: "p")", "parent"},
      {"PageSizeNegative", "WebhookService/ListWebhooks", R"(parent: "projects/p" page_size: -1)",
       "page_size"},
      {"PageTokenMalformed", "WebhookService/ListWebhooks", R"(parent: "projects/p" page_token: "?")",
       "page_token"},
      {"PageTokenTooLong", "WebhookService/ListWebhooks",
       "parent: \"projects/p\" page_token: \"" + kLong + "\"", "page_token"},
      // UpdateWebhook
      {"WebhookMissing", "WebhookService/UpdateWebhook", "", "webhook.name"},
      {"NameMalformed", "WebhookService/UpdateWebhook", R"(webhook { name: "first" })", "webhook.name"},
      {"MaskUnknown", "WebhookService/UpdateWebhook", Update("", "colour"), "update_mask"},
      {"MaskOutputOnly", "WebhookService/UpdateWebhook", Update("", "create_time"), "update_mask"},
      {"MaskOfAPart", "WebhookService/UpdateWebhook", Update("", "timeout.seconds"), "update_mask"},
      {"MaskEmptyPath", "WebhookService/UpdateWebhook", Update("", ""), "update_mask"},
      {"MaskStarWithOthers", "WebhookService/UpdateWebhook",
       R"(webhook { name: "projects/p/webhooks/first" } update_mask { paths: "*" paths: "url" })",
       "update_mask"},
      {"StarWithoutUrl", "WebhookService/UpdateWebhook", Update("event_types: EVENT_TYPE_SENT", "*"),
       "webhook.url"},
      {"UrlBad", "WebhookService/UpdateWebhook", Update("url: \"ftp://h/\"", "url"), "webhook.url"},
      {"UrlOfAPrivateAddress", "WebhookService/UpdateWebhook", Update("url: \"http://[::1]/\"", "url"),
       "webhook.url"},
      {"TypesEmpty", "WebhookService/UpdateWebhook", Update("", "event_types"), "webhook.event_types"},
      {"TimeoutBad", "WebhookService/UpdateWebhook", Update("timeout { seconds: 31 }", "timeout"),
       "webhook.timeout"},
      {"DisplayNameTooLong", "WebhookService/UpdateWebhook",
       Update("display_name: \"" + std::string(257, 'a') + "\"", "display_name"), "webhook.display_name"},
      {"MaxConcurrencyBad", "WebhookService/UpdateWebhook",
       Update("max_concurrency: 1000", "max_concurrency"), "webhook.max_concurrency"},
      {"RateBad", "WebhookService/UpdateWebhook", Update("rate_limit { burst: 3 }", "rate_limit"),
       "webhook.rate_limit.per_second"},
      {"RetryPolicyBad", "WebhookService/UpdateWebhook",
       Update("retry_policy { max_attempts: 0 }", "retry_policy"), "webhook.retry_policy.max_attempts"},
      {"MaskOfAPartOfThePolicy", "WebhookService/UpdateWebhook",
       Update("retry_policy { max_attempts: 2 }", "retry_policy.min_backoff.seconds"), "update_mask"},
      {"MaskOfAPartThatIsNone", "WebhookService/UpdateWebhook", Update("", "rate_limit.colour"),
       "update_mask"},
      {"MaskOfNoHeader", "WebhookService/UpdateWebhook", Update("", "headers."), "update_mask"},
      {"PartOfTheRateLimitBad", "WebhookService/UpdateWebhook",
       Update("rate_limit { per_second: -1 }", "rate_limit.per_second"), "webhook.rate_limit.per_second"},
      {"MaskOutputOnlyReason", "WebhookService/UpdateWebhook",
       Update("disable_reason: DISABLE_REASON_GONE", "disable_reason"), "update_mask"},
      {"MaskOutputOnlyDisableTime", "WebhookService/UpdateWebhook",
       Update("disable_time { seconds: 1 }", "disable_time"), "update_mask"},
      {"HeaderReserved", "WebhookService/UpdateWebhook",
       Update(R"(headers { key: "Host" value: "a" })", "headers"), R"(webhook.headers["Host"])"},
      {"SigningAlgorithmUnknown", "WebhookService/UpdateWebhook",
       R"(webhook { name: "projects/p/webhooks/first" signing_algorithm: 9 })", "webhook.signing_algorithm"},
      {"HeaderUnknownWithoutValue", "WebhookService/UpdateWebhook",
       Update(R"(headers { key: "A" })", "headers"), R"(webhook.headers["A"])"},
      {"BasicAuthBad", "WebhookService/UpdateWebhook", Update("basic_auth {}", "basic_auth"),
       "webhook.basic_auth.username"},
      {"TlsCaBad", "WebhookService/UpdateWebhook", Update(R"(tls_ca: "a")", "tls_ca"), "webhook.tls_ca"},
      // RotateSigningSecret
      {"SecretMalformed", "WebhookService/RotateSigningSecret",
       R"(name: "projects/p/webhooks/first" signing_secret: "a")", "signing_secret"},
      {"AlgorithmUnknown", "WebhookService/RotateSigningSecret",
       R"(name: "projects/p/webhooks/first" signing_algorithm: -1)", "signing_algorithm"},
      {"GraceNegative", "WebhookService/RotateSigningSecret",
       R"(name: "projects/p/webhooks/first" grace_period { seconds: -1 })", "grace_period"},
      {"GraceTooLong", "WebhookService/RotateSigningSecret",
       R"(name: "projects/p/webhooks/first" grace_period { seconds: 2592001 })", "grace_period"},
      // TestWebhook
      {"TypeUnknown", "WebhookService/TestWebhook", R"(name: "projects/p/webhooks/first" event_type: 99)",
       "event_type"},
      // EmitEvent
      {"ParentEmpty", "EventService/EmitEvent", kGoodEvent, "parent"},
      {"ParentMalformed", "EventService/EmitEvent", "parent: \"projects/\" " + kGoodEvent, "parent"},
      {"EventMissing", "EventService/EmitEvent", R"(parent: "projects/p")", "event"},
      {"TypeMissing", "EventService/EmitEvent", R"(parent: "projects/p" event {})", "event.type"},
      {"RequestIdTooLong", "EventService/EmitEvent",
       EmitWith("sent { user { id { number: 1 } } }") + " request_id: \"" + std::string(129, 'a') + "\"",
       "request_id"},
      {"RequestIdNotAscii", "EventService/EmitEvent",
       EmitWith("sent { user { id { number: 1 } } }") + " request_id: \"\xc3\xbc\"", "request_id"},
      {"AboutNobody", "EventService/EmitEvent", EmitWith("bounced {}"), "event.bounced.user"},
      {"AboutNobodyWithProperties", "EventService/EmitEvent",
       EmitWith("user_created { user { properties {} } }"), "event.user_created.user"},
      {"AboutAnEmptyEmail", "EventService/EmitEvent", EmitWith("sent { user { email: \"\" } }"),
       "event.sent.user"},
      {"TimeNegative", "EventService/EmitEvent", EmitWith("sent { user { id { number: 1 } } sent_at: -1 }"),
       "event.sent.sent_at"},
      {"TimeHuge", "EventService/EmitEvent",
       EmitWith("opened { user { id { number: 1 } } opened_at: 253402300800 }"), "event.opened.opened_at"},
      {"CodeNegative", "EventService/EmitEvent",
       EmitWith("failed { user { id { number: 1 } } bounce_code: -1 }"), "event.failed.bounce_code"},
      {"BounceTypeUnknown", "EventService/EmitEvent",
       EmitWith("bounced { user { id { number: 1 } } bounce_type: 3 }"), "event.bounced.bounce_type"},
      {"BounceTypeUnspecified", "EventService/EmitEvent",
       EmitWith("bounced { user { id { number: 1 } } bounce_type: BOUNCE_TYPE_UNSPECIFIED }"),
       "event.bounced.bounce_type"},
      {"StringTooLong", "EventService/EmitEvent", EmitWith("clicked { user { email: \"" + kLong + "\" } }"),
       "event.clicked.user.email"},
      {"IdWithoutKind", "EventService/EmitEvent", EmitWith("sent { user { id {} } }"), "event.sent.user.id"},
      {"PropertyOverwrites", "EventService/EmitEvent",
       EmitWith("user_created { user { id { number: 1 } properties { fields { key: \"id\" value { "
                "number_value: 1 } } } } }"),
       "event.user_created.user.properties[\"id\"]"},
      {"PropertyNotANumber", "EventService/EmitEvent",
       EmitWith("user_updated { user { id { number: 1 } } changes { fields { key: \"a\" value { "
                "number_value: nan } } } }"),
       "event.user_updated.changes[\"a\"]"},
      {"PropertyInfinite", "EventService/EmitEvent",
       EmitWith("complained { user { id { number: 1 } } event { data { fields { key: \"a\" value { "
                "number_value: -inf } } } } }"),
       "event.complained.event.data[\"a\"]"},
      // BatchEmitEvents
      {"ParentEmpty", "EventService/BatchEmitEvents", "requests { " + kGoodEvent + " }", "parent"},
      {"Empty", "EventService/BatchEmitEvents", R"(parent: "projects/p")", "requests"},
      {"ParentOfAnother", "EventService/BatchEmitEvents",
       R"(parent: "projects/p" requests { parent: "projects/q" )" + kGoodEvent + " }", "requests[0].parent"},
      {"RequestIdWithin", "EventService/BatchEmitEvents",
       R"(parent: "projects/p" requests { request_id: "r" )" + kGoodEvent + " }", "requests[0].request_id"},
      {"ValidateOnlyWithin", "EventService/BatchEmitEvents",
       R"(parent: "projects/p" requests { validate_only: true )" + kGoodEvent + " }",
       "requests[0].validate_only"},
      {"SecondEventBad", "EventService/BatchEmitEvents",
       R"(parent: "projects/p" requests { )" + kGoodEvent +
           " } requests { event { sent { user { id { number: 1 } } sent_at: -1 } } }",
       "requests[1].event.sent.sent_at"},
      {"RequestIdTooLong", "EventService/BatchEmitEvents",
       R"(parent: "projects/p" requests { )" + kGoodEvent + " } request_id: \"" + std::string(129, 'a') +
           "\"",
       "request_id"},
      // ListDeliveries
      {"ParentEmpty", "DeliveryService/ListDeliveries", "", "parent"},
      {"PageSizeNegative", "DeliveryService/ListDeliveries", R"(parent: "projects/p" page_size: -7)",
       "page_size"},
      {"PageTokenMalformed", "DeliveryService/ListDeliveries", R"(parent: "projects/p" page_token: "x")",
       "page_token"},
      {"FilterMalformed", "DeliveryService/ListDeliveries", R"(parent: "projects/p" filter: "state =")",
       "filter"},
      {"FilterUnknownField", "DeliveryService/ListDeliveries",
       R"(parent: "projects/p" filter: "colour = RED")", "filter"},
      {"FilterOfAnotherProject", "DeliveryService/ListDeliveries",
       R"(parent: "projects/p" filter: "webhook = \"projects/q/webhooks/w\"")", "filter"},
      {"FilterTooLong", "DeliveryService/ListDeliveries", "parent: \"projects/p\" filter: \"" + kLong + "\"",
       "filter"},
      // RetryDeliveries
      {"ParentEmpty", "DeliveryService/RetryDeliveries", R"(webhook: "projects/p/webhooks/first")", "parent"},
      {"ParentMalformed", "DeliveryService/RetryDeliveries",
       R"(parent: "p" webhook: "projects/p/webhooks/first")", "parent"},
      {"WebhookEmpty", "DeliveryService/RetryDeliveries", R"(parent: "projects/p")", "webhook"},
      {"WebhookMalformed", "DeliveryService/RetryDeliveries", R"(parent: "projects/p" webhook: "first")",
       "webhook"},
      {"WebhookOfAnotherProject", "DeliveryService/RetryDeliveries",
       R"(parent: "projects/p" webhook: "projects/q/webhooks/first")", "webhook"},
      {"WebhookThatIsNotThere", "DeliveryService/RetryDeliveries",
       R"(parent: "projects/p" webhook: "projects/p/webhooks/none")", ""},
      {"FilterMalformed", "DeliveryService/RetryDeliveries", R"(parent: "projects/p" filter: "state =")",
       "filter"},
      {"FilterOfAnotherProject", "DeliveryService/RetryDeliveries",
       R"(parent: "projects/p" filter: "webhook = \"projects/q/webhooks/w\"")", "filter"},
      {"FilterOfPendingOnes", "DeliveryService/RetryDeliveries",
       R"(parent: "projects/p" filter: "state = PENDING")", "filter"},
      {"FilterTooLong", "DeliveryService/RetryDeliveries", "parent: \"projects/p\" filter: \"" + kLong + "\"",
       "filter"},
      {"StartBeforeTheYearOne", "DeliveryService/RetryDeliveries",
       Retry("start_time { seconds: -62135596801 }"), "start_time"},
      {"StartAfterTheYear9999", "DeliveryService/RetryDeliveries",
       Retry("start_time { seconds: 253402300800 }"), "start_time"},
      {"StartNanosNegative", "DeliveryService/RetryDeliveries", Retry("start_time { nanos: -1 }"),
       "start_time"},
      {"StartNanosHuge", "DeliveryService/RetryDeliveries", Retry("start_time { nanos: 1000000000 }"),
       "start_time"},
      {"EndBeforeTheYearOne", "DeliveryService/RetryDeliveries", Retry("end_time { seconds: -62135596801 }"),
       "end_time"},
      {"EndAfterTheYear9999", "DeliveryService/RetryDeliveries", Retry("end_time { seconds: 253402300800 }"),
       "end_time"},
      {"EndNanosNegative", "DeliveryService/RetryDeliveries", Retry("end_time { nanos: -1 }"), "end_time"},
      {"EndNanosHuge", "DeliveryService/RetryDeliveries", Retry("end_time { nanos: 1000000000 }"),
       "end_time"},
      {"TimesCrossed", "DeliveryService/RetryDeliveries",
       Retry("start_time { seconds: 2 } end_time { seconds: 1 }"), "end_time"},
      {"TimesEqual", "DeliveryService/RetryDeliveries",
       Retry("start_time { seconds: 2 } end_time { seconds: 2 }"), "end_time"},
      {"TypeUnspecified", "DeliveryService/RetryDeliveries", Retry("event_types: EVENT_TYPE_UNSPECIFIED"),
       "event_types[0]"},
      {"TypeUnknown", "DeliveryService/RetryDeliveries",
       Retry("event_types: EVENT_TYPE_SENT event_types: 13"), "event_types[1]"},
  };
  // Methods whose requests have only the name of a resource.
  struct Named {
    const char* method;
    const char* collection;
  };
  for (const Named& each : {Named{"WebhookService/GetWebhook", "webhooks"},
                            {"WebhookService/DeleteWebhook", "webhooks"},
                            {"WebhookService/EnableWebhook", "webhooks"},
                            {"WebhookService/DisableWebhook", "webhooks"},
                            {"WebhookService/RotateSigningSecret", "webhooks"},
                            {"WebhookService/TestWebhook", "webhooks"},
                            {"EventService/GetEvent", "events"},
                            {"DeliveryService/GetDelivery", "deliveries"},
                            {"DeliveryService/RetryDelivery", "deliveries"}}) {
    all.push_back({"NameEmpty", each.method, "", "name"});
    all.push_back({"NameTooLong", each.method, "name: \"" + kLong + "\"", "name"});
    all.push_back(
        {"NameOfNoProject", each.method, absl::StrCat("name: \"", each.collection, "/first\""), "name"});
    all.push_back({"NameOfAnotherKind", each.method, "name: \"projects/p/colours/red\"", "name"});
    all.push_back({"NameWithATail", each.method,
                   absl::StrCat("name: \"projects/p/", each.collection, "/0000000000001/x\""), "name"});
    all.push_back({"NameThatIsNotThere", each.method,
                   absl::StrCat("name: \"projects/p/", each.collection, "/0000000000001\""), ""});
  }
  all.push_back(
      {"NameOfAnotherProject", "WebhookService/GetWebhook", R"(name: "projects/q/webhooks/first")", ""});
  all.push_back(
      {"NameOfAnotherProject", "WebhookService/DeleteWebhook", R"(name: "projects/q/webhooks/first")", ""});
  all.push_back(
      {"NameOfAnotherProject", "WebhookService/TestWebhook", R"(name: "projects/q/webhooks/first")", ""});
  all.push_back({"NameOfAnotherProject", "WebhookService/UpdateWebhook",
                 R"(webhook { name: "projects/q/webhooks/first" disabled: true })", ""});
  return all;
}

class BadInputTest : public ApiTest, public ::testing::WithParamInterface<BadInput> {
 protected:
  // Calls the method with the request in the text.
  absl::Status CallWith(const std::string& method, const std::string& text) {
    const Method& called = MethodNamed(api_, method);
    const std::unique_ptr<google::protobuf::Message> request(called.request->New());
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, request.get())) << text;
    const std::unique_ptr<google::protobuf::Message> response(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(called.descriptor->output_type())
            ->New());
    return Call(method, *request, *response);
  }
};

TEST_P(BadInputTest, IsRefusedByNameAndLeavesNoTrace) {
  MustCreate();
  const size_t before = store_.size();
  const absl::Status status = CallWith(GetParam().method, GetParam().request);
  if (GetParam().field.empty()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status.message();
  } else {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status.message();
    EXPECT_THAT(FieldsOf(status), Contains(GetParam().field)) << status.message();
    EXPECT_THAT(status.message(), HasSubstr(GetParam().field));
  }
  EXPECT_EQ(store_.size(), before);
  EXPECT_EQ(http_->sent(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Requests, BadInputTest, ::testing::ValuesIn(AllBadInput()), [](const auto& input) {
  std::string name = input.param.method.substr(input.param.method.find('/') + 1) + "_" + input.param.name;
  return name;
});

}  // namespace
}  // namespace hookd
