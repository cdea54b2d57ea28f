// Contexts: the configuration file, `hookctl config`, and how they apply to other commands.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "hookctl/config_file.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class ConfigTest : public testing::Test {
 protected:
  void SetUp() override {
    setenv("XDG_CONFIG_HOME", home_.path().c_str(), 1);
    for (const char* variable :
         {"HOOKD_SERVER", "HOOKD_PROJECT", "HOOKD_TOKEN", "HOOKD_CONTEXT", "HOOKD_TLS"}) {
      unsetenv(variable);
    }
  }
  void TearDown() override {
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    unsetenv("HOOKD_PROJECT");
    unsetenv("HOOKD_CONTEXT");
  }

  // What a command prints that must succeed.
  std::string MustRun(std::vector<std::string> arguments, const std::string& input = "") {
    const Result result = RunHookctl(std::move(arguments), input);
    EXPECT_EQ(result.code, kOk) << result.err;
    return result.out;
  }

  std::string path() const { return home_.path() + "/hookd/hookctl.json"; }
  std::string ReadFile() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void WriteFile(const std::string& text) const {
    std::filesystem::create_directories(home_.path() + "/hookd");
    std::ofstream(path()) << text;
    chmod(path().c_str(), 0600);
  }
  // The project of the last list of webhooks that hookd was asked for.
  std::string LastParent() const { return hookd_.webhooks.list.requests().back().parent(); }

  hookd::TempDir home_;
  hookd::FakeHookd hookd_;
};

TEST_F(ConfigTest, AContextGivesServerAndProjectToEveryCommand) {
  MustRun({"config", "set", "staging", "--server", hookd_.target(), "--project", "shop"});
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/shop");
}

TEST_F(ConfigTest, AFlagOverridesTheEnvironmentWhichOverridesTheContext) {
  MustRun({"config", "set", "staging", "--server", hookd_.target(), "--project", "of-context"});
  setenv("HOOKD_PROJECT", "of-environment", 1);
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/of-environment");
  MustRun({"webhooks", "list", "--project", "of-flag"});
  EXPECT_EQ(LastParent(), "projects/of-flag");
  unsetenv("HOOKD_PROJECT");
  MustRun({"config", "unset", "staging", "project"});
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/default");
}

TEST_F(ConfigTest, AnotherContextIsChosenForOneCommandOrForAll) {
  MustRun({"config", "set", "one", "--server", hookd_.target(), "--project", "p1"});
  MustRun({"config", "set", "two", "--server", hookd_.target(), "--project", "p2"});
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/p1");  // the first is the current one
  MustRun({"webhooks", "list", "--context", "two"});
  EXPECT_EQ(LastParent(), "projects/p2");
  setenv("HOOKD_CONTEXT", "two", 1);
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/p2");
  unsetenv("HOOKD_CONTEXT");
  MustRun({"config", "use", "two"});
  MustRun({"webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/p2");
  MustRun({"config", "use", "--none"});
  MustRun({"--server", hookd_.target(), "webhooks", "list"});
  EXPECT_EQ(LastParent(), "projects/default");
}

TEST_F(ConfigTest, ShowsTheContextThatIsChosen) {
  MustRun({"config", "set", "one", "--project", "p1"});
  MustRun({"config", "set", "two", "--project", "p2"});
  EXPECT_THAT(MustRun({"config", "show"}), HasSubstr("p1"));
  EXPECT_THAT(MustRun({"config", "show", "--context", "two"}), HasSubstr("p2"));
  EXPECT_THAT(MustRun({"config", "show", "two", "--context", "one"}), HasSubstr("p2"));
}

TEST_F(ConfigTest, AContextThatDoesNotExistIsRefusedWithTheNearestName) {
  MustRun({"config", "set", "staging", "--server", hookd_.target()});
  const Result result = RunHookctl({"--context", "stagign", "webhooks", "list"});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, HasSubstr("there is no context stagign in " + path() + "; did you mean staging?"));
  EXPECT_EQ(RunHookctl({"config", "use", "stagign"}).code, kNotFound);
  EXPECT_EQ(RunHookctl({"config", "show", "stagign"}).code, kNotFound);
  EXPECT_EQ(RunHookctl({"config", "delete", "stagign"}).code, kNotFound);
}

