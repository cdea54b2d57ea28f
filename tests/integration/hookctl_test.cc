// hookctl against the real server, as a person or a script uses it.
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/http_receiver.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(30);

class HookctlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = ServerProcess::Start(data_.path());
    ASSERT_NE(server_, nullptr);
  }

  ProgramResult Run(std::vector<std::string> arguments, const std::string& input = "") {
    arguments.insert(arguments.begin(), {"--server", server_->address(), "--project", "p"});
    return RunHookctl(std::move(arguments), input);
  }

  // What a command prints that must end with 0.
  std::string MustRun(std::vector<std::string> arguments, const std::string& input = "") {
    const ProgramResult result = Run(std::move(arguments), input);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  }

  TempDir data_;
  HttpReceiver receiver_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(HookctlTest, ManagesAWebhookFromBeginningToEnd) {
  EXPECT_THAT(MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/a"), "--event-types",
                       "bounced,opened"}),
              HasSubstr("projects/p/webhooks/first"));
  EXPECT_THAT(MustRun({"webhooks", "list"}), AllOf(HasSubstr("first"), HasSubstr(receiver_.Url("/a"))));
  EXPECT_THAT(MustRun({"webhooks", "update", "first", "--url", receiver_.Url("/b")}),
              HasSubstr(receiver_.Url("/b")));
  EXPECT_THAT(MustRun({"-o", "json", "webhooks", "disable", "first"}), HasSubstr("\"disabled\": true"));
  EXPECT_THAT(MustRun({"-o", "json", "webhooks", "enable", "first"}), HasSubstr("\"disabled\": false"));
  EXPECT_THAT(MustRun({"webhooks", "get", "projects/p/webhooks/first"}), HasSubstr(receiver_.Url("/b")));
  MustRun({"webhooks", "delete", "first"});
  EXPECT_EQ(Run({"webhooks", "get", "first"}).exit_code, 3);
}

TEST_F(HookctlTest, TestsAWebhookAndTellsByItsExitCode) {
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/"), "--event-types", "bounced"});
  EXPECT_THAT(MustRun({"webhooks", "test", "first"}), HasSubstr("200"));
  receiver_.SetDefault({.status = 500});
  const ProgramResult failed = Run({"webhooks", "test", "first"});
  EXPECT_EQ(failed.exit_code, 7);
  EXPECT_THAT(failed.output, HasSubstr("500"));
}

TEST_F(HookctlTest, EmitsEventsAndShowsWhatBecameOfThem) {
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/"), "--event-types", "all"});
  MustRun({"emit", "--sample", "all"});
  MustRun(
      {"emit", "-"},
      R"({"sent": {"message_id": "one", "user": {"email": "e"}}} {"opened": {"user": {"id": {"text": "u"}}}})");
  ASSERT_TRUE(receiver_.WaitForRequests(14, kPatience));
  EXPECT_THAT(MustRun({"deliveries", "list", "--type", "opened"}), HasSubstr("opened"));
  const std::string body = receiver_.requests().back().header("Webhook-Id");
  EXPECT_THAT(MustRun({"events", "get", body}), Not(HasSubstr("error")));
}

TEST_F(HookctlTest, ShowsEachViolatedField) {
  const ProgramResult result = Run({"webhooks", "create", "--id", "-", "--url", "ftp://h/", "--event-types",
                                    "sent", "--attempt-timeout", "90s"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("webhook_id"), HasSubstr("webhook.url"), HasSubstr("webhook.timeout")));
}

TEST_F(HookctlTest, SetsAndTakesBackHowAWebhookIsSentTo) {
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/"), "--event-types", "all",
           "--ordered", "--max-concurrency", "4", "--rate-limit", "50:100", "--retry-max-attempts", "8",
           "--retry-min-backoff", "10s", "--retry-max-backoff", "6h"});
  EXPECT_THAT(MustRun({"webhooks", "list", "-o", "wide"}), HasSubstr("ordered, 50/s, 8 attempts"));
  EXPECT_THAT(MustRun({"webhooks", "update", "first", "--retry-multiplier", "3"}),
              HasSubstr("8 attempts, backoff 10s to 6h, factor 3"));
  const std::string updated = MustRun({"-o", "json", "webhooks", "update", "first", "--no-ordered",
                                       "--no-retries", "--no-rate-limit", "--max-concurrency", "default"});
  EXPECT_THAT(updated, AllOf(HasSubstr("\"ordered\": false"), HasSubstr("\"max_concurrency\": 16"),
                             Not(HasSubstr("retry_policy")), Not(HasSubstr("rate_limit"))));
  EXPECT_THAT(MustRun({"webhooks", "disable", "first"}), HasSubstr("requested by a client"));
}

