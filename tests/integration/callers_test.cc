// Who may call a real server: TLS, certificates and tokens, as hookctl meets them.
#include <csignal>
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "grpcpp/impl/codegen/client_unary_call.h"
#include "gtest/gtest.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tls_certificates.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kPatience = absl::Minutes(1);
constexpr char kAdmin[] = "hookd_administrators-own-secret";

class CallersTest : public ::testing::Test {
 protected:
  std::string WriteFile(const std::string& name, const std::string& contents) {
    const std::string path = folder_.path() + "/" + name;
    std::ofstream(path) << contents;
    std::filesystem::permissions(path,
                                 std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return path;
  }
  void Start(std::vector<std::string> flags) {
    server_ = ServerProcess::Start(folder_.path() + "/data", std::move(flags));
    ASSERT_NE(server_, nullptr);
  }
  void WriteTls(const TlsOptions& tls) {
    cert_ = WriteFile("cert.pem", tls.certificate);
    key_ = WriteFile("key.pem", tls.key);
  }
  ProgramResult Run(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(),
                     {"--server", server_->address(), "--project", "p", "--timeout", "5s"});
    return RunHookctl(std::move(arguments));
  }

  const TlsCertificates certificates_ = MakeTlsCertificates();
  TempDir folder_;
  std::string cert_, key_;
  std::unique_ptr<ServerProcess> server_;
};

// A port that other machines can reach needs more than the default.
TEST_F(CallersTest, ToListenForOtherMachinesItWantsTlsAndTokensOrToBeTold) {
  const std::string data = "--data_dir=" + folder_.path() + "/data";
  const auto refusal = RunHookd({"--listen=0.0.0.0:0", data});
  EXPECT_EQ(refusal.exit_code, 1);
  EXPECT_THAT(refusal.output, AllOf(HasSubstr("plaintext"), HasSubstr("without a token"),
                                    HasSubstr("--allow_insecure_listen")));
  EXPECT_THAT(RunHookd({"--listen=127.example.invalid:0", data}).output, HasSubstr("plaintext"))
      << "a name may lead anywhere";
  WriteTls(certificates_.good);
  const std::vector<std::string> tls = {"--tls_cert_file=" + cert_, "--tls_key_file=" + key_};
  EXPECT_THAT(RunHookd({"--listen=0.0.0.0:0", data, tls[0], tls[1]}).output,
              AllOf(HasSubstr("without a token"), Not(HasSubstr("plaintext"))));
  EXPECT_THAT(RunHookd({"--listen=0.0.0.0:0", data, "--require_tokens"}).output,
              AllOf(HasSubstr("plaintext"), Not(HasSubstr("without a token"))));
}

TEST_F(CallersTest, CertificatesThatAreNoneOrDoNotBelongTogetherAreRefused) {
  const std::string data = "--data_dir=" + folder_.path() + "/data";
  const std::string good = WriteFile("good.pem", certificates_.good.certificate);
  const std::string other_key = WriteFile("other.pem", certificates_.expired.key);
  for (const std::vector<std::string>& flags :
       {std::vector<std::string>{"--tls_cert_file=" + good},
        {"--tls_key_file=" + other_key},
        {"--tls_cert_file=" + good, "--tls_key_file=" + other_key},
        {"--tls_cert_file=" + good, "--tls_key_file=" + folder_.path() + "/none"},
        {"--tls_client_ca_file=" + good}}) {
    std::vector<std::string> all = {"--listen=127.0.0.1:0", data};
    all.insert(all.end(), flags.begin(), flags.end());
    const ProgramResult result = RunHookd(all);
    EXPECT_EQ(result.exit_code, 1) << flags[0];
    EXPECT_THAT(result.output, AllOf(HasSubstr("--tls_"), Not(HasSubstr("PRIVATE")))) << flags[0];
  }
}