TEST_F(ConfigTest, AContextHasTheAddressOfItsConsole) {
  MustRun({"config", "set", "staging", "--server", hookd_.target(), "--console-url", "https://h.example"});
  EXPECT_THAT(ReadFile(), HasSubstr("\"console_url\": \"https://h.example\""));
  EXPECT_EQ(MustRun({"console"}), "https://h.example/\n");
  EXPECT_EQ(MustRun({"console", "--url", "http://other:1/"}), "http://other:1/\n");
  EXPECT_EQ(RunHookctl({"config", "set", "staging", "--console-url", "https://h/#x"}).code, kUsage);
  MustRun({"config", "unset", "staging", "console_url"});
  EXPECT_EQ(MustRun({"console"}), "http://127.0.0.1:50080/\n");
}

TEST_F(ConfigTest, TheConsoleOfAContextIsOnlyThatOfItsServer) {
  MustRun({"config", "set", "prod", "--server", "h.invalid:1", "--console-url", "https://h.invalid"});
  EXPECT_EQ(MustRun({"--server", hookd_.target(), "console"}), "http://127.0.0.1:50080/\n");
  WriteFile(R"({"contexts": {"a": {"server": "h:1", "console_url": "ftp://h"}}})");
  EXPECT_THAT(RunHookctl({"--context", "a", "console"}).err, HasSubstr("must be http://HOST:PORT/"));
}

TEST_F(ConfigTest, ATokenIsNeverShown) {
  MustRun({"config", "set", "staging", "--server", hookd_.target(), "--token", "hookd_secret"});
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"config", "show"},
                                             {"config", "list"},
                                             {"config", "show", "staging", "-o", "json"},
                                             {"config", "list", "-o", "json"},
                                             {"config", "use", "staging"},
                                             {"config", "set", "staging", "--project", "p"}}) {
    EXPECT_THAT(MustRun(command), AllOf(Not(HasSubstr("secret")), HasSubstr("***")));
  }
  EXPECT_THAT(ReadFile(), HasSubstr("hookd_secret"));
}

TEST_F(ConfigTest, ATokenIsReadFromStdinOrEachTimeFromAFile) {
  MustRun({"config", "set", "a", "--token", "-"}, "hookd_of_stdin\n");
  EXPECT_THAT(ReadFile(), HasSubstr("\"hookd_of_stdin\""));
  std::ofstream(home_.path() + "/token") << "hookd_of_file\n";
  MustRun({"config", "set", "b", "--token", "@" + home_.path() + "/token"});
  EXPECT_THAT(ReadFile(), AllOf(HasSubstr("/token\""), Not(HasSubstr("hookd_of_file"))));
  EXPECT_EQ(RunHookctl({"config", "set", "c", "--token", "-"}, "\n").code, kUsage);
}

TEST_F(ConfigTest, ATokenIsSentOnlyToTheServerOfItsContext) {
  hookd_.webhooks.list.Fail({grpc::StatusCode::UNAUTHENTICATED, "a token is required"});
  MustRun({"config", "set", "prod", "--server", "hookd.invalid:50051", "--token", "hookd_secret", "--tls"});
  const Result result = RunHookctl({"--server", hookd_.target(), "webhooks", "list"});
  EXPECT_THAT(result.err, HasSubstr("The token of context prod is used only for the server of that context"));
}

