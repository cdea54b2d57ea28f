#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::HasSubstr;

TEST(UsageTest, HelpHasTheExitCodesAndGoesToStdout) {
  const Result result = RunHookctl({"--help"});
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(result.out, HasSubstr("Exit codes:"));
  EXPECT_EQ(result.err, "");
}

TEST(UsageTest, EveryCommandHasHelp) {
  const std::vector<std::vector<std::string>> commands = {
      {"webhooks"},
      {"webhooks", "create"},
      {"webhooks", "list"},
      {"webhooks", "get"},
      {"webhooks", "update"},
      {"webhooks", "delete"},
      {"webhooks", "enable"},
      {"webhooks", "disable"},
      {"webhooks", "test"},
      {"emit"},
      {"events"},
      {"events", "get"},
      {"events", "sample"},
      {"events", "watch"},
      {"events", "export"},
      {"deliveries"},
      {"deliveries", "list"},
      {"deliveries", "get"},
      {"deliveries", "retry"},
      {"deliveries", "retry-all"},
      {"deliveries", "watch"},
      {"deliveries", "export"},
      {"listen"},
      {"config"},
      {"config", "list"},
      {"config", "show"},
      {"config", "use"},
      {"config", "set"},
      {"config", "unset"},
      {"config", "delete"},
      {"completion"},
  };
  for (std::vector<std::string> command : commands) {
    const std::string name = command.back();
    command.emplace_back("--help");
    const Result result = RunHookctl(command);
    EXPECT_EQ(result.code, kOk) << name;
    EXPECT_THAT(result.out, HasSubstr(name + " [OPTIONS]"));
  }
}

TEST(UsageTest, HelpNamesValuesDefaultsAndVariablesPlainly) {
  const std::string help = RunHookctl({"--help"}).out;
  EXPECT_THAT(help, HasSubstr("  -o, --output table|"));
  EXPECT_THAT(help, HasSubstr("Address of hookd [127.0.0.1:50051] [$HOOKD_SERVER]\n"));
  EXPECT_THAT(help, HasSubstr("  --cacert FILE "));
  const std::string create = RunHookctl({"webhooks", "create", "--help"}).out;
  EXPECT_THAT(create, HasSubstr("  --disabled, --enabled "));
  EXPECT_THAT(create, HasSubstr("  --url TEXT (required) "));
}

TEST(UsageTest, NoLineOfTheHelpIsLongerThanATerminalIsUsually) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{},
                                             {"listen"},
                                             {"emit"},
                                             {"config"},
                                             {"config", "set"},
                                             {"webhooks", "create"},
                                             {"webhooks", "update"}}) {
    std::vector<std::string> line = command;
    line.emplace_back("--help");
    std::istringstream help(RunHookctl(line).out);
    for (std::string text; std::getline(help, text);) EXPECT_LE(text.size(), 120U) << text;
  }
}

TEST(UsageTest, ErrorsSayWhereHelpIs) {
  const Result misspelt = RunHookctl({"webhooks", "lst"});
  EXPECT_EQ(misspelt.code, kUsage);
  EXPECT_EQ(misspelt.err, "error: unknown command lst; did you mean list?\nSee hookctl webhooks --help\n");
  EXPECT_THAT(RunHookctl({"webhooks", "get"}).err,
              HasSubstr("WEBHOOK is required\nSee hookctl webhooks get --help\n"));
  EXPECT_EQ(RunHookctl({"webhooks", "list", "--output", "yaml"}).code, kUsage);
  EXPECT_EQ(RunHookctl({"webhooks", "list", "--timeout", "5"}).code, kUsage);
}

TEST(UsageTest, WithoutArgumentsTheHelpIsPrinted) {
  const Result result = RunHookctl({});
  EXPECT_EQ(result.code, kOk);
  EXPECT_EQ(result.out, RunHookctl({"--help"}).out);
  EXPECT_EQ(result.err, "");
}

