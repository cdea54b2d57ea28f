// Authorization of every method with every role. A caller without permission learns nothing about resources.
#include <map>
#include <thread>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "gmock/gmock.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

class CallerAccessTest : public ApiTest {
 protected:
  CallerAccessTest() { tokens_.Require(); }

  // Adds a token and returns its secret.
  std::string AddToken(std::initializer_list<Role> roles, std::vector<std::string> projects = {"p"},
                       std::optional<absl::Time> expire_time = std::nullopt,
                       std::optional<RateLimit> rate_limit = std::nullopt) {
    const std::string secret = absl::StrCat("secret-", ++count_);
    Token token;
    token.id = absl::StrCat("t", count_);
    token.secret_hash = HashSecret(secret);
    token.projects = std::move(projects);
    for (const Role role : roles) token.roles.set(static_cast<size_t>(role));
    token.expire_time = expire_time;
    token.rate_limit = rate_limit;
    tokens_.Create(token, [](const absl::StatusOr<Token>& created) { EXPECT_TRUE(created.ok()); });
    return secret;
  }

  // Calls a method of hookd.v1 with this authorization metadata, or without it if it is empty.
  absl::Status CallAs(const std::string& authorization, const std::string& method,
                      const google::protobuf::Message& request) {
    const std::unique_ptr<google::protobuf::Message> response(
        google::protobuf::MessageFactory::generated_factory()
            ->GetPrototype(MethodNamed(api_, method).descriptor->output_type())
            ->New());
    return CallInProcess(api_, TestCaller(authorization), method, request, *response);
  }
  // An empty request of a method.
  std::unique_ptr<google::protobuf::Message> Empty(const std::string& method) {
    return std::unique_ptr<google::protobuf::Message>(MethodNamed(api_, method).request->New());
  }
  absl::Status GetAs(const std::string& authorization, const std::string& name) {
    v1::GetWebhookRequest request;
    request.set_name(name);
    return CallAs(authorization, "WebhookService/GetWebhook", request);
  }
  absl::StatusCode CodeAs(const std::string& authorization) {
    return GetAs(authorization, "projects/p/webhooks/none").code();
  }

  using Stream = TestStream<v1::StreamEventsRequest, v1::StreamEventsResponse>;
  using Watch = TestStream<v1::WatchDeliveriesRequest, v1::WatchDeliveriesResponse>;

  std::unique_ptr<Stream> StreamAs(const std::string& authorization) {
    return std::make_unique<Stream>(api_, &reports_, TestCaller(authorization), "EventService/StreamEvents");
  }
  std::unique_ptr<Watch> WatchAs(const std::string& authorization, const std::string& parent) {
    v1::WatchDeliveriesRequest request;
    request.set_parent(parent);
    return std::make_unique<Watch>(api_, &reports_, TestCaller(authorization),
                                   "DeliveryService/WatchDeliveries", request);
  }

  int count_ = 0;
};

template <typename Request>
std::unique_ptr<google::protobuf::Message> Named(const std::string& name) {
  auto request = std::make_unique<Request>();
  request->set_name(name);
  return request;
}
template <typename Request>
std::unique_ptr<google::protobuf::Message> In(const std::string& parent) {
  auto request = std::make_unique<Request>();
  request->set_parent(parent);
  return request;
}

struct UnaryMethod {
  const char* name;
  Role role;
  std::unique_ptr<google::protobuf::Message> request;  // in project p
};

