// The methods of operators, over every transport.
#include <fstream>

#include "tests/integration/api/api_test.h"

namespace hookd {
namespace {

using ::testing::StartsWith;

class AdminApiTest : public ApiTest {};

TEST_P(AdminApiTest, ListsTheProcesses) {
  const auto nodes = Call<v1::ListNodesResponse>("AdminService.ListNodes", "");
  ASSERT_TRUE(nodes.ok()) << nodes.status();
  ASSERT_EQ(nodes->nodes_size(), 1);
  EXPECT_EQ(nodes->nodes(0).shard_count(), 128);
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
