// hookctl listen --forward-to.
#include "hookctl/listen_forward.h"

#include <httplib.h>

#include <csignal>
#include <mutex>
#include <thread>

#include "hookctl/signature.h"
#include "tests/support/http_receiver.h"
#include "tests/unit/client/hookctl_run.h"
#include "tests/unit/client/watched_events.h"

namespace hookctl {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

// A program on this machine that answers with `status`.
class Program {
 public:
  Program() {
    server_.Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      const std::lock_guard<std::mutex> lock(mutex_);
      requests_.push_back(request);
      response.status = status;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Program() {
    server_.stop();
    thread_.join();
  }
  std::string Url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  std::vector<httplib::Request> requests() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return requests_;
  }

  std::atomic<int> status = 200;

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<httplib::Request> requests_;
};

class ListenForwardTest : public HookctlTest {
 protected:
  Result Forward(std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"listen", "--forward-to", program_.Url("/hook?a=b")});
    return Hookctl(std::move(flags));
  }
  Program program_;
};

TEST_F(ListenForwardTest, PostsSignedEventsToTheProgram) {
  hookd_.events.watches = {{.responses = {AHeartbeat("c0"), AnEvent(1), AnEvent(2)}, .end = {}}};
  const Result result = Forward({"--count", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("e1"), HasSubstr("e2"), HasSubstr("bounced"), HasSubstr("200")));
  const size_t at = result.err.find("whsec_");
  ASSERT_NE(at, std::string::npos);
  const std::string secret = result.err.substr(at, result.err.find('\n', at) - at);
  const auto requests = program_.requests();
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[0].target, "/hook?a=b");
  EXPECT_EQ(requests[0].body, "{\"n\":1}");
  EXPECT_EQ(requests[0].get_header_value("Content-Type"), "application/json");
  EXPECT_EQ(requests[0].get_header_value("Webhook-Id"), "e1");
  const SignedRequest signed_request{.id = "e1",
                                     .timestamp = requests[0].get_header_value("Webhook-Timestamp"),
                                     .signature = requests[0].get_header_value("Webhook-Signature"),
                                     .body = requests[0].body};
  EXPECT_EQ(VerifySignature(secret, signed_request, absl::Now()), "");
  EXPECT_NE(VerifySignature(NewSigningSecret(), signed_request, absl::Now()), "");
}

TEST_F(ListenForwardTest, SignsWithTheGivenSecret) {
  const std::string secret = NewSigningSecret();
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  const Result result = Forward({"--count", "1", "--secret", secret});
  EXPECT_THAT(result.err, HasSubstr(secret));
}

TEST_F(ListenForwardTest, AsksForTheEventsOfItsFlags) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}, {.responses = {AnEvent(2)}, .end = {}}};
  Forward({"--count", "1", "--events", "bounced,complained", "--since", "1h"});
  Forward({"--count", "1", "--events", "all"});
  const auto requests = hookd_.events.watch.requests();
  EXPECT_EQ(requests.at(0).filter(),
            "(event_type = EVENT_TYPE_BOUNCED OR event_type = EVENT_TYPE_COMPLAINED)");
  EXPECT_TRUE(requests.at(0).has_start_time());
  EXPECT_EQ(requests.at(1).filter(), "");
  EXPECT_FALSE(requests.at(1).has_start_time());
}

TEST_F(ListenForwardTest, ShowsFailuresAndGoesOn) {
  program_.status = 503;
  hookd_.events.watches = {{.responses = {AnEvent(1), AnEvent(2)}, .end = {}}};
  const Result result = Forward({"--count", "2", "-o", "json"});
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.out, AllOf(HasSubstr("\"event\":\"projects/shop/events/e2\""),
                                HasSubstr("\"status\":503"), HasSubstr("answered with status 503")));
}

TEST_F(ListenForwardTest, ShowsThatTheProgramDoesNotListen) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  const Result result = Hookctl({"listen", "--forward-to", "http://127.0.0.1:1/", "--count", "1"});
  EXPECT_EQ(result.code, kError);
  EXPECT_THAT(result.out, HasSubstr("could not connect: is the program running"));
}

TEST_F(ListenForwardTest, CtrlCEndsARequestInFlight) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {}}};
  hookd::HttpReceiver program;
  program.SetDefault({.body = "x", .drip = absl::Milliseconds(5), .endless_body = true});
  std::thread interrupt([&] {
    EXPECT_TRUE(program.WaitForRequests(1, absl::Seconds(30)));
    raise(SIGINT);
  });
  const Result result = Hookctl({"listen", "--forward-to", program.Url("/")});
  interrupt.join();
  EXPECT_EQ(result.code, kOk);
  EXPECT_THAT(result.out, HasSubstr("interrupted"));
}

TEST_F(ListenForwardTest, ResumesAfterTheLastEvent) {
  hookd_.events.watches = {{.responses = {AnEvent(1)}, .end = {grpc::StatusCode::UNAVAILABLE, "gone"}},
                           {.responses = {AnEvent(2)}, .end = {}}};
  EXPECT_EQ(Forward({"--count", "2"}).code, 0);
  EXPECT_EQ(hookd_.events.watch.requests().at(1).cursor(), "c1");
  EXPECT_EQ(program_.requests().size(), 2u);
}

TEST_F(ListenForwardTest, RefusesWhatMakesNoSense) {
  EXPECT_EQ(Forward({"--port", "80"}).code, kUsage);
  EXPECT_EQ(Forward({"--status", "500"}).code, kUsage);
  EXPECT_EQ(Hookctl({"listen", "--events", "bounced"}).code, kUsage);
  EXPECT_EQ(Hookctl({"listen", "--since", "1h"}).code, kUsage);
  EXPECT_EQ(Forward({"--secret", "whpk_MCowBQYDK2VwAyEAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}).code, kUsage);
  EXPECT_EQ(Forward({"--events", "nonsense"}).code, kUsage);
}

TEST(ForwardUrlTest, MustBeAUrl) {
  for (const char* good : {"http://localhost:3000/hook", "https://example.com", "http://[::1]:80?x"}) {
    EXPECT_EQ(CheckForwardUrl(good), "") << good;
  }
  for (const char* bad : {"", "localhost:3000", "http://", "https:///x", "ftp://a", "http://:80/",
                          "http://a b/", "http://user@host/", "ftp://x/", "web:80/hook", "a", "http",
                          "https://", "http://h:99999999999/", "http://h:0/"}) {
    EXPECT_NE(CheckForwardUrl(bad), "") << bad;
  }
}

}  // namespace
}  // namespace hookctl
