// Tokens: who may call what, over every transport.
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr char kAdmin[] = "hookd_administrators-own-secret";
constexpr char kEmit[] = "parent: 'projects/p' event { sent { user { email: 'e' } } }";

class AccessApiTest : public ApiTest {
 protected:
  void SetUp() override {
    const std::string file = folder_.path() + "/tokens";
    std::ofstream(file) << kAdmin << " admin *\n";
    std::filesystem::permissions(file,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    Start({"--tokens_file=" + file, "--log_level=debug"});
    admin_ = Client(kAdmin);
  }

  // A new token, with its secret.
  v1::Token CreateToken(const std::string& id, const std::string& token) {
    auto created = CallBy<v1::Token>(*admin_, "TokenService.CreateToken",
                                     absl::StrCat("token_id: '", id, "' token { ", token, " }"));
    EXPECT_TRUE(created.ok()) << created.status();
    return created.value_or(v1::Token());
  }
  absl::StatusCode Code(const std::string& token, const std::string& method, const std::string& text) {
    const auto* type = FindApiMethod(method).output_type();
    const std::unique_ptr<google::protobuf::Message> response(
        google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
    return Client(token)->Call(method, *Request(method, text), response.get()).code();
  }

  TempDir folder_;
  std::unique_ptr<ApiClient> admin_;
};

TEST_P(AccessApiTest, WithoutATokenOrWithAWrongOneACallIsUnauthenticated) {
  for (const char* token : {"", "hookd_wrong", "nonsense"}) {
    EXPECT_EQ(Code(token, "WebhookService.ListWebhooks", "parent: 'projects/p'"),
              absl::StatusCode::kUnauthenticated)
        << token;
    EXPECT_EQ(Code(token, "EventService.EmitEvent", "parent: 'projects/P'"),
              absl::StatusCode::kUnauthenticated)
        << "before the request is read";
  }
}

TEST_P(AccessApiTest, ATokenThatEmitsCannotReadOrManage) {
  const std::string secret = CreateToken("t", "projects: 'projects/p' roles: ROLE_EMIT").secret();
  EXPECT_EQ(Code(secret, "EventService.EmitEvent", kEmit), absl::StatusCode::kOk);
  for (const char* method : {"WebhookService.ListWebhooks", "DeliveryService.ListDeliveries"}) {
    EXPECT_EQ(Code(secret, method, "parent: 'projects/p'"), absl::StatusCode::kPermissionDenied) << method;
  }
  EXPECT_EQ(Code(secret, "WebhookService.DeleteWebhook", "name: 'projects/p/webhooks/w'"),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(secret, "TokenService.ListTokens", ""), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(secret, "AdminService.ListNodes", ""), absl::StatusCode::kPermissionDenied);
}

TEST_P(AccessApiTest, EveryTokenReadsItself) {
  const v1::Token created = CreateToken("t", "projects: 'projects/p' roles: ROLE_EMIT display_name: 'Shop'");
  const auto current = CallBy<v1::Token>(*Client(created.secret()), "TokenService.GetCurrentToken", "");
  ASSERT_TRUE(current.ok()) << current.status();
  EXPECT_EQ(current->name(), "tokens/t");
  EXPECT_EQ(current->display_name(), "Shop");
  EXPECT_EQ(current->secret(), "");
  ASSERT_EQ(current->roles_size(), 1);
  EXPECT_EQ(current->roles(0), v1::ROLE_EMIT);
  const auto of_file = CallBy<v1::Token>(*admin_, "TokenService.GetCurrentToken", "");
  ASSERT_TRUE(of_file.ok()) << of_file.status();
  EXPECT_EQ(of_file->name(), "");
  ASSERT_EQ(of_file->projects_size(), 1);
  EXPECT_EQ(of_file->projects(0), "projects/-");
  EXPECT_EQ(Code("", "TokenService.GetCurrentToken", ""), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(Code(kAdmin, "TokenService.GetToken", "name: 'tokens/current'"), absl::StatusCode::kNotFound)
      << "a token could be called so";
}

TEST_P(AccessApiTest, WhatIsOfAllProjectsIsForTokensOfAllProjects) {
  const std::string secret = CreateToken("t", "projects: 'projects/p' roles: ROLE_ADMIN").secret();
  EXPECT_EQ(Code(secret, "AdminService.GetServer", ""), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(secret, "WebhookService.ListWebhooks", "parent: 'projects/-'"),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(kAdmin, "AdminService.GetServer", ""), absl::StatusCode::kOk);
  EXPECT_EQ(Code(kAdmin, "WebhookService.ListWebhooks", "parent: 'projects/-' filter: 'circuit = OPEN'"),
            absl::StatusCode::kOk);
  EXPECT_EQ(Code(secret, "DeliveryService.RetryDeliveries", "parent: 'projects/q' filter: 'state = FAILED'"),
            absl::StatusCode::kPermissionDenied);
}

TEST_P(AccessApiTest, ATokenIsForItsProjectsAlone) {
  const std::string secret =
      CreateToken("t", "projects: 'projects/p' roles: [ROLE_EMIT, ROLE_READ, ROLE_MANAGE]").secret();
  EXPECT_EQ(Code(secret, "WebhookService.ListWebhooks", "parent: 'projects/p'"), absl::StatusCode::kOk);
  EXPECT_EQ(Code(secret, "WebhookService.ListWebhooks", "parent: 'projects/q'"),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(secret, "WebhookService.UpdateWebhook", "webhook { name: 'projects/q/webhooks/w' }"),
            absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Code(secret, "EventService.BatchEmitEvents",
                 "parent: 'projects/q' requests { event { sent { user { email: 'e' } } } }"),
            absl::StatusCode::kPermissionDenied);
}

TEST_P(AccessApiTest, ATokenThatHasExpiredIsNoneAnyMore) {
  const int64_t soon = absl::ToUnixSeconds(absl::Now()) + 2;
  const std::string secret =
      CreateToken("t",
                  absl::StrCat("projects: 'projects/p' roles: ROLE_READ expire_time { seconds: ", soon, " }"))
          .secret();
  const absl::Time deadline = absl::Now() + kPatience;
  absl::StatusCode code;
  do {
    code = Code(secret, "WebhookService.ListWebhooks", "parent: 'projects/p'");
  } while (code == absl::StatusCode::kOk && absl::Now() < deadline);
  EXPECT_EQ(code, absl::StatusCode::kUnauthenticated);
  EXPECT_GE(absl::ToUnixSeconds(absl::Now()), soon);
}

TEST_P(AccessApiTest, TokensAreCreatedReadListedAndDeleted) {
  const v1::Token created = CreateToken("t", "projects: 'projects/p' roles: ROLE_READ display_name: 'Shop'");
  EXPECT_EQ(created.name(), "tokens/t");
  EXPECT_THAT(created.secret(), StartsWith("hookd_"));
  CreateToken("u", "projects: 'projects/p' roles: ROLE_READ");
  const auto read = CallBy<v1::Token>(*admin_, "TokenService.GetToken", "name: 'tokens/t'");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->display_name(), "Shop");
  EXPECT_EQ(read->secret(), "");
  const auto page = CallBy<v1::ListTokensResponse>(*admin_, "TokenService.ListTokens", "page_size: 1");
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->tokens_size(), 1);
  const auto next = CallBy<v1::ListTokensResponse>(
      *admin_, "TokenService.ListTokens", absl::StrCat("page_token: '", page->next_page_token(), "'"));
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_EQ(next->tokens_size(), 1);
  EXPECT_EQ(next->tokens(0).name(), "tokens/u");
  EXPECT_TRUE(CallBy<google::protobuf::Empty>(*admin_, "TokenService.DeleteToken", "name: 'tokens/t'").ok());
  EXPECT_EQ(Code(kAdmin, "TokenService.GetToken", "name: 'tokens/t'"), absl::StatusCode::kNotFound);
  EXPECT_EQ(Code(created.secret(), "WebhookService.ListWebhooks", "parent: 'projects/p'"),
            absl::StatusCode::kUnauthenticated);
}

TEST_P(AccessApiTest, AWatchEndsWithItsToken) {
  const std::string secret =
      CreateToken("t", "projects: 'projects/p' roles: [ROLE_READ, ROLE_MANAGE, ROLE_EMIT]").secret();
  const auto client = Client(secret);
  ASSERT_TRUE(CallBy<v1::Webhook>(*client, "WebhookService.CreateWebhook",
                                  absl::StrCat("parent: 'projects/p' webhook { url: '", receiver_.Url("/"),
                                               "' event_types: EVENT_TYPE_SENT }"))
                  .ok());
  ASSERT_TRUE(CallBy<v1::EmitEventResponse>(*client, "EventService.EmitEvent", kEmit).ok());
  const auto watch = client->Open(
      "DeliveryService.WatchDeliveries",
      *Request("DeliveryService.WatchDeliveries", "parent: 'projects/p' start_time { seconds: 1 }"));
  v1::WatchDeliveriesResponse response;
  ASSERT_TRUE(watch->Read(&response));
  ASSERT_TRUE(CallBy<google::protobuf::Empty>(*admin_, "TokenService.DeleteToken", "name: 'tokens/t'").ok());
  while (watch->Read(&response)) {
  }
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnauthenticated);
}

