// How hookd listens for HTTP and stops, who may call, and what browsers may do.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "absl/strings/str_cat.h"
#include "tests/integration/web/web_test.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kWebhooks[] = "/v1/projects/p/webhooks";
constexpr char kAdmin[] = "hookd_administrators-own-secret";

class WebServingTest : public WebTest {
 protected:
  std::string WriteFile(const std::string& name, const std::string& contents) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << contents;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  std::string TokensFlag() {
    return "--tokens_file=" + WriteFile("tokens", std::string(kAdmin) + " admin *\n");
  }

  TempDir folder_;
};

// Listens on a port of 127.0.0.1, so that nothing else can.
class BusyPort {
 public:
  explicit BusyPort(int port = 0) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // If another process has it, it is busy too.
    if (bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) listen(socket_, 1);
    socklen_t size = sizeof(address);
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~BusyPort() { close(socket_); }
  int port() const { return port_; }

 private:
  const int socket_;
  int port_ = 0;
};

TEST_F(WebServingTest, AnEmptyAddressTurnsHttpOff) {
  Start({"--http_listen="});
  EXPECT_EQ(server_->http_port(), 0);
  EXPECT_THAT(server_->printed(), Not(HasSubstr("HTTP server listening")));
  EXPECT_EQ(server_->Stop().exit_code, 0);
}

TEST_F(WebServingTest, AnAddressThatIsAskedForMustBeFree) {
  const BusyPort busy;
  const std::string address = absl::StrCat("127.0.0.1:", busy.port());
  const std::string data = "--data_dir=" + data_.path();
  for (const bool by_flag : {true, false}) {
    const ProgramResult refused =
        by_flag ? RunHookd({"--listen=127.0.0.1:0", data, "--http_listen=" + address})
                : RunHookd({"--listen=127.0.0.1:0", data}, {"HOOKD_HTTP_LISTEN=" + address});
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.output, AllOf(HasSubstr(address), HasSubstr("cannot listen")));
  }
  const std::string config = WriteFile("hookd.conf", "http_listen = \"" + address + "\"\n");
  EXPECT_EQ(RunHookd({"--listen=127.0.0.1:0", data, "--config=" + config}).exit_code, 1);
}

TEST_F(WebServingTest, WithoutItsDefaultPortHookdServesGrpcAlone) {
  const BusyPort busy(50080);
  Start({}, {"HOOKD_HTTP_LISTEN"});
  EXPECT_EQ(server_->http_port(), 0);
  EXPECT_THAT(server_->printed(), AllOf(HasSubstr("HTTP is not served"), HasSubstr("127.0.0.1:50080")));
  EXPECT_EQ(RunHookctl({"--server", server_->address(), "--project", "p", "webhooks", "list"}).exit_code, 0);
}

TEST_F(WebServingTest, OtherMachinesNeedTlsAndTokens) {
  const ProgramResult refused =
      RunHookd({"--listen=127.0.0.1:0", "--http_listen=0.0.0.0:0", "--data_dir=" + data_.path()});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.output, AllOf(HasSubstr("plaintext"), HasSubstr("without a token")));
}

TEST_F(WebServingTest, ARequestInFlightIsAnsweredAndNewConnectionsAreRefused) {
  Start();
  CreateWebhook("w");
  receiver_.SetNext({.delay = absl::Milliseconds(700)});
  const int port = this->port();
  auto tested = std::async(std::launch::async,
                           [this] { return Send("POST", std::string(kWebhooks) + "/w:test", "{}"); });
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  server_->Signal(SIGTERM);
  ASSERT_TRUE(server_->WaitUntilItSays("draining"));
  httplib::Client late("127.0.0.1", port);
  EXPECT_FALSE(late.Get("/healthz"));
  const httplib::Response response = tested.get();
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("success":true)"));
  EXPECT_EQ(response.get_header_value("Connection"), "close");
  EXPECT_EQ(server_->Wait().exit_code, 0);
}

