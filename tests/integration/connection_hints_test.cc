// What hookctl says of a hookd that it cannot reach: why, and what to do. Against real servers.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookctl/diagnosis.h"
#include "tests/support/black_hole.h"
#include "tests/support/loopback_socket.h"
#include "tests/support/scripted_peer.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr absl::Duration kLimit = absl::Seconds(20);

std::string Address(int port) { return absl::StrCat("127.0.0.1:", port); }

// The reason for a connection without TLS, or with TLS and these CAs.
std::string Plaintext(const std::string& server) { return hookctl::Diagnose({.server = server}, kLimit); }
std::string WithTls(const std::string& server, const std::string& roots = "") {
  return hookctl::Diagnose({.server = server, .tls = true, .roots = roots}, kLimit);
}

class ConnectionHintsTest : public ::testing::Test {
 protected:
  // Starts a hookd, with TLS if there is a certificate.
  void Start(const TlsOptions* tls = nullptr, std::vector<std::string> flags = {}) {
    if (tls != nullptr) {
      const std::string certificate = folder_.path() + "/cert.pem";
      const std::string key = folder_.path() + "/key.pem";
      std::ofstream(certificate) << tls->certificate;
      std::ofstream(key) << tls->key;
      flags.insert(flags.end(), {"--tls_cert_file=" + certificate, "--tls_key_file=" + key});
    }
    server_ = ServerProcess::Start(folder_.path() + "/data", flags);
    ASSERT_NE(server_, nullptr);
  }
  // What hookctl prints, whose exit code must be that of an unavailable server.
  std::string Fails(std::vector<std::string> flags) {
    flags.insert(flags.end(), {"--timeout", "5s", "webhooks", "list"});
    const ProgramResult result = RunHookctl(flags);
    EXPECT_EQ(result.exit_code, 6) << result.output;
    return result.output;
  }

  const TlsCertificates certificates_ = MakeTlsCertificates();
  TempDir folder_;
  std::unique_ptr<ServerProcess> server_;
};

TEST_F(ConnectionHintsTest, AServerThatCanBeReachedHasNoHint) {
  Start();
  EXPECT_EQ(Plaintext(server_->address()), "");
}

TEST_F(ConnectionHintsTest, AServerWithTlsThatIsTrustedHasNoHint) {
  Start(&certificates_.good);
  EXPECT_EQ(WithTls(server_->address(), certificates_.authority), "");
}

TEST_F(ConnectionHintsTest, AContextReachesAHookdWithTlsAndTokens) {
  const std::string secret = "hookd_0123456789abcdef0123456789abcdef0123456789a";
  const std::string tokens = folder_.path() + "/tokens";
  std::ofstream(tokens) << secret << " manage p\n";
  std::filesystem::permissions(tokens, std::filesystem::perms::owner_read);
  Start(&certificates_.good, {"--tokens_file=" + tokens});
  setenv("XDG_CONFIG_HOME", folder_.path().c_str(), 1);
  const std::string ca = WriteAuthorityFile(certificates_, folder_.path());
  const ProgramResult set = RunHookctl({"config", "set", "here", "--server", server_->address(), "--project",
                                        "p", "--cacert", ca, "--token", "-"},
                                       secret);
  EXPECT_EQ(set.exit_code, 0) << set.output;
  EXPECT_THAT(set.output, Not(HasSubstr(secret)));
  const ProgramResult list = RunHookctl({"webhooks", "list"});
  EXPECT_EQ(list.exit_code, 0) << list.output;
  unsetenv("XDG_CONFIG_HOME");
}

TEST_F(ConnectionHintsTest, ClearTextAgainstTls) {
  Start(&certificates_.good);
  EXPECT_THAT(Fails({"--server", server_->address()}),
              AllOf(StartsWith("error: UNAVAILABLE: cannot reach hookd at " + server_->address()),
                    HasSubstr("it uses TLS; add --tls, or --cacert")));
}

TEST_F(ConnectionHintsTest, TlsAgainstClearText) {
  Start();
  // The whole output: gRPC logs nothing between.
  EXPECT_EQ(
      Fails({"--server", server_->address(), "--tls"}),
      absl::StrCat("error: UNAVAILABLE: cannot reach hookd at ", server_->address(),
                   " (--server, HOOKD_SERVER): it does not use TLS; leave out --tls, --cacert and --cert\n"));
}

TEST_F(ConnectionHintsTest, TheHttpPortInsteadOfTheGrpcOne) {
  Start();
  EXPECT_THAT(Fails({"--server", Address(server_->http_port())}),
              HasSubstr("is an HTTP port, not hookd's gRPC port"));
  EXPECT_THAT(WithTls(Address(server_->http_port())),
              AllOf(HasSubstr("does not use TLS, and"), HasSubstr("is an HTTP port")));
}

