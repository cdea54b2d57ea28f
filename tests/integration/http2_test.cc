// HTTP/2 over TLS, by ALPN, against a server that speaks nothing else: nghttpd. Where the installed libcurl
// is too old for it, the tests run with a newer one (tests/support/newer_libcurl), or are skipped.
#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

constexpr absl::Duration kPatience = absl::Seconds(30);

int FreePort() {
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(descriptor, generic, size), 0);
  EXPECT_EQ(getsockname(descriptor, generic, &size), 0);
  close(descriptor);
  return ntohs(address.sin_port);
}

// nghttpd with a certificate of the test's authority. It answers a POST with what was posted, and logs every
// frame.
class Http2Server {
 public:
  explicit Http2Server(const TlsCertificates& certificates) : port_(FreePort()) {
    std::ofstream(folder_.path() + "/key") << certificates.good.key;
    std::ofstream(folder_.path() + "/certificate") << certificates.good.certificate;
    const std::string log = folder_.path() + "/log", port = absl::StrCat(port_);
    const std::string key = folder_.path() + "/key", certificate = folder_.path() + "/certificate";
    pid_ = fork();
    if (pid_ == 0) {
      const int file = open(log.c_str(), O_WRONLY | O_CREAT, 0600);
      dup2(file, STDOUT_FILENO);
      dup2(file, STDERR_FILENO);
      execlp("nghttpd", "nghttpd", "-v", "--echo-upload", "-a", "127.0.0.1", "-d", folder_.path().c_str(),
             port.c_str(), key.c_str(), certificate.c_str(), nullptr);
      _exit(127);
    }
  }
  ~Http2Server() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  std::string Url() const { return absl::StrCat("https://127.0.0.1:", port_, "/"); }

  std::string Log() const {
    std::ifstream file(folder_.path() + "/log");
    std::stringstream content;
    content << file.rdbuf();
    return content.str();
  }

  // Of the connections that requests came by: nghttpd counts them as [id=1].
  std::set<std::string> Connections() const {
    std::set<std::string> connections;
    const std::string log = Log();
    for (size_t at = log.find("[id="); at != std::string::npos; at = log.find("[id=", at + 1)) {
      connections.insert(log.substr(at, log.find(']', at) - at));
    }
    return connections;
  }

 private:
  const TempDir folder_;
  const int port_;
  pid_t pid_;
};

struct Http2Test : ::testing::Test {
  void SetUp() override {
    if (client == nullptr) GTEST_SKIP() << CurlClient::CheckHttp2();
  }

  std::vector<HttpResult> Post(int count) {
    absl::Mutex mutex;
    std::vector<HttpResult> results;
    for (int i = 0; i < count; ++i) {
      HttpRequest request;
      request.url = server.Url();
      request.headers = {{"Content-Type", "application/json"}};
      request.body = std::make_shared<const std::string>(R"({"a":1})");
      request.timeout = kPatience;
      client->Send(request, [&](HttpResult result) {
        absl::MutexLock lock(&mutex);
        results.push_back(std::move(result));
      });
    }
    absl::MutexLock lock(&mutex);
    const auto all = [&] { return results.size() == static_cast<size_t>(count); };
    mutex.Await(absl::Condition(&all));
    return results;
  }

  // Once the server takes connections.
  HttpResult First() {
    const absl::Time deadline = absl::Now() + kPatience;
    HttpResult result;
    do {
      result = Post(1)[0];
    } while (result.status == 0 && absl::Now() < deadline);
    return result;
  }

  TempDir folder;
  TlsCertificates certificates = MakeTlsCertificates();
  Http2Server server{certificates};
  std::unique_ptr<CurlClient> client = MakeClient();

 private:
  std::unique_ptr<CurlClient> MakeClient() const {
    if (!CurlClient::CheckHttp2().ok()) return nullptr;
    return *CurlClient::Create(
        {.ca_file = WriteAuthorityFile(certificates, folder.path()),
         .egress = *EgressGuard::Create({.allow = {"127.0.0.0/8"}, .deny = {}, .ports = {}}),
         .http2 = true});
  }
};

TEST_F(Http2Test, PostsOverHttp2WhereTheServerOffersIt) {
  const HttpResult result = First();
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.http_version, "2");
  EXPECT_EQ(result.body, R"({"a":1})");
  EXPECT_THAT(result.headers, Contains(Pair("server", HasSubstr("nghttpd"))));
  EXPECT_THAT(server.Log(), HasSubstr("h2"));
}

TEST_F(Http2Test, SendsManyRequestsAtATimeOverOneConnection) {
  ASSERT_EQ(First().status, 200);
  const size_t before = server.Connections().size();
  // As many as the server takes at a time (nghttpd: 100).
  for (const HttpResult& result : Post(100)) {
    EXPECT_EQ(result.status, 200) << result.error;
    EXPECT_EQ(result.connect, absl::ZeroDuration());
  }
  EXPECT_EQ(server.Connections().size(), before);
}

}  // namespace
}  // namespace hookd

// Begins again with a newer libcurl if the installed one is too old.
int main(int argc, char** argv) {
  const bool listing = argc > 1 && std::string(argv[1]) == "--gtest_list_tests";
  if (!listing && !hookd::CurlClient::CheckHttp2().ok() && getenv("HOOKD_NEWER_LIBCURL") == nullptr) {
    setenv("HOOKD_NEWER_LIBCURL", "1", 1);
    const std::string command =
        HOOKD_SOURCE_DIR "/tests/support/newer_libcurl " HOOKD_BINARY_DIR "/libcurl-backports";
    char folder[4096] = "";
    FILE* const output = popen(command.c_str(), "r");
    const bool found = output != nullptr && fgets(folder, sizeof(folder), output) != nullptr;
    if (output != nullptr) pclose(output);
    if (found) {
      folder[strcspn(folder, "\n")] = '\0';
      setenv("LD_LIBRARY_PATH", folder, 1);
      execv("/proc/self/exe", argv);
    }
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