TEST_F(HookctlTest, WatchesDeliveriesFailAndBeTriedAgain) {
  receiver_.SetDefault({.status = 500});
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/"), "--event-types", "all"});
  MustRun({"emit", "--sample", "bounced,opened"});
  const std::string failed = MustRun(
      {"deliveries", "watch", "--since", "1h", "--state", "failed", "--limit", "2", "--timeout", "30s"});
  EXPECT_THAT(failed, AllOf(HasSubstr("bounced"), HasSubstr("opened"), HasSubstr("500")));

  receiver_.SetDefault({.status = 200});
  EXPECT_EQ(MustRun({"deliveries", "retry-all", "--webhook", "first", "--type", "opened", "--dry-run"}),
            "Would retry 1 delivery.\n");
  EXPECT_EQ(MustRun({"deliveries", "retry-all", "--webhook", "first", "--since", "1h"}),
            "Retrying 2 deliveries.\n");
  const std::string delivered =
      MustRun({"-o", "json", "deliveries", "watch", "--since", "1h", "--state", "delivered", "--type",
               "opened", "--limit", "1", "--timeout", "30s"});
  EXPECT_THAT(delivered, AllOf(HasSubstr("\"attempt_count\":2"), Not(HasSubstr("BOUNCED"))));

  const std::string name = "projects/p/deliveries/";
  const std::string id = delivered.substr(delivered.find(name) + name.size(), 13);
  EXPECT_THAT(MustRun({"deliveries", "get", id}),
              AllOf(HasSubstr("Attempt 2"), HasSubstr("Webhook-Id: "), HasSubstr("Response headers")));
  MustRun({"deliveries", "retry", id});
  ASSERT_TRUE(receiver_.WaitForRequests(5, kPatience));
}

TEST_F(HookctlTest, StreamsEventsAndTellsThoseThatAreRefused) {
  MustRun({"webhooks", "create", "--id", "first", "--url", receiver_.Url("/"), "--event-types", "all"});
  std::string lines =
      "{\"sent\": {\"message_id\": \"one\", \"user\": {\"email\": \"e\"}}}\n{\"sent\": {\"user\": "
      "{\"email\": \"e\"}, \"sent_at\": -1}}\nnonsense\n";
  for (int i = 0; i < 1000; ++i) lines += "{\"opened\": {\"user\": {\"email\": \"e\"}}}\n";
  const ProgramResult result = Run({"emit", "--stream", "-", "--request-id", "r"}, lines);
  EXPECT_EQ(result.exit_code, 4) << result.output;
  EXPECT_THAT(result.output, AllOf(HasSubstr("line 2: refused: INVALID_ARGUMENT\n  sent.sent_at: "),
                                   HasSubstr("line 3: refused: INVALID_ARGUMENT: "),
                                   HasSubstr("Emitted 1,001 events, 1,001 deliveries; refused 2 lines.\n")));
  ASSERT_TRUE(receiver_.WaitForRequests(1001, kPatience));

  // The same again is the same answer, and nothing more to deliver.
  EXPECT_EQ(Run({"emit", "--stream", "-", "--request-id", "r"}, lines).exit_code, 4);
  MustRun({"emit", "-"}, R"({"clicked": {"user": {"email": "e"}}})");
  ASSERT_TRUE(receiver_.WaitForRequests(1002, kPatience));
  EXPECT_THAT(receiver_.requests(), SizeIs(1002));
}

TEST_F(HookctlTest, AnEndpointThatIsNotPublicIsRefusedAsAnAddressAndFailsAsAName) {
  ASSERT_TRUE(server_->Stop().exit_code == 0);
  server_ = ServerProcess::Start(data_.path(), {"--egress_deny=127.0.0.0/8"});  // as it is by default
  ASSERT_NE(server_, nullptr);
  const ProgramResult refused =
      Run({"webhooks", "create", "--url", receiver_.Url("/"), "--event-types", "all"});
  EXPECT_EQ(refused.exit_code, 4);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("webhook.url: "), HasSubstr("--egress_allow")));
  const std::string by_name = "http://localhost:" + std::to_string(receiver_.port()) + "/";
  MustRun({"webhooks", "create", "--id", "w", "--url", by_name, "--event-types", "all"});
  EXPECT_THAT(Run({"webhooks", "test", "w"}).output,
              AllOf(HasSubstr("address is not public"), HasSubstr("--egress_allow")));
  EXPECT_EQ(receiver_.connections(), 0);
}

TEST_F(HookctlTest, SaysThatItCannotReachAServerThatIsGone) {
  server_->Kill();
  EXPECT_EQ(Run({"--timeout", "2s", "webhooks", "list"}).exit_code, 6);
}

}  // namespace
}  // namespace hookd