TEST_F(ConnectionHintsTest, TheHttpPortWithTls) {
  Start(&certificates_.good);
  EXPECT_THAT(WithTls(Address(server_->http_port()), certificates_.authority),
              StartsWith("that is an HTTP port, not hookd's gRPC port"));
  EXPECT_THAT(Plaintext(Address(server_->http_port())),
              AllOf(HasSubstr("uses TLS, and"), HasSubstr("is an HTTP port")));
}

TEST_F(ConnectionHintsTest, ACertificateOfAnUnknownCa) {
  Start(&certificates_.good);
  EXPECT_THAT(Fails({"--server", server_->address(), "--tls"}),
              AllOf(HasSubstr("its certificate is not trusted ("), HasSubstr("with --cacert")));
  EXPECT_THAT(WithTls(server_->address(), MakeTlsCertificates().authority), HasSubstr("is not trusted"));
}

TEST_F(ConnectionHintsTest, ACertificateForAnotherName) {
  Start(&certificates_.wrong_name);
  const std::string ca = WriteAuthorityFile(certificates_, folder_.path());
  EXPECT_THAT(Fails({"--server", server_->address(), "--cacert", ca}),
              HasSubstr("its certificate is not for 127.0.0.1 but for elsewhere.test; use one of its names"));
}

TEST_F(ConnectionHintsTest, AnExpiredCertificate) {
  Start(&certificates_.expired);
  EXPECT_THAT(WithTls(server_->address(), certificates_.authority), HasSubstr("certificate has expired"));
}

TEST_F(ConnectionHintsTest, NothingListens) {
  const int bound = BindTo("127.0.0.1", 0);  // the port is taken, and refuses connections
  EXPECT_THAT(Fails({"--server", Address(PortOf(bound))}), HasSubstr("nothing listens there; start hookd"));
  EXPECT_THAT(Fails({"-o", "json", "--server", Address(PortOf(bound))}),
              AllOf(StartsWith("{\"error\":{\"code\":\"UNAVAILABLE\",\"message\":\"cannot reach hookd at "),
                    HasSubstr("\"exit_code\":6}}\n")));
  close(bound);
}

TEST_F(ConnectionHintsTest, ANameThatCannotBeResolved) {
  EXPECT_THAT(Fails({"--server", "hookd.invalid:50051"}),
              HasSubstr("the name hookd.invalid cannot be resolved"));
}

TEST_F(ConnectionHintsTest, AnAddressThatIsNoneIsAUsageError) {
  for (const auto& [address, hint] : {std::pair{"https://127.0.0.1:50051", "use 127.0.0.1:50051 and --tls"},
                                      std::pair{"127.0.0.1:50051/v1", "without a path: use 127.0.0.1:50051"},
                                      std::pair{"127.0.0.1", "has no port: use 127.0.0.1:50051"}}) {
    const ProgramResult result = RunHookctl({"--server", address, "webhooks", "list"});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.output, AllOf(StartsWith("error: --server: "), HasSubstr(hint)));
  }
}

TEST_F(ConnectionHintsTest, ADroppedConnectionRequestEndsAtTheLimit) {
  const BlackHole hole;
  const absl::Time begin = absl::Now();
  EXPECT_THAT(hookctl::Diagnose({.server = Address(hole.port())}, absl::Milliseconds(100)),
              HasSubstr("check the firewall"));
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

TEST_F(ConnectionHintsTest, AnotherProgramIsNotMistakenForHookd) {
  for (const PeerScript& script : {PeerScript{Send("SSH-2.0-OpenSSH_9.2\r\n"), {PeerStep::Do::kSilence}},
                                   PeerScript{{PeerStep::Do::kClose}}, PeerScript{{PeerStep::Do::kReset}},
                                   PeerScript{Send(std::string(1 << 20, 'x'))}}) {
    const ScriptedPeer peer({.script = script});
    EXPECT_THAT(hookctl::Diagnose({.server = Address(peer.port())}, absl::Seconds(2)),
                HasSubstr("another program"));
    EXPECT_THAT(hookctl::Diagnose({.server = Address(peer.port()), .tls = true}, absl::Seconds(2)),
                HasSubstr("another program"));
  }
}

TEST_F(ConnectionHintsTest, AServerThatNeverAnswersEndsAtTheLimit) {
  const ScriptedPeer silent({.script = {{PeerStep::Do::kSilence}}});
  const absl::Time begin = absl::Now();
  for (const bool tls : {false, true}) {
    hookctl::Diagnose({.server = Address(silent.port()), .tls = tls}, absl::Milliseconds(200));
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(10));
}

}  // namespace
}  // namespace hookd
