// `hookctl console`: the address of the web console, and the link that signs in.
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/time/clock.h"
#include "hookctl/values.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/client/hookctl_run.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr int kTerminal = 80;  // columns

class ConsoleCommandTest : public HookctlTest {
 protected:
  ConsoleCommandTest() {
    v1::Token token;
    token.set_name("tokens/t1");
    token.set_secret("hookd_fresh-secret");
    *token.mutable_expire_time() = ToTimestamp(absl::FromUnixSeconds(1'800'000'000));
    hookd_.tokens.create.Respond(token);
  }
  Result WithToken(std::vector<std::string> arguments, int width = 0) {
    arguments.insert(arguments.end(), {"--token", "hookd_of-the-administrator"});
    return Hookctl(std::move(arguments), "", width);
  }
};

TEST_F(ConsoleCommandTest, WithoutTokensItIsAnAddress) {
  const Result result = Hookctl({"console"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "http://127.0.0.1:50080/#/projects/shop/webhooks\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("Assumed"), HasSubstr("--url")));
  EXPECT_THAT(hookd_.tokens.create.requests(), IsEmpty());
  EXPECT_EQ(RunHookctl({"--server", hookd_.target(), "console"}).out, "http://127.0.0.1:50080/\n");
}

TEST_F(ConsoleCommandTest, AnAddressThatIsGivenIsNotAssumed) {
  const Result flag = Hookctl({"console", "--url", "https://hookd.example.com"});
  EXPECT_EQ(flag.out, "https://hookd.example.com/#/projects/shop/webhooks\n");
  EXPECT_EQ(flag.err, "");
  setenv("HOOKD_CONSOLE_URL", "https://of.environment/", 1);
  EXPECT_EQ(Hookctl({"console"}).out, "https://of.environment/#/projects/shop/webhooks\n");
  unsetenv("HOOKD_CONSOLE_URL");
  EXPECT_EQ(Hookctl({"console", "--url", "https://h/#token=x"}).code, kUsage);
}

TEST_F(ConsoleCommandTest, AHookdThatRequiresTokensIsNotAnsweredWithAnAddress) {
  hookd_.webhooks.list.Fail({grpc::StatusCode::UNAUTHENTICATED, "a token is required"});
  const Result result = Hookctl({"console"});
  EXPECT_EQ(result.code, kError);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err, HasSubstr("HOOKD_TOKEN"));
}

TEST_F(ConsoleCommandTest, WithATokenItIsALinkWithAnotherTokenInItsFragment) {
  const Result result = WithToken({"console"});
  EXPECT_EQ(result.code, kOk) << result.err;
  EXPECT_EQ(result.out, "http://127.0.0.1:50080/#token=hookd_fresh-secret&project=shop\n");
  EXPECT_THAT(result.err, AllOf(HasSubstr("hookctl tokens revoke t1"), HasSubstr("2027-01-15 08:00:00Z"),
                                Not(HasSubstr("hookd_"))));
  const auto requests = hookd_.tokens.create.requests();
  ASSERT_EQ(requests.size(), 1u);
  const v1::Token& token = requests[0].token();
  EXPECT_THAT(token.projects(), ElementsAre("projects/shop"));
  EXPECT_THAT(token.roles(), ElementsAre(v1::ROLE_MANAGE));
  EXPECT_EQ(token.display_name(), "hookctl console");
  const absl::Duration left = FromTimestamp(token.expire_time()) - absl::Now();
  EXPECT_LE(left, absl::Hours(1));
  EXPECT_GT(left, absl::Minutes(59));
}

TEST_F(ConsoleCommandTest, RolesAndLifetimeAreChosen) {
  EXPECT_EQ(WithToken({"console", "--role", "read,emit", "--expires-in", "8h"}).code, kOk);
  const v1::Token token = hookd_.tokens.create.requests()[0].token();
  EXPECT_THAT(token.roles(), ElementsAre(v1::ROLE_READ, v1::ROLE_EMIT));
  EXPECT_GT(FromTimestamp(token.expire_time()) - absl::Now(), absl::Hours(7));
  EXPECT_EQ(WithToken({"console", "--role", "owner"}).code, kUsage);
  EXPECT_EQ(WithToken({"console", "--expires-in", "soon"}).code, kUsage);
}

TEST_F(ConsoleCommandTest, WhoMayCreateNoTokenIsToldWhereToSignIn) {
  hookd_.tokens.create.Fail({grpc::StatusCode::PERMISSION_DENIED, "the token does not have the role admin"});
  const Result result = WithToken({"console", "--url", "https://h.example"});
  EXPECT_EQ(result.code, kError);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(result.err,
              AllOf(HasSubstr("role admin"), HasSubstr("sign in with your own token at https://h.example/")));
}

TEST_F(ConsoleCommandTest, IsJsonForPrograms) {
  const Result link = WithToken({"console", "-o", "json"});
  EXPECT_THAT(
      link.out,
      AllOf(HasSubstr(R"("url": "http://127.0.0.1:50080/#token=hookd_fresh-secret&project=shop")"),
            HasSubstr(R"("token": "tokens/t1")"), HasSubstr(R"("expire_time": "2027-01-15T08:00:00Z")")));
  EXPECT_THAT(Hookctl({"console", "-o", "json"}).out, Not(HasSubstr("token")));
}

// Has a stand-in for xdg-open, which writes what it is called with into a pipe.
class BrowserTest : public ConsoleCommandTest {
 protected:
  BrowserTest() {
    const std::string program = folder_.path() + "/xdg-open";
    std::ofstream(program) << "#!/bin/sh\necho \"$@\" > " << pipe() << "\n";
    std::filesystem::permissions(program, std::filesystem::perms::owner_all);
    mkfifo(pipe().c_str(), 0600);
    setenv("PATH", (folder_.path() + ":" + path_).c_str(), 1);
    setenv("DISPLAY", ":99", 1);
  }
  ~BrowserTest() override {
    setenv("PATH", path_.c_str(), 1);
    unsetenv("DISPLAY");
  }

  // Waits for the browser, and returns what it was given.
  std::string Opened() const {
    std::string line;
    std::ifstream file(pipe());
    std::getline(file, line);
    return line;
  }

 private:
  std::string pipe() const { return folder_.path() + "/pipe"; }

  const hookd::TempDir folder_;
  const std::string path_ = std::getenv("PATH");
};

TEST_F(BrowserTest, OpensAnAddressWithoutASecretOnATerminal) {
  const Result result = Hookctl({"console"}, "", kTerminal);
  EXPECT_THAT(result.err, HasSubstr("Opened in your browser."));
  EXPECT_EQ(Opened() + "\n", result.out);
}

TEST_F(BrowserTest, NeverGivesABrowserALinkWithASecret) {
  EXPECT_THAT(WithToken({"console"}, kTerminal).err, Not(HasSubstr("Opened")));
}

TEST_F(BrowserTest, OpensNothingForAScriptOrWithoutAScreen) {
  EXPECT_THAT(Hookctl({"console"}).err, Not(HasSubstr("Opened")));
  EXPECT_THAT(Hookctl({"console", "--no-open"}, "", kTerminal).err, Not(HasSubstr("Opened")));
  EXPECT_THAT(Hookctl({"console", "-o", "json"}, "", kTerminal).err, Not(HasSubstr("Opened")));
  unsetenv("DISPLAY");
  unsetenv("WAYLAND_DISPLAY");
  EXPECT_THAT(Hookctl({"console"}, "", kTerminal).err, Not(HasSubstr("Opened")));
}

}  // namespace
}  // namespace hookctl