TEST_P(AccessApiTest, AWatchOfEventsEndsWithItsToken) {
  const std::string secret = CreateToken("t", "projects: 'projects/p' roles: ROLE_READ").secret();
  const auto watch = Client(secret)->Open("EventService.WatchEvents",
                                          *Request("EventService.WatchEvents", "parent: 'projects/p'"));
  v1::WatchEventsResponse response;
  ASSERT_TRUE(watch->Read(&response));
  ASSERT_TRUE(CallBy<google::protobuf::Empty>(*admin_, "TokenService.DeleteToken", "name: 'tokens/t'").ok());
  while (watch->Read(&response)) {
  }
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnauthenticated);
}

TEST_P(AccessApiTest, ATokenThatCallsTooOftenIsToldToRetryLater) {
  const std::string secret =
      CreateToken("t", "projects: 'projects/p' roles: ROLE_READ rate_limit { per_second: 0.01 burst: 1 }")
          .secret();
  const auto client = Client(secret);
  const std::string request = "parent: 'projects/p'";
  ASSERT_TRUE(CallBy<v1::ListWebhooksResponse>(*client, "WebhookService.ListWebhooks", request).ok());
  const auto refused = CallBy<v1::ListWebhooksResponse>(*client, "WebhookService.ListWebhooks", request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(FindDetail<google::rpc::RetryInfo>(refused.status()).retry_delay().seconds(), 0);
}

TEST_P(AccessApiTest, NoSecretIsLogged) {
  const std::string secret = CreateToken("t", "projects: 'projects/p' roles: ROLE_READ").secret();
  ASSERT_EQ(Code(secret, "WebhookService.ListWebhooks", "parent: 'projects/p'"), absl::StatusCode::kOk);
  ASSERT_EQ(Code(secret + "x", "WebhookService.ListWebhooks", "parent: 'projects/p'"),
            absl::StatusCode::kUnauthenticated);
  const std::string printed = server_->Stop().output;
  EXPECT_THAT(printed, HasSubstr("WebhookService/ListWebhooks")) << "calls are logged";
  EXPECT_THAT(printed, Not(HasSubstr(secret)));
  EXPECT_THAT(printed, Not(HasSubstr(kAdmin)));
}

HOOKD_TEST_TRANSPORTS(AccessApiTest);

}  // namespace
}  // namespace hookd
