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
  MustRun({"emit", "-"}, R"({"sent": {"message_id": "one"}} {"opened": {"user": {"id": {"text": "u"}}}})");
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

TEST_F(HookctlTest, SaysThatItCannotReachAServerThatIsGone) {
  server_->Kill();
  EXPECT_EQ(Run({"--timeout", "2s", "webhooks", "list"}).exit_code, 6);
}

}  // namespace
}  // namespace hookd