TEST_F(ConfigTest, OnlyItsOwnerMayHaveAccessToTheFile) {
  MustRun({"config", "set", "staging", "--server", hookd_.target()});
  struct stat file {};
  ASSERT_EQ(stat(path().c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  for (const mode_t mode : {0640, 0604, 0620}) {
    chmod(path().c_str(), mode);
    const Result result = RunHookctl({"webhooks", "list"});
    EXPECT_EQ(result.code, kUsage);
    EXPECT_THAT(result.err, HasSubstr("other users have access to it: run chmod 600 " + path()));
    EXPECT_EQ(RunHookctl({"config", "list"}).code, kUsage);
  }
}

TEST_F(ConfigTest, AnInvalidFileIsRefusedWithItsLine) {
  const std::pair<const char*, const char*> files[] = {
      {"", "line 1: The document is empty."},
      {"{\n  \"current\": \"a\",\n}", "line 3: "},
      {"[]", "line 1: must be an object with \"contexts\""},
      {"{\n\"contexts\": {\n\"a\": {\n\"sever\": \"h:1\"}}}",
       "line 4: \"sever\" is not a setting; did you mean server?"},
      {"{\"contexts\": {\"a\": {\n\"tls\": \"yes\"}}}", "line 2: \"tls\" must be true or false"},
      {"{\"contexts\": {\"a\": {\n\"token\": 12}}}", "line 2: \"token\" must be a string"},
      {"{\"contexts\": {\"a\": {\n\n\"server\": \"https://h\"}}}",
       "line 3: \"server\" must be HOST:PORT, without https://"},
      {"{\"contexts\": {\"a b\": {}}}", "\"a b\" is not a context name"},
      {"{\"contexts\": {\"a\": {}, \"a\": {}}}", "\"a\" is there twice"},
      {"{\n\"current\": \"b\", \"contexts\": {\"a\": {}}}", "line 2: there is no context \"b\""},
      {"{\"context\": {}}", "\"context\" is unknown; did you mean contexts?"},
      {"{\"contexts\": {}} {}", "line 1: "},
      {"{\"contexts\": {\"a\": {\"project\": \"\xff\"}}}", "line 1: "},
  };
  for (const auto& [text, error] : files) {
    WriteFile(text);
    const Result result = RunHookctl({"webhooks", "list"});
    EXPECT_EQ(result.code, kUsage) << text;
    EXPECT_THAT(result.err, AllOf(HasSubstr(path() + ", line "), HasSubstr(error)));
    EXPECT_EQ(RunHookctl({"config", "set", "a", "--project", "p"}).code, kUsage) << text;
    EXPECT_EQ(ReadFile(), text);  // a file that cannot be read is not overwritten
  }
}

TEST_F(ConfigTest, AHugeFileIsRefused) {
  WriteFile(std::string(2 << 20, ' '));
  EXPECT_THAT(RunHookctl({"webhooks", "list"}).err, HasSubstr("is larger than 1 MiB"));
}

TEST_F(ConfigTest, CommandsThatCallNoHookdWorkWithAnInvalidFile) {
  WriteFile("{");
  EXPECT_EQ(RunHookctl({"completion", "bash"}).code, kOk);
  EXPECT_EQ(RunHookctl({"--help"}).code, kOk);
  EXPECT_EQ(RunHookctl({"__complete", "fish", "--context", ""}).code, kOk);
}

TEST_F(ConfigTest, EveryValueSurvivesTheFile) {
  Config config;
  config.current = "a";
  config.contexts["a"] = {{"server", "h:1"}, {"project", "p\"\\\n\xC3\xA4"}, {"tls", "true"}};
  config.contexts["b"] = {{"tls", "false"}};
  const auto parsed = ParseConfig(ConfigJson(config), "file");
  ASSERT_TRUE(parsed.ok()) << parsed.status();
  EXPECT_EQ(parsed->current, "a");
  EXPECT_EQ(parsed->contexts, config.contexts);
}

TEST_F(ConfigTest, ASettingThatIsWrongIsNotStored) {
  EXPECT_THAT(RunHookctl({"config", "set", "a", "--server", "https://h"}).err, HasSubstr("use h:50051"));
  EXPECT_EQ(RunHookctl({"config", "set", "a", "--cacert", "/nowhere/ca.pem"}).code, kUsage);
  EXPECT_EQ(RunHookctl({"config", "set", "a", "--token", "@/nowhere/token"}).code, kUsage);
  EXPECT_EQ(RunHookctl({"config", "set", "../a", "--project", "p"}).code, kUsage);
  EXPECT_THAT(RunHookctl({"config", "set", "a"}).err, HasSubstr("nothing to set"));
  std::ofstream(home_.path() + "/cert.pem") << "x";
  EXPECT_THAT(RunHookctl({"config", "set", "a", "--cert", home_.path() + "/cert.pem"}).err,
              HasSubstr("cert and key require each other"));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(ConfigTest, TlsIsTurnedOnAndOff) {
  EXPECT_THAT(MustRun({"config", "set", "a", "--tls"}), HasSubstr("tls      true"));
  EXPECT_THAT(MustRun({"config", "set", "a", "--project", "p"}), HasSubstr("tls      true"));
  EXPECT_THAT(MustRun({"config", "set", "a", "--no-tls", "-o", "json"}), HasSubstr("\"tls\": false"));
  EXPECT_THAT(MustRun({"config", "unset", "a", "tls", "project"}), Not(HasSubstr("tls")));
}

TEST_F(ConfigTest, AFileOfAContextThatIsGoneIsReported) {
  const std::string ca = home_.path() + "/ca.pem";
  std::ofstream(ca) << "x";
  MustRun({"config", "set", "a", "--server", hookd_.target(), "--cacert", ca});
  std::filesystem::remove(ca);
  const Result result = RunHookctl({"webhooks", "list"});
  EXPECT_EQ(result.code, kUsage);
  EXPECT_THAT(result.err, AllOf(HasSubstr("context a: cacert: "), HasSubstr(ca)));
}

TEST_F(ConfigTest, ARelativePathIsStoredAsAnAbsoluteOne) {
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(home_.path());
  std::ofstream("ca.pem") << "x";
  MustRun({"config", "set", "a", "--cacert", "./ca.pem"});
  std::filesystem::current_path(before);
  EXPECT_THAT(ReadFile(), HasSubstr("\"" + home_.path() + "/ca.pem\""));
}

TEST_F(ConfigTest, DeletingTheCurrentContextLeavesNone) {
  MustRun({"config", "set", "a", "--server", hookd_.target()});
  MustRun({"config", "set", "b", "--server", hookd_.target()});
  EXPECT_THAT(MustRun({"config", "delete", "a"}), HasSubstr("no context is in use now"));
  EXPECT_EQ(RunHookctl({"config", "show"}).code, kNotFound);
  EXPECT_THAT(MustRun({"config", "list"}), AllOf(HasSubstr("b"), Not(HasSubstr("*"))));
}

TEST_F(ConfigTest, ALinkStaysALink) {
  WriteFile("{\"contexts\": {}}");
  const std::string elsewhere = home_.path() + "/dotfile.json";
  std::filesystem::rename(path(), elsewhere);
  std::filesystem::create_symlink(elsewhere, path());
  MustRun({"config", "set", "a", "--project", "p"});
  EXPECT_TRUE(std::filesystem::is_symlink(path()));
  EXPECT_TRUE(ReadConfig(elsewhere)->contexts.count("a") == 1);
}

TEST_F(ConfigTest, WithoutAHomeThereAreNoContexts) {
  unsetenv("XDG_CONFIG_HOME");
  const std::string home = std::getenv("HOME") == nullptr ? "" : std::getenv("HOME");
  unsetenv("HOME");
  EXPECT_EQ(ConfigPath(), "");
  EXPECT_EQ(RunHookctl({"--server", hookd_.target(), "webhooks", "list"}).code, kOk);
  EXPECT_THAT(RunHookctl({"config", "set", "a", "--project", "p"}).err, HasSubstr("set HOME"));
  setenv("HOME", "/home/somebody", 1);
  EXPECT_EQ(ConfigPath(), "/home/somebody/.config/hookd/hookctl.json");
  if (home.empty()) {
    unsetenv("HOME");
  } else {
    setenv("HOME", home.c_str(), 1);
  }
}

}  // namespace
}  // namespace hookctl
