#include "api/handlers/admin_service.h"

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/fake_cluster.h"
#include "tests/unit/api/api_test.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AdminServiceTest : public ApiTest {
 protected:
  using BackupCall = TestStream<v1::BackupRequest, v1::BackupResponse>;

  AdminServiceTest() {
    list_nodes_ = [this](auto done) { cluster_.ListNodes(std::move(done)); };
  }

  std::unique_ptr<BackupCall> StartBackup() {
    return std::make_unique<BackupCall>(api_, &reports_, TestCaller(), "AdminService/Backup",
                                        v1::BackupRequest());
  }

  // Reads a whole backup: its chunks and its final status.
  absl::Status Backup(std::vector<std::string>& pieces) {
    const auto reader = StartBackup();
    v1::BackupResponse piece;
    while (reader->Read(&piece)) {
      pieces.push_back(piece.data());
      total_ = piece.total_bytes();
    }
    return reader->Finish();
  }

  FakeCluster cluster_{&store_};
  int64_t total_ = 0;
};

TEST_F(AdminServiceTest, TheServerIsReadOrNotThereAnyMore) {
  server_->set_version("1.2.3");
  v1::Server server;
  ASSERT_TRUE(Call("AdminService/GetServer", v1::GetServerRequest(), server).ok());
  EXPECT_EQ(server.version(), "1.2.3");
  server_ = absl::UnavailableError("hookd is shutting down");
  EXPECT_EQ(Call("AdminService/GetServer", v1::GetServerRequest(), server).code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(AdminServiceTest, ABackupIsTheStoresPiecesInTheirOrder) {
  store_.SetBackup({"one", "two", std::string("\xff\0", 2)});
  std::vector<std::string> pieces;
  EXPECT_TRUE(Backup(pieces).ok());
  EXPECT_THAT(pieces, ElementsAre("one", "two", std::string("\xff\0", 2)));
  EXPECT_EQ(total_, 8);
}

TEST_F(AdminServiceTest, OneAfterTheOtherWorks) {
  store_.SetBackup({"one"});
  for (int i = 0; i < 20; ++i) {
    std::vector<std::string> pieces;
    EXPECT_TRUE(Backup(pieces).ok());
  }
}

TEST_F(AdminServiceTest, AnErrorOfTheStoresEndsItWithIt) {
  store_.SetBackup({"one"});
  store_.FailReads(absl::UnavailableError("the disk is gone"));
  std::vector<std::string> pieces;
  const absl::Status status = Backup(pieces);
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("the disk is gone"));
}

TEST_F(AdminServiceTest, ASecondAtATimeIsRefusedUntilTheFirstIsCanceled) {
  // More than flow control sends to a caller that does not read.
  store_.SetBackup(std::vector<std::string>(1000, std::string(100000, 'x')));
  const auto first = StartBackup();
  v1::BackupResponse piece;
  ASSERT_TRUE(first->Read(&piece));
  std::vector<std::string> pieces;
  absl::Status second = Backup(pieces);
  EXPECT_EQ(second.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(second).retry_delay().seconds(), 0);
  first->TryCancel();
  while (first->Read(&piece)) {
  }
  EXPECT_EQ(first->Finish().code(), absl::StatusCode::kCancelled);
  store_.SetBackup({"one"});
  do {
    pieces.clear();
    second = Backup(pieces);
  } while (second.code() == absl::StatusCode::kResourceExhausted);
  EXPECT_TRUE(second.ok()) << second.message();
}

TEST_F(AdminServiceTest, NodesAreListedByNameInPages) {
  cluster_.SetNodes({{.id = "b"},
                     {.id = "a",
                      .address = "host:50051",
                      .version = "0.1.0",
                      .start_time = absl::FromUnixSeconds(7),
                      .shards = 64,
                      .figures = {.waiting = 3, .oldest_waiting = absl::Seconds(2), .in_flight = 1}}});
  v1::ListNodesRequest request;
  request.set_page_size(1);
  v1::ListNodesResponse page;
  ASSERT_TRUE(Call("AdminService/ListNodes", request, page).ok());
  ASSERT_EQ(page.nodes_size(), 1);
  EXPECT_EQ(page.nodes(0).name(), "nodes/a");
  EXPECT_EQ(page.nodes(0).address(), "host:50051");
  EXPECT_EQ(page.nodes(0).version(), "0.1.0");
  EXPECT_EQ(page.nodes(0).start_time().seconds(), 7);
  EXPECT_EQ(page.nodes(0).shard_count(), 64);
  EXPECT_EQ(page.nodes(0).waiting_delivery_count(), 3);
  EXPECT_EQ(page.nodes(0).oldest_waiting().seconds(), 2);
  EXPECT_EQ(page.nodes(0).attempts_in_flight(), 1);
  request.set_page_token(page.next_page_token());
  ASSERT_TRUE(Call("AdminService/ListNodes", request, page).ok());
  ASSERT_EQ(page.nodes_size(), 1);
  EXPECT_EQ(page.nodes(0).name(), "nodes/b");
  EXPECT_EQ(page.next_page_token(), "");
}

}  // namespace
}  // namespace hookd