std::vector<UnaryMethod> UnaryMethods(const std::string& project) {
  const std::string parent = "projects/" + project;
  const std::string webhook = parent + "/webhooks/w";
  std::vector<UnaryMethod> methods;
  const auto add = [&](const char* name, Role role, std::unique_ptr<google::protobuf::Message> request) {
    methods.push_back({name, role, std::move(request)});
  };
  auto update = std::make_unique<v1::UpdateWebhookRequest>();
  update->mutable_webhook()->set_name(webhook);
  auto update_project = std::make_unique<v1::UpdateProjectRequest>();
  update_project->mutable_project()->set_name(parent);
  add("ProjectService/GetProject", Role::kRead, Named<v1::GetProjectRequest>(parent));
  add("ProjectService/UpdateProject", Role::kManage, std::move(update_project));
  add("ProjectService/DeleteProject", Role::kAdmin, Named<v1::DeleteProjectRequest>(parent));
  add("WebhookService/CreateWebhook", Role::kManage, In<v1::CreateWebhookRequest>(parent));
  add("WebhookService/GetWebhook", Role::kRead, Named<v1::GetWebhookRequest>(webhook));
  add("WebhookService/ListWebhooks", Role::kRead, In<v1::ListWebhooksRequest>(parent));
  add("WebhookService/UpdateWebhook", Role::kManage, std::move(update));
  add("WebhookService/DeleteWebhook", Role::kManage, Named<v1::DeleteWebhookRequest>(webhook));
  add("WebhookService/EnableWebhook", Role::kManage, Named<v1::EnableWebhookRequest>(webhook));
  add("WebhookService/DisableWebhook", Role::kManage, Named<v1::DisableWebhookRequest>(webhook));
  add("WebhookService/RotateSigningSecret", Role::kManage, Named<v1::RotateSigningSecretRequest>(webhook));
  add("WebhookService/TestWebhook", Role::kManage, Named<v1::TestWebhookRequest>(webhook));
  add("EventService/EmitEvent", Role::kEmit, In<v1::EmitEventRequest>(parent));
  add("EventService/BatchEmitEvents", Role::kEmit, In<v1::BatchEmitEventsRequest>(parent));
  add("EventService/GetEvent", Role::kRead, Named<v1::GetEventRequest>(parent + "/events/0000000000001"));
  add("DeliveryService/GetDelivery", Role::kRead,
      Named<v1::GetDeliveryRequest>(parent + "/deliveries/0000000000001"));
  add("DeliveryService/ListDeliveries", Role::kRead, In<v1::ListDeliveriesRequest>(parent));
  add("DeliveryService/ListAttempts", Role::kRead,
      In<v1::ListAttemptsRequest>(parent + "/deliveries/0000000000001"));
  add("DeliveryService/RetryDelivery", Role::kManage,
      Named<v1::RetryDeliveryRequest>(parent + "/deliveries/0000000000001"));
  add("DeliveryService/RetryDeliveries", Role::kManage, In<v1::RetryDeliveriesRequest>(parent));
  return methods;
}

bool Includes(Role has, Role wanted) {
  return has == wanted || has == Role::kAdmin || (has == Role::kManage && wanted == Role::kRead);
}

TEST_F(CallerAccessTest, EveryMethodIsForItsRoleAndThoseThatIncludeItInTheTokensProjectsAlone) {
  for (const Role role : {Role::kEmit, Role::kRead, Role::kManage, Role::kAdmin}) {
    const std::string bearer = "Bearer " + AddToken({role});
    for (const UnaryMethod& method : UnaryMethods("p")) {
      const auto code = CallAs(bearer, method.name, *method.request).code();
      EXPECT_EQ(code != absl::StatusCode::kPermissionDenied, Includes(role, method.role))
          << method.name << " with role " << static_cast<int>(role);
      EXPECT_NE(code, absl::StatusCode::kUnauthenticated) << method.name;
    }
    for (const UnaryMethod& method : UnaryMethods("q")) {
      EXPECT_EQ(CallAs(bearer, method.name, *method.request).code(), absl::StatusCode::kPermissionDenied)
          << method.name;
    }
  }
}

