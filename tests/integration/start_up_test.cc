// What hookd says when it cannot start: one clear sentence and exit code 1.
#include <filesystem>
#include <fstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "http/curl/curl_client.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// One line that begins with the program's name.
auto IsOneSentence() {
  return ::testing::ResultOf([](const std::string& s) { return std::count(s.begin(), s.end(), '\n'); }, 1);
}

TEST(StartUpTest, ADataDirectoryThatCannotBeMadeIsRefused) {
  TempDir dir;
  std::ofstream(dir.path() + "/file") << "not a folder";
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path() + "/file/data"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(StartsWith("hookd: "), HasSubstr(dir.path()), IsOneSentence()));
}

TEST(StartUpTest, ADataDirectoryInUseIsRefused) {
  TempDir dir;
  const auto server = ServerProcess::Start(dir.path());
  ASSERT_NE(server, nullptr);
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("another hookd"), HasSubstr(dir.path()), IsOneSentence()));
}

TEST(StartUpTest, AStoreThatIsNoneIsRefused) {
  TempDir dir;
  std::ofstream(dir.path() + "/hookd.db") << std::string(8192, 'x');
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("hookd.db"), IsOneSentence()));
}

TEST(StartUpTest, APortInUseIsRefused) {
  TempDir one, other;
  const auto server = ServerProcess::Start(one.path());
  ASSERT_NE(server, nullptr);
  const ProgramResult result = RunHookd({"--listen=" + server->address(), "--data_dir=" + other.path()});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("cannot listen on " + server->address()));
}

TEST(StartUpTest, AnAddressThatIsNoneIsRefused) {
  TempDir dir;
  for (const std::string address : {"127.0.0.1:70000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", ":50051",
                                    "127.0.0.1:-1", "127.0.0.1:1,127.0.0.1:2"}) {
    const ProgramResult result = RunHookd({"--listen=" + address, "--data_dir=" + dir.path() + "/data"});
    EXPECT_EQ(result.exit_code, 1) << address;
    EXPECT_THAT(result.output,
                AllOf(HasSubstr("cannot listen on " + address), HasSubstr("host:port"), IsOneSentence()));
  }
}

TEST(StartUpTest, SettingsThatAreNotWhatTheyShouldBeAreRefusedByName) {
  TempDir dir;
  std::ofstream(dir.path() + "/keys") << "hunter2\n";
  for (const std::string& flag :
       {std::string("--egress_allow=10.0.0.0/33"), std::string("--egress_deny=host"),
        std::string("--egress_ports=http"), std::string("--egress_proxy=ftp://proxy"),
        std::string("--egress_name_servers=host"), "--encryption_key_file=" + dir.path() + "/keys",
        "--encryption_key_file=" + dir.path() + "/none"}) {
    const ProgramResult result =
        RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path() + "/data", flag});
    EXPECT_EQ(result.exit_code, 1) << flag;
    EXPECT_THAT(result.output, AllOf(StartsWith("hookd: "), IsOneSentence(), Not(HasSubstr("hunter2"))))
        << flag;
  }
}

TEST(StartUpTest, Http2ByAProxyIsRefused) {
  TempDir dir;
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path() + "/data",
                                         "--egress_http2", "--egress_proxy=http://127.0.0.1:3128"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("--egress_http2: HTTP/2 is not supported with a proxy"), IsOneSentence()));
}

TEST(StartUpTest, Http2WithALibcurlThatLosesAnswersIsRefused) {
  if (CurlClient::CheckHttp2().ok()) GTEST_SKIP() << "this libcurl loses none";
  TempDir dir;
  const ProgramResult result =
      RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + dir.path() + "/data", "--egress_http2"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("--egress_http2: libcurl"), IsOneSentence()));
}

TEST(StartUpTest, WithoutTheKeyOfItsSecretsAStoreIsRefused) {
  TempDir dir;
  const std::string keys = dir.path() + "/keys";
  std::ofstream(keys) << "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=\n";
  std::filesystem::permissions(keys, std::filesystem::perms::owner_read);
  const std::string data = dir.path() + "/data";
  {
    const auto server = ServerProcess::Start(data, {"--encryption_key_file=" + keys});
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(RunHookctl({"--server", server->address(), "webhooks", "create", "--url",
                          "https://example.com/", "--event-types", "all"})
                  .exit_code,
              0);
    EXPECT_THAT(server->Stop().output, Not(HasSubstr("unencrypted")));
  }
  const ProgramResult result = RunHookd({"--listen=127.0.0.1:0", "--data_dir=" + data});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("--encryption_key_file"), IsOneSentence()));
}

TEST(StartUpTest, AnUnknownFlagIsRefused) {
  EXPECT_EQ(RunHookd({"--no_such_flag"}).exit_code, 2);
  const ProgramResult result = RunHookd({"--listn", "127.0.0.1:0"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.output, "hookd: unknown flag --listn; did you mean --listen?\nSee hookd --help\n");
}

// libcurl would write the secrets of every TLS connection there.
TEST(StartUpTest, AKeyLogInTheEnvironmentIsIgnored) {
  TempDir dir;
  const std::string key_log = dir.path() + "/keys";
  const auto server = ServerProcess::Start(dir.path() + "/data", {}, {"SSLKEYLOGFILE=" + key_log});
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(server->Stop().output, HasSubstr("ignored SSLKEYLOGFILE"));
  EXPECT_FALSE(std::filesystem::exists(key_log));
}

TEST(StartUpTest, MetricsThatOtherMachinesCanReadAreSaidSo) {
  TempDir dir;
  const auto open = ServerProcess::Start(dir.path() + "/a", {"--metrics_listen=0.0.0.0:0"});
  ASSERT_NE(open, nullptr);
  EXPECT_THAT(open->Stop().output, HasSubstr("other machines can read the metrics"));
  const auto local = ServerProcess::Start(dir.path() + "/b", {"--metrics_listen=127.0.0.1:0"});
  ASSERT_NE(local, nullptr);
  EXPECT_THAT(local->Stop().output, Not(HasSubstr("other machines")));
}

TEST(StartUpTest, TokensThatAreRequiredAndNotThereAreExplained) {
  TempDir dir;
  const auto server = ServerProcess::Start(dir.path() + "/a", {"--require_tokens"});
  ASSERT_NE(server, nullptr);
  EXPECT_THAT(server->Stop().output, AllOf(HasSubstr("there is none"), HasSubstr("--tokens_file")));
}

TEST(StartUpTest, SaysWhereItListensWhereItsDataIsAndWhatToTryNext) {
  TempDir dir;
  const auto server = ServerProcess::Start(dir.path() + "/made/on/the/way");
  ASSERT_NE(server, nullptr);
  const ProgramResult result = server->Stop();
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("gRPC server listening address=" + server->address()),
                    HasSubstr(dir.path() + "/made/on/the/way"), HasSubstr("ready try=\"hookctl")));
}

}  // namespace
}  // namespace hookd
