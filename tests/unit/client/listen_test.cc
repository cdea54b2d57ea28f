// hookctl listen as a process of its own, with curl's place taken by httplib's client.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using testing::HasSubstr;

// hookctl listen, with stderr and stdout as one stream, so that the first line is its URL. Killed if it still
// runs when this, or the test's own process, ends.
class Listener {
 public:
  explicit Listener(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {HOOKCTL, "listen"});
    std::vector<char*> arguments;
    arguments.reserve(flags.size() + 1);
    for (std::string& flag : flags) arguments.push_back(flag.data());
    arguments.push_back(nullptr);
    int ends[2] = {-1, -1};
    if (pipe2(ends, O_CLOEXEC) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDOUT_FILENO);
      dup2(ends[1], STDERR_FILENO);
      execv(HOOKCTL, arguments.data());
      _exit(127);
    }
    close(ends[1]);
    output_ = fdopen(ends[0], "r");
    first_line_ = ReadLine();
    const size_t colon = first_line_.rfind(':');
    if (colon != std::string::npos) port_ = std::atoi(first_line_.c_str() + colon + 1);
  }
  ~Listener() {
    if (output_ != nullptr) fclose(output_);
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  std::string ReadLine() {
    std::string line;
    for (int c = fgetc(output_); c != EOF && c != '\n'; c = fgetc(output_))
      line.push_back(static_cast<char>(c));
    return line;
  }

  // All that is left, and its exit code.
  std::pair<std::string, int> Finish() {
    std::string rest;
    for (int c = fgetc(output_); c != EOF; c = fgetc(output_)) rest.push_back(static_cast<char>(c));
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return {rest, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
  }

  const std::string& first_line() const { return first_line_; }
  int port() const { return port_; }

 private:
  pid_t pid_ = -1;
  FILE* output_ = nullptr;
  std::string first_line_;
  int port_ = 0;
};

TEST(ListenTest, ShowsARequestAndEndsAfterCount) {
  Listener listener({"--count", "1"});
  httplib::Client client("127.0.0.1", listener.port());
  const auto response =
      client.Post("/hook?a=1", {{"Webhook-Id", "abc"}}, R"({"id":9007199254740993})", "application/json");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  const auto [out, code] = listener.Finish();
  EXPECT_EQ(code, 0);
  EXPECT_THAT(out, HasSubstr("POST /hook?a=1  answering 200\n"));
  EXPECT_THAT(out, HasSubstr("  Webhook-Id: abc\n"));
  EXPECT_THAT(out, HasSubstr("\n  {\n    \"id\": 9007199254740993\n  }\n"));
  EXPECT_THAT(out, testing::Not(HasSubstr("REMOTE_ADDR")));
}

TEST(ListenTest, AsJsonEachRequestIsOneLineWithItsExactBody) {
  Listener listener({"--output", "json", "--count", "2", "--status", "503"});
  httplib::Client client("127.0.0.1", listener.port());
  EXPECT_EQ(client.Post("/", "{ \"a\" : 1 }\n", "application/json")->status, 503);
  const std::string first = listener.ReadLine();
  EXPECT_THAT(first, HasSubstr("{\"number\":1,\"time\":\"20"));
  EXPECT_THAT(first, HasSubstr(R"("method":"POST","path":"/")"));
  EXPECT_THAT(first, HasSubstr(R"("Content-Type":"application/json")"));
  EXPECT_THAT(first, HasSubstr(R"("body":"{ \"a\" : 1 }\n","status":503})"));
  EXPECT_EQ(client.Put("/bytes", "\xff", "text/plain")->status, 503);
  const std::string second = listener.ReadLine();
  EXPECT_THAT(second, HasSubstr(R"("number":2)"));
  EXPECT_THAT(second, HasSubstr(R"("body_base64":"/w==")"));
  EXPECT_EQ(listener.Finish().second, 0);
}

TEST(ListenTest, WithASecretWhatIsNotSignedWellIsRefusedAndToldByTheExitCode) {
  Listener listener({"--count", "1", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  httplib::Client client("127.0.0.1", listener.port());
  EXPECT_EQ(client.Post("/", "{}", "application/json")->status, 401);
  const auto [out, code] = listener.Finish();
  EXPECT_EQ(code, 1);
  EXPECT_THAT(out, HasSubstr("signature: INVALID: it is not signed"));
}

TEST(ListenTest, AsJsonItSaysWhetherASignatureIsGood) {
  Listener listener(
      {"--output", "json", "--count", "1", "--secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
  httplib::Client client("127.0.0.1", listener.port());
  ASSERT_TRUE(client.Post("/", "{}", "application/json"));
  EXPECT_THAT(listener.ReadLine(),
              HasSubstr(R"("status":401,"verified":false,"verification_error":"it is not)"));
}

TEST(ListenTest, ControlCharactersDoNotReachTheTerminal) {
  Listener listener({"--count", "1"});
  httplib::Client client("127.0.0.1", listener.port());
  ASSERT_TRUE(client.Post("/", "\x1b[2J", "text/plain"));
  EXPECT_THAT(listener.Finish().first, HasSubstr("\\x1b[2J"));
}

TEST(ListenTest, AnswersManyConnectionsAtATimeWhileItDelays) {
  constexpr int kConnections = 32;
  Listener listener({"--output", "json", "--count", "32", "--delay", "200ms"});
  std::vector<std::thread> senders;
  std::atomic<int> answered = 0;
  senders.reserve(kConnections);
  for (int i = 0; i < kConnections; ++i) {
    senders.emplace_back([&] {
      httplib::Client client("127.0.0.1", listener.port());
      const auto response = client.Post("/", "{}", "application/json");
      EXPECT_TRUE(response) << httplib::to_string(response.error());
      if (response && response->status == 200) ++answered;
    });
  }
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(answered, kConnections);
  EXPECT_EQ(listener.Finish().second, 0);
}

TEST(ListenTest, APortInUseIsAnError) {
  const Listener first({});
  Listener second({"--port", std::to_string(first.port())});
  EXPECT_THAT(second.first_line(), HasSubstr("in use"));
  EXPECT_EQ(second.Finish().second, 1);
}

}  // namespace