TEST(UsageTest, AnUnknownNameIsAnErrorThatNamesTheNearest) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{"webhoks", "list"}, "unknown command webhoks; did you mean webhooks?\nSee hookctl --help"},
      {{"frobnicate"}, "unknown command frobnicate\nSee hookctl --help"},
      {{"webhooks"}, "missing command: give one of create, list, "},
      {{"webhooks", "list", "--limt", "3"},
       "unknown flag --limt; did you mean --limit?\nSee hookctl webhooks list --help"},
      {{"webhooks", "list", "--sever=x"},
       "unknown flag --sever; did you mean --server?\nSee hookctl webhooks list --help"},
      {{"webhooks", "create", "--ur", "x", "--event-types", "all"},
       "unknown flag --ur; did you mean --url?\nSee hookctl webhooks create --help"},
      {{"webhooks", "get", "w", "again"}, "unexpected argument again\nSee hookctl webhooks get --help"}};
  for (const auto& [arguments, error] : lines) {
    const Result result = RunHookctl(arguments);
    EXPECT_EQ(result.code, kUsage) << error;
    EXPECT_THAT(result.err, testing::StartsWith("error: " + error));
  }
}

TEST(UsageTest, VersionIsShown) { EXPECT_THAT(RunHookctl({"--version"}).out, HasSubstr("hookctl ")); }

TEST(UnreachableTest, SaysWhatWasAskedAndExitsWithItsOwnCode) {
  // A port that was free a moment ago, and is closed again.
  std::string target;
  { target = hookd::FakeHookd().target(); }
  const Result result = RunHookctl({"--server", target, "webhooks", "list"});
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_THAT(result.err,
              HasSubstr("cannot reach hookd at " + target + " (--server, HOOKD_SERVER): nothing"));
}

TEST(UnreachableTest, NamesAProxyThatIsInTheWay) {
  std::string dead;
  { dead = hookd::FakeHookd().target(); }
  const hookd::FakeHookd hookd;
  setenv("http_proxy", ("http://" + dead).c_str(), 1);
  const Result result = RunHookctl({"--server", hookd.target(), "--timeout", "5s", "webhooks", "list"});
  unsetenv("http_proxy");
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_THAT(result.err, HasSubstr("uses the proxy in http_proxy; exclude the host with no_proxy"));
}

class GlobalFlagsTest : public HookctlTest {};

TEST_F(GlobalFlagsTest, CanStandAfterTheCommand) {
  const Result result = RunHookctl({"webhooks", "list", "--server", hookd_.target(), "--project", "other"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(hookd_.webhooks.list.requests()[0].parent(), "projects/other");
}

TEST_F(GlobalFlagsTest, TakeDashesAndUnderscoresAlike) {
  const Result result = Hookctl({"webhooks", "list", "--page_token", "a_b-c", "--limit=3"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(hookd_.webhooks.list.requests()[0].page_token(), "a_b-c");
}

TEST_F(GlobalFlagsTest, AValueMayLookLikeAFlagOrBeEmpty) {
  const Result result =
      Hookctl({"webhooks", "update", "w", "--display-name", "--page_token", "--attempt_timeout=default"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(hookd_.webhooks.update.requests()[0].webhook().display_name(), "--page_token");
  EXPECT_EQ(Hookctl({"webhooks", "update", "w", "--display-name=", "--ordered"}).code, kOk);
  EXPECT_EQ(hookd_.webhooks.update.requests()[1].webhook().display_name(), "");
  EXPECT_TRUE(hookd_.webhooks.update.requests()[1].webhook().ordered());
}

TEST_F(GlobalFlagsTest, ComeFromTheEnvironmentIfNotGiven) {
  ASSERT_EQ(setenv("HOOKD_SERVER", hookd_.target().c_str(), 1), 0);
  ASSERT_EQ(setenv("HOOKD_PROJECT", "from-env", 1), 0);
  const Result result = RunHookctl({"webhooks", "list"});
  unsetenv("HOOKD_SERVER");
  unsetenv("HOOKD_PROJECT");
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(hookd_.webhooks.list.requests()[0].parent(), "projects/from-env");
}

TEST_F(GlobalFlagsTest, TimeoutBoundsACall) {
  // Held until hookctl has given up; shared, as the call may end after the test.
  const auto busy = std::make_shared<absl::Mutex>();
  hookd_.webhooks.get.Set([busy](const auto&, auto*) {
    absl::MutexLock lock(busy.get());
    return grpc::Status::OK;
  });
  busy->Lock();
  const Result result = Hookctl({"--timeout", "50ms", "webhooks", "get", "w"});
  busy->Unlock();
  EXPECT_EQ(result.code, kUnavailable);
  EXPECT_THAT(result.err, HasSubstr("did not respond in time (--timeout)"));
}

}  // namespace
}  // namespace hookctl