TEST_F(WebServingTest, IdleConnectionsAndRequestsThatDoNotEndDoNotHoldUpAStop) {
  Start({"--drain_timeout=0.3"});
  CreateWebhook("w");
  httplib::Client idle("127.0.0.1", port());
  idle.set_keep_alive(true);
  ASSERT_TRUE(idle.Get("/healthz"));
  receiver_.SetNext({.hang = true});
  httplib::Client hanging("127.0.0.1", port());
  auto tested = std::async(std::launch::async, [&hanging] {
    return hanging.Post(std::string(kWebhooks) + "/w:test", "{}", "application/json");
  });
  ASSERT_TRUE(receiver_.WaitForRequests(1, kPatience));
  EXPECT_EQ(server_->StopWithin(kPatience).exit_code, 0);
  const auto result = tested.get();
  EXPECT_TRUE(!result || result->status != 200);
}

TEST_F(WebServingTest, ATokenIsTakenFromTheHeaderAloneAndNeverLogged) {
  Start({TokensFlag(), "--log_level=debug"});
  const auto missing = Send("GET", kWebhooks);
  EXPECT_EQ(missing.status, 401);
  EXPECT_EQ(missing.get_header_value("WWW-Authenticate"), "Bearer realm=\"hookd\"");
  const std::string wrong = "hookd_this-one-is-wrong-and-secret";
  const auto refused = Send("GET", kWebhooks, "", {{"Authorization", "Bearer " + wrong}});
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.get_header_value("WWW-Authenticate"), HasSubstr("invalid_token"));
  const auto in_url = Send("GET", absl::StrCat(kWebhooks, "?access_token=", kAdmin));
  EXPECT_EQ(in_url.status, 401);
  EXPECT_EQ(Send("GET", absl::StrCat(kWebhooks, "?access_token=", kAdmin), "",
                 {{"Authorization", absl::StrCat("Bearer ", kAdmin)}})
                .status,
            400);
  EXPECT_EQ(Send("GET", kWebhooks, "", {{"Authorization", absl::StrCat("bearer ", kAdmin)}}).status, 200);
  EXPECT_EQ(Send("GET", "/healthz").status, 200) << "without a token";
  const std::string printed = server_->Stop().output;
  EXPECT_THAT(printed, HasSubstr("ListWebhooks"));
  EXPECT_THAT(printed, AllOf(Not(HasSubstr(kAdmin)), Not(HasSubstr(wrong)), Not(HasSubstr("access_token"))));
}

TEST_F(WebServingTest, SpeaksTlsAndKnowsCallersByTheirCertificates) {
  const TlsCertificates certificates = MakeTlsCertificates();
  const std::string authority = WriteFile("authority.pem", certificates.authority);
  Start({"--tls_cert_file=" + WriteFile("cert.pem", certificates.good.certificate),
         "--tls_key_file=" + WriteFile("key.pem", certificates.good.key), "--tls_client_ca_file=" + authority,
         TokensFlag()});
  const auto client = [&](const TlsOptions* own) {
    std::unique_ptr<httplib::SSLClient> made;
    if (own == nullptr) {
      made = std::make_unique<httplib::SSLClient>("127.0.0.1", port());
    } else {
      made =
          std::make_unique<httplib::SSLClient>("127.0.0.1", port(), WriteFile("client.pem", own->certificate),
                                               WriteFile("client_key.pem", own->key));
    }
    made->set_ca_cert_path(authority);
    made->enable_server_certificate_verification(true);
    return made;
  };
  const httplib::Headers admin = {{"Authorization", absl::StrCat("Bearer ", kAdmin)}};
  const auto anonymous = client(nullptr);
  auto response = anonymous->Get(kWebhooks);
  ASSERT_TRUE(response) << httplib::to_string(response.error());
  EXPECT_EQ(response->status, 401);
  response = anonymous->Post(
      "/v1/tokens", admin,
      R"({"projects":["projects/p"],"roles":["ROLE_READ"],"clientIdentity":"elsewhere.test"})",
      "application/json");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200) << response->body;
  response = client(&certificates.wrong_name)->Get(kWebhooks);
  ASSERT_TRUE(response) << httplib::to_string(response.error());
  EXPECT_EQ(response->status, 200) << "its name is elsewhere.test";
  response = client(&certificates.good)->Get(kWebhooks);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 401) << "no token names it";
  EXPECT_FALSE(client(&certificates.self_signed)->Get(kWebhooks));
  httplib::Client plaintext("127.0.0.1", port());
  EXPECT_FALSE(plaintext.Get(kWebhooks));
}

