#include "rpc/admin_service.h"

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "tests/support/fake_cluster.h"
#include "tests/unit/rpc/services.h"

namespace hookd {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AdminServiceTest : public ::testing::Test {
 protected:
  AdminServiceTest() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&service_);
    server_ = builder.BuildAndStart();
    stub_ = v1::AdminService::NewStub(server_->InProcessChannel({}));
  }
  ~AdminServiceTest() override { server_->Shutdown(); }

  // The pieces of a backup, and how it ended.
  grpc::Status Backup(std::vector<std::string>& pieces) {
    grpc::ClientContext context;
    const auto reader = stub_->Backup(&context, v1::BackupRequest());
    v1::BackupResponse piece;
    while (reader->Read(&piece)) {
      pieces.push_back(piece.data());
      total_ = piece.total_bytes();
    }
    return reader->Finish();
  }

  FakeClock clock_;
  FakeStore store_{&clock_};
  FakeCluster cluster_{&store_};
  AdminService service_{Callers(), &store_, [this](auto done) { cluster_.ListNodes(std::move(done)); }};
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::AdminService::Stub> stub_;
  int64_t total_ = 0;
};

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
  const grpc::Status status = Backup(pieces);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_THAT(status.error_message(), HasSubstr("the disk is gone"));
}

TEST_F(AdminServiceTest, ASecondAtATimeIsRefusedUntilTheFirstIsCanceled) {
  // More than flow control lets through to a caller that does not read.
  store_.SetBackup(std::vector<std::string>(1000, std::string(100000, 'x')));
  grpc::ClientContext context;
  const auto first = stub_->Backup(&context, v1::BackupRequest());
  v1::BackupResponse piece;
  ASSERT_TRUE(first->Read(&piece));
  std::vector<std::string> pieces;
  grpc::Status second = Backup(pieces);
  EXPECT_EQ(second.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_GT(DetailOf<google::rpc::RetryInfo>(second).retry_delay().seconds(), 0);
  context.TryCancel();
  while (first->Read(&piece)) {
  }
  EXPECT_EQ(first->Finish().error_code(), grpc::StatusCode::CANCELLED);
  store_.SetBackup({"one"});
  do {
    pieces.clear();
    second = Backup(pieces);
  } while (second.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(second.ok()) << second.error_message();
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
  {
    grpc::ClientContext context;
    ASSERT_TRUE(stub_->ListNodes(&context, request, &page).ok());
  }
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
  grpc::ClientContext context;
  ASSERT_TRUE(stub_->ListNodes(&context, request, &page).ok());
  ASSERT_EQ(page.nodes_size(), 1);
  EXPECT_EQ(page.nodes(0).name(), "nodes/b");
  EXPECT_EQ(page.next_page_token(), "");
}

}  // namespace
}  // namespace hookd
