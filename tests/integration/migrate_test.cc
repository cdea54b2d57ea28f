// From the embedded store to PostgreSQL: the real hookd, hookctl and PostgreSQL.
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "hookd/v1/delivery_service.grpc.pb.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "hookd/v1/webhook_service.grpc.pb.h"
#include "migrate_command.h"
#include "store/postgres/partitions.h"
#include "store/postgres/schema.h"
#include "tests/support/http_receiver.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_process.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

using ::testing::ContainsRegex;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(60);
// Several batches of the move.
constexpr int kWaiting = 5000;
constexpr int kDelivered = 10;

class MigrateTest : public ::testing::Test {
 protected:
  // hookctl runs the hookd of PATH.
  MigrateTest() {
    const std::string program = HookdProgram();
    setenv("PATH", absl::StrCat(program.substr(0, program.rfind('/')), ":", getenv("PATH")).c_str(),
           /*overwrite=*/1);
  }

  void CreateWebhook(ServerProcess& server) {
    v1::CreateWebhookRequest request;
    request.set_parent("projects/p");
    request.set_webhook_id("w");
    request.mutable_webhook()->set_url(receiver_.Url("/"));
    request.mutable_webhook()->add_event_types(v1::EVENT_TYPE_SENT);
    (*request.mutable_webhook()->mutable_headers())["X-Key"] = "hunter2";
    v1::Webhook webhook;
    grpc::ClientContext context;
    const auto status =
        v1::WebhookService::NewStub(server.channel())->CreateWebhook(&context, request, &webhook);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  // The names of the new events.
  static std::vector<std::string> Emit(ServerProcess& server, int count) {
    std::vector<std::string> names;
    while (static_cast<int>(names.size()) < count) {
      v1::BatchEmitEventsRequest request;
      request.set_parent("projects/p");
      for (int i = static_cast<int>(names.size()); i < count && request.requests_size() < 1000; ++i) {
        auto& one = *request.add_requests();
        one.set_parent("projects/p");
        one.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
      }
      v1::BatchEmitEventsResponse response;
      grpc::ClientContext context;
      const auto status =
          v1::EventService::NewStub(server.channel())->BatchEmitEvents(&context, request, &response);
      EXPECT_TRUE(status.ok()) << status.error_message();
      if (!status.ok()) break;
      for (const auto& each : response.responses()) names.push_back(each.event());
    }
    return names;
  }
  static std::vector<std::string> Deliveries(ServerProcess& server) {
    std::vector<std::string> names;
    v1::ListDeliveriesRequest request;
    request.set_parent("projects/p");
    request.set_page_size(1000);
    do {
      v1::ListDeliveriesResponse response;
      grpc::ClientContext context;
      EXPECT_TRUE(
          v1::DeliveryService::NewStub(server.channel())->ListDeliveries(&context, request, &response).ok());
      for (const auto& delivery : response.deliveries()) names.push_back(delivery.name());
      request.set_page_token(response.next_page_token());
    } while (!request.page_token().empty());
    return names;
  }

  TempDir data_;
  HttpReceiver receiver_;
  const std::string url_ = PostgresServer::Shared().NewDatabase();
  const std::string database_ = url_.substr(url_.rfind('/') + 1);
};

TEST_F(MigrateTest, WhatWasKilledGoesOnAndWhatWaitedIsDeliveredOnce) {
  auto server = ServerProcess::Start(data_.path(), {"--drain_timeout=0"});
  ASSERT_NE(server, nullptr);
  CreateWebhook(*server);
  Emit(*server, kDelivered);
  ASSERT_TRUE(receiver_.WaitForRequests(kDelivered, kPatience));
  while (RunHookctl({"--server", server->address(), "--project", "p", "deliveries", "list", "--state",
                     "pending", "-o", "json"})
             .output.find("\"name\"") != std::string::npos) {
  }
  receiver_.SetDefault({.hang = true});
  const std::vector<std::string> events = Emit(*server, kWaiting);
  ASSERT_THAT(events, SizeIs(kWaiting));
  const std::vector<std::string> before = Deliveries(*server);
  EXPECT_EQ(server->Stop().exit_code, 0);
  const size_t sent = receiver_.request_count();
  receiver_.SetDefault({.status = 200});

  // Somebody has the row of an event in the middle: the move stands there, and is killed.
  const std::vector<std::string> migrate = {"admin", "migrate", "--data-dir", data_.path(), "--store", url_};
  {
    const auto blocker = PostgresConnection::Open(url_, "test").value();
    ASSERT_TRUE(MigratePostgres(*blocker).ok());
    const int64_t key = DecodeId(events[kWaiting / 2].substr(events[0].rfind('/') + 1)).value();
    Partitions partitions;
    ASSERT_TRUE(partitions.Make(*blocker, TimeOfKey(key), 0).ok());
    ASSERT_TRUE(blocker->Execute("BEGIN; SET idle_in_transaction_session_timeout = 0").ok());
    ASSERT_TRUE(blocker->Execute(absl::StrCat("INSERT INTO events VALUES (", key, ", 1, 1, 1, '')")).ok());
    KillHookctl(migrate, [] {
      while (PostgresServer::Shared().Execute(
                 "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hookd move' AND "
                 "wait_event_type = 'Lock'") == "0") {
      }
    });
    ASSERT_TRUE(blocker->Execute("ROLLBACK").ok());
  }
  EXPECT_NE(PostgresServer::Shared().Execute("SELECT count(*) FROM events", database_), "0");
  EXPECT_EQ(PostgresServer::Shared().Execute("SELECT count(*) FROM deliveries", database_), "0");
  const ProgramResult early = RunHookd({"--store=" + url_, "--listen=127.0.0.1:0"});
  EXPECT_NE(early.exit_code, 0);
  EXPECT_THAT(early.output, HasSubstr("hookd migrate"));

  // In this process, which says that it is a terminal.
  std::ostringstream out, err;
  EXPECT_EQ(RunMigrate({"--from", data_.path(), "--to", url_}, {out, err, /*err_width=*/80}), 0) << err.str();
  EXPECT_THAT(out.str(),
              HasSubstr("Moved 1 webhook, 0 tokens, 5,010 events and 5,010 deliveries, of which 5,000 "
                        "are pending, to PostgreSQL at 127.0.0.1"));
  EXPECT_THAT(err.str(), ContainsRegex("%  [0-9,]+ rows"));
  EXPECT_THAT(RunHookd({"--data_dir=" + data_.path(), "--listen=127.0.0.1:0"}).output,
              HasSubstr("was moved to"));

  TempDir other;
  server = ServerProcess::Start(other.path(), {"--store=" + url_});
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(Deliveries(*server), before);
  ASSERT_TRUE(receiver_.WaitForRequests(sent + kWaiting, kPatience));
  EXPECT_EQ(server->Stop().exit_code, 0);
  std::map<std::string, int> arrivals;
  const auto requests = receiver_.requests();
  for (size_t i = sent; i < requests.size(); ++i) {
    ++arrivals[requests[i].header("Webhook-Id")];
    EXPECT_EQ(requests[i].header("X-Key"), "hunter2");
  }
  EXPECT_THAT(arrivals, SizeIs(kWaiting));
  EXPECT_THAT(arrivals, Each(::testing::Pair(::testing::_, 1)));
  for (const std::string& event : events) EXPECT_EQ(arrivals.count(event.substr(event.rfind('/') + 1)), 1U);
}

TEST_F(MigrateTest, WhatCannotBeMovedIsSaidInOneSentenceWithoutThePassword) {
  const ProgramResult none =
      RunHookctl({"admin", "migrate", "--data-dir", data_.path() + "/none", "--store", url_});
  EXPECT_EQ(none.exit_code, 5);
  EXPECT_THAT(none.output, HasSubstr("hookctl admin migrate is an alias: running hookd migrate"));
  EXPECT_THAT(none.output, HasSubstr("there is no embedded store in"));
  ASSERT_EQ(ServerProcess::Start(data_.path())->Stop().exit_code, 0);
  const ProgramResult away = RunHookctl({"admin", "migrate", "--data-dir", data_.path(), "--store",
                                         "postgresql://hookd:hunter2@127.0.0.1:1/x"});
  EXPECT_EQ(away.exit_code, 6);
  EXPECT_THAT(away.output, HasSubstr("PostgreSQL at 127.0.0.1:1/x"));
  EXPECT_THAT(away.output, Not(HasSubstr("hunter2")));
}

}  // namespace
}  // namespace hookd
