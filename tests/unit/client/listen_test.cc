// hookctl listen as a process of its own, with curl's place taken by httplib's client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace {

using testing::HasSubstr;

// The listener's output, stderr and stdout as one stream, so that the first line is the URL.
class Listener {
 public:
  explicit Listener(const std::string& flags)
      : pipe_(popen((std::string(HOOKCTL) + " listen " + flags + " 2>&1").c_str(), "r")) {
    const std::string line = ReadLine();
    const size_t colon = line.rfind(':');
    port_ = std::stoi(line.substr(colon + 1));
  }
  ~Listener() {
    if (pipe_ != nullptr) pclose(pipe_);
  }

  std::string ReadLine() {
    std::string line;
    for (int c = fgetc(pipe_); c != EOF && c != '\n'; c = fgetc(pipe_)) line.push_back(static_cast<char>(c));
    return line;
  }

  // All that is left, and its exit code.
  std::pair<std::string, int> Finish() {
    std::string rest;
    for (int c = fgetc(pipe_); c != EOF; c = fgetc(pipe_)) rest.push_back(static_cast<char>(c));
    const int status = pclose(pipe_);
    pipe_ = nullptr;
    return {rest, WEXITSTATUS(status)};
  }

  int port() const { return port_; }

 private:
  FILE* pipe_;
  int port_ = 0;
};

TEST(ListenTest, ShowsARequestAndEndsAfterCount) {
  Listener listener("--count 1");
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
  Listener listener("--output json --count 2 --status 503");
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

TEST(ListenTest, ControlCharactersDoNotReachTheTerminal) {
  Listener listener("--count 1");
  httplib::Client client("127.0.0.1", listener.port());
  ASSERT_TRUE(client.Post("/", "\x1b[2J", "text/plain"));
  EXPECT_THAT(listener.Finish().first, HasSubstr("\\x1b[2J"));
}

TEST(ListenTest, AnswersManyConnectionsAtATimeWhileItDelays) {
  // As hookd has them open: with a thread too few, one would wait for another's delay and be cut off.
  constexpr int kConnections = 32;
  Listener listener("--output json --count 32 --delay 200ms");
  std::vector<std::thread> senders;
  std::atomic<int> answered = 0;
  senders.reserve(kConnections);
  for (int i = 0; i < kConnections; ++i) {
    senders.emplace_back([&] {
      httplib::Client client("127.0.0.1", listener.port());
      const auto response = client.Post("/", "{}", "application/json");
      if (response && response->status == 200) ++answered;
    });
  }
  for (auto& sender : senders) sender.join();
  EXPECT_EQ(answered, kConnections);
  EXPECT_EQ(listener.Finish().second, 0);
}

TEST(ListenTest, APortInUseIsAnError) {
  Listener listener("--count 1");
  FILE* second = popen(
      (std::string(HOOKCTL) + " listen --port " + std::to_string(listener.port()) + " 2>&1").c_str(), "r");
  std::string message;
  for (int c = fgetc(second); c != EOF; c = fgetc(second)) message.push_back(static_cast<char>(c));
  EXPECT_EQ(WEXITSTATUS(pclose(second)), 1);
  EXPECT_THAT(message, HasSubstr("in use"));
  httplib::Client("127.0.0.1", listener.port()).Get("/");
}

}  // namespace