// A request of TestWebhook has a name or a parent. One with both must not be checked for one of them alone.
TEST_F(CallerAccessTest, ATestIsForTheProjectOfTheNameAndForThatOfTheParent) {
  const std::string bearer = "Bearer " + AddToken({Role::kManage});
  const auto test = [&](const std::string& name, const std::string& parent) {
    v1::TestWebhookRequest request;
    request.set_name(name);
    request.set_parent(parent);
    request.mutable_webhook()->set_url("not a URL");
    return CallAs(bearer, "WebhookService/TestWebhook", request).code();
  };
  EXPECT_EQ(test("", "projects/p"), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(test("", "projects/q"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(test("projects/q/webhooks/w", ""), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(test("projects/q/webhooks/w", "projects/p"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(test("projects/p/webhooks/w", "projects/q"), absl::StatusCode::kPermissionDenied);
  const std::string reader = "Bearer " + AddToken({Role::kRead, Role::kEmit});
  EXPECT_EQ(CallAs(reader, "WebhookService/TestWebhook", *In<v1::TestWebhookRequest>("projects/p")).code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(CallerAccessTest, NoMethodIsForThoseWithoutAToken) {
  for (const UnaryMethod& method : UnaryMethods("p")) {
    EXPECT_EQ(CallAs("", method.name, *method.request).code(), absl::StatusCode::kUnauthenticated)
        << method.name;
  }
  for (const char* method : {"CreateToken", "GetToken", "ListTokens", "DeleteToken"}) {
    EXPECT_EQ(CallAs("", absl::StrCat("TokenService/", method), *Empty(absl::StrCat("TokenService/", method)))
                  .code(),
              absl::StatusCode::kUnauthenticated)
        << method;
  }
}

TEST_F(CallerAccessTest, ACallerOfAnotherProjectLearnsNothingOfWhatIsThere) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  ASSERT_TRUE(CallAs(admin, "WebhookService/CreateWebhook", GoodCreate("there", "other")).ok());
  const std::string bearer = "Bearer " + AddToken({Role::kAdmin}, {"p"});
  const absl::Status there = GetAs(bearer, "projects/other/webhooks/there");
  for (const char* name : {"projects/other/webhooks/none", "projects/none/webhooks/none",
                           "projects/other/webhooks/..", "projects/other"}) {
    const absl::Status status = GetAs(bearer, name);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << name;
    EXPECT_EQ(status.message(), there.message()) << name;
    EXPECT_EQ(SerializedDetails(status), SerializedDetails(there)) << name;
  }
}

TEST_F(CallerAccessTest, WhatIsNoTokenIsUnauthenticatedAndNotRepeated) {
  const std::string secret = AddToken({Role::kRead});
  for (const std::string& value :
       {std::string("Bearer"), std::string("Bearer "), std::string("Bearer wrong"), secret, "Basic " + secret,
        "Bearer " + secret + "x", "Bearer " + secret.substr(0, secret.size() - 1)}) {
    const absl::Status status = GetAs(value, "projects/p/webhooks/none");
    EXPECT_EQ(status.code(), absl::StatusCode::kUnauthenticated) << value;
    EXPECT_THAT(status.message(), Not(HasSubstr("wrong")));
  }
  for (const char* scheme : {"Bearer ", "bearer ", "BEARER  "}) {
    EXPECT_EQ(CodeAs(scheme + secret), absl::StatusCode::kNotFound) << scheme;
  }
}

TEST_F(CallerAccessTest, ATokenThatHasExpiredIsVoid) {
  const std::string bearer = "Bearer " + AddToken({Role::kRead}, {"p"}, clock_.Now() + absl::Hours(1));
  EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kNotFound);
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kUnauthenticated);
}

TEST_F(CallerAccessTest, ATokenThatIsDeletedIsVoidAtOnce) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string bearer = "Bearer " + AddToken({Role::kRead});
  EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kNotFound);
  v1::DeleteTokenRequest request;
  request.set_name("tokens/t2");
  ASSERT_TRUE(CallAs(admin, "TokenService/DeleteToken", request).ok());
  EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kUnauthenticated);
}

TEST_F(CallerAccessTest, RequestsOverATokensRateAreToldToWait) {
  const std::string bearer =
      "Bearer " + AddToken({Role::kRead}, {"p"}, std::nullopt, RateLimit{.per_second = 1, .burst = 2});
  for (int i = 0; i < 2; ++i) EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kNotFound);
  const absl::Status status = GetAs(bearer, "projects/p/webhooks/none");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(status).retry_delay().seconds(), 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(CodeAs(bearer), absl::StatusCode::kNotFound);
}

TEST_F(CallerAccessTest, TokensAreForAdministratorsOfAllProjects) {
  const std::string of_one = "Bearer " + AddToken({Role::kAdmin}, {"p"});
  const std::string of_all = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string manager = "Bearer " + AddToken({Role::kManage}, {"*"});
  for (const std::string& bearer : {of_one, manager}) {
    EXPECT_EQ(CallAs(bearer, "TokenService/ListTokens", v1::ListTokensRequest()).code(),
              absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(CallAs(bearer, "TokenService/GetToken", *Named<v1::GetTokenRequest>("tokens/t1")).code(),
              absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(CallAs(bearer, "TokenService/CreateToken", v1::CreateTokenRequest()).code(),
              absl::StatusCode::kPermissionDenied);
  }
  EXPECT_TRUE(CallAs(of_all, "TokenService/ListTokens", v1::ListTokensRequest()).ok());
}

TEST_F(CallerAccessTest, EveryTokenReadsItselfAndNothingOfOthers) {
  const auto current = [&](const std::string& secret) {
    v1::Token token;
    const absl::Status status =
        CallInProcess(api_, TestCaller("Bearer " + secret), "TokenService/GetCurrentToken",
                      v1::GetCurrentTokenRequest(), token);
    EXPECT_TRUE(status.ok()) << status;
    return token;
  };
  AddToken({Role::kAdmin}, {"*"});
  v1::Token token = current(AddToken({Role::kEmit}, {"p", "q"}, clock_.Now() + absl::Hours(1),
                                     RateLimit{.per_second = 9, .burst = 9}));
  EXPECT_EQ(token.name(), "tokens/t2");
  EXPECT_THAT(token.projects(), ElementsAre("projects/p", "projects/q"));
  EXPECT_THAT(token.roles(), ElementsAre(v1::ROLE_EMIT));
  EXPECT_EQ(token.expire_time().seconds(), absl::ToUnixSeconds(clock_.Now() + absl::Hours(1)));
  EXPECT_EQ(token.rate_limit().burst(), 9);
  EXPECT_TRUE(token.has_create_time());
  EXPECT_TRUE(token.has_last_used_time());
  EXPECT_EQ(token.secret(), "");
  token = current(AddToken({Role::kAdmin}, {"*"}));
  EXPECT_THAT(token.projects(), ElementsAre("projects/-"));
  EXPECT_EQ(CallAs("Bearer wrong", "TokenService/GetCurrentToken", v1::GetCurrentTokenRequest()).code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(CallerAccessTest, ATokenOfTheFileReadsItselfWithoutAName) {
  Token bootstrap{.id = "line-1", .secret_hash = HashSecret("secret-of-the-file"), .projects = {"*"}};
  bootstrap.roles.set(static_cast<size_t>(Role::kAdmin));
  tokens_.SetBootstrap({bootstrap});
  v1::Token token;
  ASSERT_TRUE(CallInProcess(api_, TestCaller("Bearer secret-of-the-file"), "TokenService/GetCurrentToken",
                            v1::GetCurrentTokenRequest(), token)
                  .ok());
  EXPECT_EQ(token.name(), "");
  EXPECT_FALSE(token.has_create_time());
  EXPECT_THAT(token.roles(), ElementsAre(v1::ROLE_ADMIN));
}

TEST_F(ApiTest, WithoutTokensTheCallerMayDoEverything) {
  v1::Token token;
  ASSERT_TRUE(Call("TokenService/GetCurrentToken", v1::GetCurrentTokenRequest(), token).ok());
  EXPECT_EQ(token.name(), "");
  EXPECT_THAT(token.projects(), ElementsAre("projects/-"));
  EXPECT_THAT(token.roles(), ElementsAre(v1::ROLE_ADMIN));
}

TEST_F(CallerAccessTest, TheServerAndTheWebhooksOfAllProjectsAreForTokensOfAllProjects) {
  const std::string of_one = "Bearer " + AddToken({Role::kAdmin}, {"p"});
  const std::string of_all = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string manager = "Bearer " + AddToken({Role::kManage}, {"*"});
  for (const std::string& bearer : {of_one, manager}) {
    EXPECT_EQ(CallAs(bearer, "AdminService/GetServer", v1::GetServerRequest()).code(),
              absl::StatusCode::kPermissionDenied);
  }
  EXPECT_TRUE(CallAs(of_all, "AdminService/GetServer", v1::GetServerRequest()).ok());
  const auto everywhere = In<v1::ListWebhooksRequest>("projects/-");
  EXPECT_EQ(CallAs(of_one, "WebhookService/ListWebhooks", *everywhere).code(),
            absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(CallAs(manager, "WebhookService/ListWebhooks", *everywhere).ok());
  for (const char* method : {"DeliveryService/ListDeliveries", "DeliveryService/RetryDeliveries"}) {
    auto request = Empty(method);
    request->GetReflection()->SetString(request.get(), request->GetDescriptor()->FindFieldByName("parent"),
                                        "projects/-");
    EXPECT_EQ(CallAs(of_all, method, *request).code(), absl::StatusCode::kInvalidArgument) << method;
  }
}

TEST_F(CallerAccessTest, AFilterReachesNoDeliveriesOfAnotherProject) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string bearer = "Bearer " + AddToken({Role::kManage}, {"p"});
  ASSERT_TRUE(CallAs(admin, "WebhookService/CreateWebhook", GoodCreate("w", "q")).ok());
  v1::RetryDeliveriesRequest request;
  request.set_filter("state = FAILED");
  request.set_parent("projects/q");
  EXPECT_EQ(CallAs(bearer, "DeliveryService/RetryDeliveries", request).code(),
            absl::StatusCode::kPermissionDenied);
  request.set_parent("projects/p");
  request.set_filter(R"(webhook = "projects/q/webhooks/w")");
  EXPECT_EQ(CallAs(bearer, "DeliveryService/RetryDeliveries", request).code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(CallerAccessTest, ProjectsAreListedToTheTokensThatMayReadThem) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  for (const char* project : {"a", "b", "c"}) {
    ASSERT_TRUE(CallAs(admin, "EventService/EmitEvent", GoodEmit(project)).ok());
  }
  const auto list = [&](const std::string& bearer) {
    v1::ListProjectsResponse response;
    std::vector<std::string> names;
    const absl::Status status = CallInProcess(api_, TestCaller(bearer), "ProjectService/ListProjects",
                                              v1::ListProjectsRequest(), response);
    EXPECT_TRUE(status.ok()) << status;
    for (const v1::Project& project : response.projects()) names.push_back(project.name());
    return names;
  };
  EXPECT_THAT(list(admin), ElementsAre("projects/a", "projects/b", "projects/c"));
  EXPECT_THAT(list("Bearer " + AddToken({Role::kRead}, {"c", "a", "none"})),
              ElementsAre("projects/a", "projects/c"));
  EXPECT_THAT(list("Bearer " + AddToken({Role::kManage}, {"none"})), IsEmpty());
  EXPECT_EQ(
      CallAs("Bearer " + AddToken({Role::kEmit}), "ProjectService/ListProjects", v1::ListProjectsRequest())
          .code(),
      absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CallAs("", "ProjectService/ListProjects", v1::ListProjectsRequest()).code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(CallerAccessTest, AStreamTakesEventsOfTheTokensProjectsAndEndsWhenTheTokenIsVoid) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string secret = AddToken({Role::kEmit});
  const auto stream = StreamAs("Bearer " + secret);
  v1::StreamEventsRequest request;
  v1::StreamEventsResponse answer;
  for (const char* project : {"projects/p", "projects/q", "projects/p"}) {
    request.set_parent(project);
    request.mutable_event()->mutable_sent()->mutable_user()->set_email("e");
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(stream->Read(&answer));
    EXPECT_EQ(answer.error().code(), std::string(project) == "projects/q"
                                         ? static_cast<int>(absl::StatusCode::kPermissionDenied)
                                         : 0);
    answer.Clear();
  }
  v1::DeleteTokenRequest remove;
  remove.set_name("tokens/t2");
  ASSERT_TRUE(CallAs(admin, "TokenService/DeleteToken", remove).ok());
  stream->Write(request);
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(CallerAccessTest, StreamsAndWatchesAreForTheirRoles) {
  const auto bearer = [](const std::string& secret) { return secret.empty() ? "" : "Bearer " + secret; };
  const std::string reader = AddToken({Role::kRead});
  const std::string emitter = AddToken({Role::kEmit});
  for (const auto& [secret, code] : std::map<std::string, absl::StatusCode>{
           {"", absl::StatusCode::kUnauthenticated}, {reader, absl::StatusCode::kPermissionDenied}}) {
    EXPECT_EQ(StreamAs(bearer(secret))->Finish().code(), code);
  }
  for (const auto& [secret, code] : std::map<std::string, absl::StatusCode>{
           {"", absl::StatusCode::kUnauthenticated}, {emitter, absl::StatusCode::kPermissionDenied}}) {
    EXPECT_EQ(WatchAs(bearer(secret), "projects/p")->Finish().code(), code);
  }
  EXPECT_EQ(WatchAs(bearer(reader), "projects/q")->Finish().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(CallerAccessTest, AWatchTellsNothingOnceItsTokenIsVoid) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const std::string secret = AddToken({Role::kRead});
  ASSERT_TRUE(CallAs(admin, "WebhookService/CreateWebhook", GoodCreate()).ok());
  const auto watch = WatchAs("Bearer " + secret, "projects/p");
  watch->WaitForInitialMetadata();
  v1::DeleteTokenRequest remove;
  remove.set_name("tokens/t2");
  ASSERT_TRUE(CallAs(admin, "TokenService/DeleteToken", remove).ok());
  ASSERT_TRUE(CallAs(admin, "EventService/EmitEvent", GoodEmit()).ok());
  ASSERT_TRUE(http_->AnswerNext({.status = 200}));
  v1::WatchDeliveriesResponse outcome;
  EXPECT_FALSE(watch->Read(&outcome));
  EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnauthenticated);
}

// No message arrives at which the streams would check the token.
TEST_F(CallerAccessTest, WatchesAndStreamsThatWaitEndOnceTheirTokenIsVoid) {
  const std::string admin = "Bearer " + AddToken({Role::kAdmin}, {"*"});
  const auto end_with = [&](std::optional<absl::Time> expire_time, const std::function<void()>& make_void) {
    const std::string secret = AddToken({Role::kRead, Role::kEmit}, {"p"}, expire_time);
    const auto watch = WatchAs("Bearer " + secret, "projects/p");
    watch->WaitForInitialMetadata();
    const auto stream = StreamAs("Bearer " + secret);
    v1::StreamEventsRequest event;
    event.set_parent("projects/p");
    event.mutable_event()->mutable_sent()->mutable_user()->set_email("e");
    v1::StreamEventsResponse answer;
    ASSERT_TRUE(stream->Write(event) && stream->Read(&answer));
    make_void();
    v1::WatchDeliveriesResponse outcome;
    EXPECT_FALSE(watch->Read(&outcome));
    EXPECT_EQ(watch->Finish().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_FALSE(stream->Read(&answer));
    EXPECT_EQ(stream->Finish().code(), absl::StatusCode::kUnauthenticated);
  };
  end_with(std::nullopt, [&] {
    v1::DeleteTokenRequest remove;
    remove.set_name("tokens/t2");
    EXPECT_TRUE(CallAs(admin, "TokenService/DeleteToken", remove).ok());
  });
  end_with(clock_.Now() + absl::Seconds(1), [&] { clock_.Advance(limits::kTokensLookedAt); });
}

class TokenServiceTest : public CallerAccessTest {
 protected:
  const std::string admin_ = AddToken({Role::kAdmin}, {"*"});

  absl::Status AsAdmin(const std::string& method, const google::protobuf::Message& request,
                       google::protobuf::Message& response) {
    return CallInProcess(api_, TestCaller("Bearer " + admin_), method, request, response);
  }
  static v1::CreateTokenRequest GoodToken() {
    v1::CreateTokenRequest request;
    request.mutable_token()->add_projects("projects/p");
    request.mutable_token()->add_roles(v1::ROLE_READ);
    request.set_token_id("reader");
    return request;
  }
};

TEST_F(TokenServiceTest, ANewTokensSecretIsShownOnceAndGood) {
  v1::Token token;
  ASSERT_TRUE(AsAdmin("TokenService/CreateToken", GoodToken(), token).ok());
  EXPECT_EQ(token.name(), "tokens/reader");
  EXPECT_THAT(token.secret(), MatchesRegex("hookd_[A-Za-z0-9_-]{43}"));
  EXPECT_EQ(CodeAs("Bearer " + token.secret()), absl::StatusCode::kNotFound);
  v1::Token read;
  ASSERT_TRUE(AsAdmin("TokenService/GetToken",
                      static_cast<const v1::GetTokenRequest&>(*Named<v1::GetTokenRequest>("tokens/reader")),
                      read)
                  .ok());
  EXPECT_THAT(read.secret(), IsEmpty());
  EXPECT_EQ(read.last_used_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  // The secret is not in the store either.
  const auto tokens = store_.LoadTokens();
  for (const Token& stored : *tokens) {
    EXPECT_THAT(absl::CEscape(stored.secret_hash), Not(HasSubstr(token.secret())));
  }
}

TEST_F(TokenServiceTest, ListsInPages) {
  v1::Token token;
  for (const char* id : {"a", "b", "c"}) {
    v1::CreateTokenRequest request = GoodToken();
    request.set_token_id(id);
    ASSERT_TRUE(AsAdmin("TokenService/CreateToken", request, token).ok());
  }
  v1::ListTokensRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    v1::ListTokensResponse page;
    ASSERT_TRUE(AsAdmin("TokenService/ListTokens", request, page).ok());
    for (const auto& each : page.tokens()) names.push_back(each.name());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("tokens/a", "tokens/b", "tokens/c", "tokens/t1"));
}

TEST_F(TokenServiceTest, EveryBadFieldIsNamed) {
  const auto fields = [&](const std::function<void(v1::CreateTokenRequest&)>& spoil) {
    v1::CreateTokenRequest request = GoodToken();
    spoil(request);
    v1::Token token;
    return FieldsOf(AsAdmin("TokenService/CreateToken", request, token));
  };
  EXPECT_THAT(fields([](auto& r) { r.clear_token(); }), ElementsAre("token"));
  EXPECT_THAT(fields([](auto& r) { r.set_token_id("-"); }), ElementsAre("token_id"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->clear_projects(); }), ElementsAre("token.projects"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->set_projects(0, "p"); }),
              ElementsAre("token.projects[0]"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->add_projects("projects/-"); }),
              ElementsAre("token.projects[1]"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->clear_roles(); }), ElementsAre("token.roles"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->set_roles(0, v1::ROLE_UNSPECIFIED); }),
              ElementsAre("token.roles[0]"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->mutable_expire_time()->set_seconds(1); }),
              ElementsAre("token.expire_time"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->mutable_rate_limit()->set_per_second(-1); }),
              ElementsAre("token.rate_limit.per_second"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->set_client_identity(std::string(257, 'a')); }),
              ElementsAre("token.client_identity"));
  EXPECT_THAT(fields([](auto& r) { r.mutable_token()->set_display_name(std::string(257, 'a')); }),
              ElementsAre("token.display_name"));
}

TEST_F(TokenServiceTest, AnIdAndAnIdentityAreTakenOnce) {
  v1::Token token;
  v1::CreateTokenRequest request = GoodToken();
  request.mutable_token()->set_client_identity("client.test");
  ASSERT_TRUE(AsAdmin("TokenService/CreateToken", request, token).ok());
  EXPECT_THAT(token.secret(), IsEmpty()) << "a certificate stands for it";
  EXPECT_EQ(AsAdmin("TokenService/CreateToken", GoodToken(), token).code(), absl::StatusCode::kAlreadyExists);
  request.set_token_id("other");
  EXPECT_EQ(AsAdmin("TokenService/CreateToken", request, token).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(TokenServiceTest, WhatIsNotThereIsNotFound) {
  v1::DeleteTokenRequest request;
  request.set_name("tokens/none");
  google::protobuf::Empty nothing;
  EXPECT_EQ(AsAdmin("TokenService/DeleteToken", request, nothing).code(), absl::StatusCode::kNotFound);
  request.set_name("none");
  EXPECT_THAT(FieldsOf(AsAdmin("TokenService/DeleteToken", request, nothing)), ElementsAre("name"));
}

}  // namespace
}  // namespace hookd