TEST_F(CallersTest, TokensLetIntoTheirProjectsUntilTheyAreRevoked) {
  Start({"--tokens_file=" + WriteFile("tokens", std::string(kAdmin) + " admin *\n")});
  EXPECT_THAT(Run({"webhooks", "list"}).output, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(Run({"--token", "hookd_wrong", "webhooks", "list"}).output, HasSubstr("UNAUTHENTICATED"));
  EXPECT_EQ(Run({"--token", kAdmin, "webhooks", "list"}).exit_code, 0);

  const ProgramResult created =
      Run({"--token", kAdmin, "-o", "json", "tokens", "create", "--id", "t", "--roles", "read"});
  ASSERT_EQ(created.exit_code, 0) << created.output;
  const size_t at = created.output.find("hookd_");
  const std::string secret = created.output.substr(at, created.output.find('"', at) - at);
  const std::string file = WriteFile("secret", secret + "\n");
  EXPECT_EQ(Run({"--token", "@" + file, "webhooks", "list"}).exit_code, 0);
  EXPECT_THAT(Run({"--token", secret, "webhooks", "get", "projects/q/webhooks/w"}).output,
              HasSubstr("PERMISSION_DENIED"));
  EXPECT_THAT(Run({"--token", secret, "emit", "--sample", "sent"}).output, HasSubstr("PERMISSION_DENIED"));
  EXPECT_THAT(Run({"--token", secret, "tokens", "list"}).output, HasSubstr("PERMISSION_DENIED"));
  EXPECT_THAT(Run({"--token", secret, "admin", "backup", folder_.path() + "/backup"}).output,
              HasSubstr("PERMISSION_DENIED"));
  EXPECT_EQ(Run({"--token", kAdmin, "tokens", "revoke", "t"}).exit_code, 0);
  EXPECT_THAT(Run({"--token", secret, "webhooks", "list"}).output, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(server_->Stop().output, AllOf(Not(HasSubstr(secret)), Not(HasSubstr(kAdmin))));
}

TEST_F(CallersTest, ReflectionIsForCallersWithATokenAndHealthForAll) {
  Start({"--tokens_file=" + WriteFile("tokens", std::string(kAdmin) + " admin *\n")});
  const auto call = [&](const std::string& path, const std::string& token) {
    const grpc::internal::RpcMethod method(path.c_str(), grpc::internal::RpcMethod::NORMAL_RPC,
                                           server_->channel());
    const grpc::ByteBuffer request(nullptr, 0);
    grpc::ByteBuffer response;
    grpc::ClientContext context;
    if (!token.empty()) context.AddMetadata("authorization", "Bearer " + token);
    return grpc::internal::BlockingUnaryCall<grpc::ByteBuffer, grpc::ByteBuffer, grpc::ByteBuffer,
                                             grpc::ByteBuffer>(server_->channel().get(), method, &context,
                                                               request, &response)
        .error_code();
  };
  const std::string channelz = "/grpc.channelz.v1.Channelz/GetServers";
  const std::string reflection = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  for (const std::string& path : {channelz, reflection}) {
    EXPECT_EQ(call(path, ""), grpc::StatusCode::UNAUTHENTICATED) << path;
    EXPECT_NE(call(path, kAdmin), grpc::StatusCode::UNAUTHENTICATED) << path;
  }
  EXPECT_EQ(call(channelz, kAdmin), grpc::StatusCode::OK);
  EXPECT_EQ(call("/grpc.health.v1.Health/Check", ""), grpc::StatusCode::OK);
}

TEST_F(CallersTest, TheTokensFileIsReadAnewOnSighupAndOneThatIsBadChangesNothing) {
  const std::string file = WriteFile("tokens", std::string(kAdmin) + " admin *\n");
  Start({"--tokens_file=" + file});
  WriteFile("tokens", "nonsense\n");
  server_->Signal(SIGHUP);
  ASSERT_TRUE(server_->WaitUntilItSays("configuration not reloaded"));
  EXPECT_EQ(Run({"--token", kAdmin, "webhooks", "list"}).exit_code, 0);
  WriteFile("tokens", "hookd_another-secret-of-theirs read p\n");
  server_->Signal(SIGHUP);
  ASSERT_TRUE(server_->WaitUntilItSays("configuration reloaded"));
  EXPECT_EQ(Run({"--token", "hookd_another-secret-of-theirs", "webhooks", "list"}).exit_code, 0);
  EXPECT_THAT(Run({"--token", kAdmin, "webhooks", "list"}).output, HasSubstr("UNAUTHENTICATED"));
}

TEST_F(CallersTest, TlsFilesThatChangeAreTakenUpWithoutARestart) {
  WriteTls(certificates_.good);
  Start({"--tls_cert_file=" + cert_, "--tls_key_file=" + key_});
  const std::string authority = WriteFile("authority.pem", certificates_.authority);
  EXPECT_EQ(Run({"--cacert", authority, "webhooks", "list"}).exit_code, 0);
  EXPECT_NE(Run({"--tls", "webhooks", "list"}).exit_code, 0) << "the system does not trust it";
  EXPECT_NE(Run({"webhooks", "list"}).exit_code, 0) << "it does not speak clear text";
  const TlsCertificates renewed = MakeTlsCertificates();
  const std::string new_authority = WriteFile("new_authority.pem", renewed.authority);
  EXPECT_NE(Run({"--cacert", new_authority, "webhooks", "list"}).exit_code, 0);
  WriteTls(renewed.good);
  const absl::Time deadline = absl::Now() + kPatience;
  while (Run({"--cacert", new_authority, "webhooks", "list"}).exit_code != 0) {
    ASSERT_LT(absl::Now(), deadline);
  }
}

TEST_F(CallersTest, ACertificateStandsForTheTokenThatNamesIt) {
  WriteTls(certificates_.good);
  const std::string authority = WriteFile("authority.pem", certificates_.authority);
  Start({"--tls_cert_file=" + cert_, "--tls_key_file=" + key_, "--tls_client_ca_file=" + authority,
         "--tokens_file=" + WriteFile("tokens", std::string(kAdmin) + " admin *\n")});
  ASSERT_EQ(Run({"--cacert", authority, "--token", kAdmin, "tokens", "create", "--roles", "read",
                 "--client-identity", "elsewhere.test"})
                .exit_code,
            0);
  const auto with = [&](const TlsOptions& tls) {
    return Run({"--cacert", authority, "--cert", WriteFile("client.pem", tls.certificate), "--key",
                WriteFile("client_key.pem", tls.key), "webhooks", "list"});
  };
  EXPECT_EQ(with(certificates_.wrong_name).exit_code, 0) << "its name is elsewhere.test";
  EXPECT_THAT(with(certificates_.good).output, HasSubstr("UNAUTHENTICATED")) << "no token names it";
  EXPECT_NE(with(certificates_.self_signed).exit_code, 0);
  EXPECT_NE(with(MakeTlsCertificates().wrong_name).exit_code, 0) << "of another authority";
  EXPECT_THAT(Run({"--cacert", authority, "webhooks", "list"}).output, HasSubstr("UNAUTHENTICATED"));
  // RFC 9525: a certificate that has alternative names is known by them alone, and by no common name is an
  // address.
  for (const char* identity : {"common.test", "127.0.0.1"}) {
    ASSERT_EQ(Run({"--cacert", authority, "--token", kAdmin, "tokens", "create", "--roles", "read",
                   "--client-identity", identity})
                  .exit_code,
              0);
  }
  EXPECT_THAT(with(certificates_.other_names).output, HasSubstr("UNAUTHENTICATED"));
  EXPECT_THAT(with(certificates_.common_name).output, HasSubstr("UNAUTHENTICATED"));
  EXPECT_EQ(with(certificates_.good).exit_code, 0) << "127.0.0.1 is an alternative name of it";
}

}  // namespace
}  // namespace hookd