TEST_F(WebServingTest, PagesOfOtherSitesCannotCall) {
  Start();
  const std::string self = absl::StrCat("http://127.0.0.1:", port());
  EXPECT_EQ(Send("GET", kWebhooks, "", {{"Origin", self}}).status, 200);
  for (const char* origin : {"https://evil.example", "null", "http://127.0.0.1:1"}) {
    EXPECT_EQ(Send("GET", kWebhooks, "", {{"Origin", origin}}).status, 403) << origin;
    const auto preflight =
        Send("OPTIONS", kWebhooks, "", {{"Origin", origin}, {"Access-Control-Request-Method", "POST"}});
    EXPECT_FALSE(preflight.has_header("Access-Control-Allow-Origin")) << origin;
  }
  EXPECT_EQ(Send("GET", kWebhooks, "", {{"Sec-Fetch-Site", "cross-site"}}).status, 403);
  for (const char* host : {"evil.example", "10.0.0.1", ""}) {
    EXPECT_EQ(Send("GET", kWebhooks, "", {{"Host", host}}).status / 100, 4) << host;
  }
  EXPECT_EQ(Send("GET", kWebhooks, "", {{"Host", "localhost:8080"}}).status, 200);
  const auto response = Send("GET", kWebhooks);
  EXPECT_EQ(response.get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(response.get_header_value("Cache-Control"), "no-store");
}

TEST_F(WebServingTest, WithTokensAnyHostIsServed) {
  Start({TokensFlag()});
  EXPECT_EQ(Send("GET", kWebhooks, "",
                 {{"Host", "hookd.example"}, {"Authorization", absl::StrCat("Bearer ", kAdmin)}})
                .status,
            200);
}

TEST_F(WebServingTest, PagesOfAllowedOriginsMayCall) {
  Start({"--http_allow_origin=https://app.example.com"});
  const std::string origin = "https://app.example.com";
  const auto preflight = Send("OPTIONS", kWebhooks, "",
                              {{"Origin", origin},
                               {"Access-Control-Request-Method", "POST"},
                               {"Access-Control-Request-Headers", "authorization,content-type"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(preflight.get_header_value("Access-Control-Allow-Origin"), origin);
  EXPECT_THAT(preflight.get_header_value("Access-Control-Allow-Methods"), HasSubstr("POST"));
  EXPECT_THAT(preflight.get_header_value("Access-Control-Allow-Headers"), HasSubstr("Authorization"));
  const auto called = Send("GET", kWebhooks, "", {{"Origin", origin}});
  EXPECT_EQ(called.status, 200);
  EXPECT_EQ(called.get_header_value("Access-Control-Allow-Origin"), origin);
  EXPECT_EQ(called.get_header_value("Vary"), "Origin");
  const auto failed = Send("GET", "/v1/projects/p/webhooks/none", "", {{"Origin", origin}});
  EXPECT_EQ(failed.status, 404);
  EXPECT_EQ(failed.get_header_value("Access-Control-Allow-Origin"), origin);
  EXPECT_EQ(Send("GET", kWebhooks, "", {{"Origin", "https://evil.example"}}).status, 403);
  EXPECT_EQ(RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + folder_.path(), "--http_allow_origin=nonsense"})
                .exit_code,
            1);
}

}  // namespace
}  // namespace hookd
