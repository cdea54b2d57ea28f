// The methods of operators, over every transport.
#include <fstream>
#include <map>
#include <string>

#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class AdminApiTest : public ApiTest {};

TEST_P(AdminApiTest, ListsTheProcesses) {
  const auto nodes = Call<v1::ListNodesResponse>("AdminService.ListNodes", "");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  ASSERT_EQ(nodes->nodes_size(), 1);
  EXPECT_EQ(nodes->nodes(0).shard_count(), 128);
}

TEST_P(AdminApiTest, ShowsTheProcessItsStoreItsLoadAndItsSettings) {
  Start({"--retention=7d", "--egress_proxy=http://user:s3cret@127.0.0.1:1"});
  CreateWebhook("w");
  const auto server = Call<v1::Server>("AdminService.GetServer", "");
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_NE(server->version(), "");
  EXPECT_EQ(server->node(), "nodes/only");
  EXPECT_TRUE(server->serving());
  EXPECT_GT(server->start_time().seconds(), 0);
  EXPECT_EQ(server->store().engine(), v1::STORE_ENGINE_SQLITE);
  EXPECT_GT(server->store().bytes(), 0);
  EXPECT_GT(server->store().free_bytes(), 0);
  EXPECT_GT(server->store().min_free_bytes(), 0);
  EXPECT_FALSE(server->store().has_max_bytes());
  EXPECT_TRUE(server->store().has_room());
  EXPECT_TRUE(server->store().writable());
  EXPECT_EQ(server->load().shard_count(), 128);
  EXPECT_GT(server->load().max_attempt_count(), 0);
  EXPECT_GE(server->load().grpc_connection_count() + server->load().http_connection_count(), 1);
  std::map<std::string, v1::Setting> settings;
  for (const v1::Setting& setting : server->settings()) settings[setting.name()] = setting;
  EXPECT_EQ(settings["retention"].value(), "7d");
  EXPECT_TRUE(settings["retention"].customized());
  EXPECT_EQ(settings["log_format"].value(), "text");
  EXPECT_FALSE(settings["log_format"].customized());
  EXPECT_THAT(settings["log_format"].description(), StartsWith("format of the log"));
  EXPECT_EQ(settings["egress_proxy"].value(), "http://[redacted]@127.0.0.1:1");
}

TEST_P(AdminApiTest, HookctlShowsTheServer) {
  Start({"--retention=7d"});
  const ProgramResult shown = RunHookctl({"--server", server_->address(), "admin", "server"});
  EXPECT_THAT(shown.output, HasSubstr("SQLite in " + data_.path()));
  EXPECT_THAT(shown.output, ::testing::ContainsRegex("retention +7d +30d"));
}

TEST_P(AdminApiTest, BacksUpWhatAHookdStartsOn) {
  CreateWebhook("w");
  const std::string event = Emit().event();
  AwaitDeliveries(1, "state = DELIVERED");
  TempDir restored;
  const auto backup = Client()->Open("AdminService.Backup", v1::BackupRequest());
  std::string bytes;
  v1::BackupResponse piece;
  int64_t total = 0;
  while (backup->Read(&piece)) {
    bytes += piece.data();
    if (piece.total_bytes() != 0) total = piece.total_bytes();
  }
  EXPECT_TRUE(backup->Finish().ok());
  EXPECT_THAT(bytes, StartsWith("SQLite format 3"));
  EXPECT_EQ(static_cast<int64_t>(bytes.size()), total);
  std::ofstream(restored.path() + "/hookd.db", std::ios::binary) << bytes;
  server_->Stop();
  const auto second = ServerProcess::Start(restored.path());
  ASSERT_NE(second, nullptr);
  const auto read = CallBy<v1::Event>(*MakeGrpcApiClient(second->channel()), "EventService.GetEvent",
                                      absl::StrCat("name: '", event, "'"));
  EXPECT_TRUE(read.ok()) << read.status();
}

HOOKD_TEST_TRANSPORTS(AdminApiTest);

}  // namespace
}  // namespace hookd
