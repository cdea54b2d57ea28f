// What the scripts of `hookctl completion` ask hookctl for. tests/integration/terminal runs them in their
// shells.
#include "command_line/completion.h"

#include <cstdlib>

#include "absl/strings/str_split.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

// The candidates for the last word, with their descriptions.
std::vector<std::string> Complete(std::vector<std::string> words) {
  words.insert(words.begin(), {"__complete", "fish"});
  const Result result = RunHookctl(words);
  EXPECT_EQ(result.code, kOk);
  std::vector<std::string> lines = absl::StrSplit(result.out, '\n');
  lines.pop_back();
  return lines;
}

// The same for a line as bash gives it, without descriptions.
std::vector<std::string> CompleteBash(const std::string& line) {
  const Result result = RunHookctl({"__complete", "bash", " \t\n\"'><=;|&(:", line});
  EXPECT_EQ(result.code, kOk);
  std::vector<std::string> lines = absl::StrSplit(result.out, '\n');
  lines.pop_back();
  return lines;
}

TEST(CompletionTest, OffersCommandsWithTheirDescriptions) {
  EXPECT_THAT(Complete({"webho"}), ElementsAre("webhooks\tManage and test webhooks"));
  EXPECT_THAT(Complete({""}), AllOf(Contains(StartsWith("emit\t")), Contains(StartsWith("completion\t"))));
  EXPECT_THAT(CompleteBash("hookctl webhooks cr"), ElementsAre("create"));
}

TEST(CompletionTest, EveryCommandIsOffered) {
  // From the help, so that a later command cannot be forgotten.
  const std::string help = RunHookctl({"webhooks", "--help"}).out;
  const std::vector<std::string> offered = CompleteBash("hookctl webhooks ");
  EXPECT_GE(offered.size(), 9U);
  for (const std::string& command : offered) EXPECT_NE(help.find("\n  " + command + " "), std::string::npos);
}

TEST(CompletionTest, OffersTheFlagsOfTheCommandAndTheGlobalOnes) {
  EXPECT_THAT(CompleteBash("hookctl webhooks create --retry-ma"),
              ElementsAre("--retry-max-attempts", "--retry-max-backoff"));
  EXPECT_THAT(CompleteBash("hookctl webhooks create --serv"), ElementsAre("--server"));
  EXPECT_THAT(CompleteBash("hookctl webhooks list --ur"), IsEmpty());
  EXPECT_THAT(CompleteBash("hookctl --"), Not(Contains("--man-page")));  // hidden
}

TEST(CompletionTest, OffersTheValuesOfAFlag) {
  EXPECT_THAT(Complete({"-o", ""}), ElementsAre("table", "wide", "json"));
  EXPECT_THAT(Complete({"webhooks", "list", "--output=j"}), ElementsAre("--output=json"));
  EXPECT_THAT(Complete({"deliveries", "list", "--state", ""}),
              ElementsAre("pending", "delivered", "failed", "canceled"));
  EXPECT_THAT(Complete({"webhooks", "test", "w", "--type", "bou"}), ElementsAre("bounced"));
  EXPECT_THAT(Complete({"events", "sample", "user_"}), ElementsAre("user_created", "user_updated"));
  EXPECT_THAT(Complete({"--color", "a"}), ElementsAre("auto", "always"));
  EXPECT_THAT(Complete({"webhooks", "create", "--signing-algorithm", "ed"}), ElementsAre("ed25519"));
  EXPECT_THAT(Complete({"completion", "z"}), ElementsAre("zsh"));
}

TEST(CompletionTest, CompletesTheLastOfSeveralValues) {
  EXPECT_THAT(Complete({"webhooks", "create", "--event-types", "bounced,user_"}),
              ElementsAre("bounced,user_created", "bounced,user_updated"));
  EXPECT_THAT(Complete({"webhooks", "create", "--event-types", "sent,se"}),
              IsEmpty());  // it is given already
  EXPECT_THAT(CompleteBash("hookctl webhooks create --event-types=sent,boun"), ElementsAre("sent,bounced"));
}

TEST(CompletionTest, AValueIsNeitherCommandNorFlag) {
  EXPECT_THAT(Complete({"--project", "webhooks", "webho"}), ElementsAre(StartsWith("webhooks\t")));
  EXPECT_THAT(Complete({"--project", ""}), IsEmpty());
  EXPECT_THAT(Complete({"webhooks", "get", "--", "--pro"}), IsEmpty());
}

TEST(CompletionTest, OffersFilesWhereAFileIsWanted) {
  EXPECT_THAT(Complete({"--cacert", ""}), ElementsAre(":files"));
  EXPECT_THAT(Complete({"emit", "ev"}), ElementsAre(":files"));
  EXPECT_THAT(Complete({"admin", "backup", ""}), ElementsAre(":files"));
  EXPECT_THAT(Complete({"--token", ""}), IsEmpty());  // a name alone would be taken for the secret
}

TEST(CompletionTest, OffersContexts) {
  const hookd::TempDir home;
  setenv("XDG_CONFIG_HOME", home.path().c_str(), 1);
  ASSERT_EQ(RunHookctl({"config", "set", "staging", "--project", "p"}).code, kOk);
  ASSERT_EQ(RunHookctl({"config", "set", "prod", "--project", "p"}).code, kOk);
  EXPECT_THAT(Complete({"--context", "st"}), ElementsAre("staging"));
  EXPECT_THAT(Complete({"config", "use", ""}), ElementsAre("prod", "staging"));
  EXPECT_THAT(Complete({"config", "unset", "prod", "to"}), ElementsAre("token"));
  EXPECT_THAT(Complete({"config", "unset", "prod", "token", "pro"}), ElementsAre("project"));
  setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
}

TEST(CompletionTest, BashReplacesOnlyWhatIsBehindItsWordBreaks) {
  EXPECT_THAT(CompleteBash("hookctl --output=j"), ElementsAre("json"));
  EXPECT_THAT(CompleteBash("hookctl --server 127.0.0.1:50051 webho"), ElementsAre("webhooks"));
  const Result whole = RunHookctl({"__complete", "bash", " \t\n", "hookctl --output=j"});
  EXPECT_EQ(whole.out, "--output=json\n");
}

TEST(CompletionTest, AWrongRequestIsRefused) {
  EXPECT_EQ(RunHookctl({"__complete"}).code, kUsage);
  EXPECT_EQ(RunHookctl({"__complete", "bash", "="}).code, kUsage);
  EXPECT_EQ(RunHookctl({"__complete", "bash", "=", "hookctl"}).code, kUsage);
}

TEST(SplitWordsTest, KnowsQuotesAndBackslashes) {
  using command_line::SplitWords;
  EXPECT_THAT(SplitWords("a 'b c' \"d \\\" e\" f\\ g"), ElementsAre("a", "b c", "d \" e", "f g"));
  EXPECT_THAT(SplitWords("a "), ElementsAre("a", ""));
  EXPECT_THAT(SplitWords("a 'b "), ElementsAre("a", "b "));
  EXPECT_THAT(SplitWords(""), ElementsAre(""));
  EXPECT_THAT(SplitWords("a '' b"), ElementsAre("a", "", "b"));
}

}  // namespace
}  // namespace hookctl
