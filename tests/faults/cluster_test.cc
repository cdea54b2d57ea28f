// Several hookd processes on one PostgreSQL, under load, while one of them or PostgreSQL fails.
#include <algorithm>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "hookd/v1/event_service.grpc.pb.h"
#include "tests/faults/ledger.h"
#include "tests/support/health.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_process.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

// Short, so that the tests are.
constexpr absl::Duration kLease = absl::Seconds(2);

// Of a call that nothing is waited for: far more than it takes on a busy machine, less than hookd's patience
// with PostgreSQL.
constexpr absl::Duration kAtOnce = absl::Seconds(3);

class ClusterFaultTest : public ::testing::Test {
 protected:
  static constexpr int kProcesses = 3;

  // The same database, found at another port.
  std::string UrlAt(int port) const {
    return absl::StrReplaceAll(url_,
                               {{absl::StrCat(":", postgres_->port(), "/"), absl::StrCat(":", port, "/")}});
  }
  // A process for each URL of the store, with webhooks and somebody who calls each of them.
  void Begin(const std::vector<std::string>& urls) {
    for (const std::string& url : urls) {
      servers_.push_back(ServerProcess::Start(data_.path(), {"--store=" + url, "--lease=2s"}));
      ASSERT_NE(servers_.back(), nullptr);
    }
    const v1::RetryPolicy retries = Retries(1000);
    for (int i = 0; i < 8; ++i) {
      const std::string id = absl::StrCat("w", i);
      CreateWebhook(servers_[0]->channel(), id, receiver_.Url("/" + id), &retries, /*ordered=*/i % 4 == 0);
    }
    for (const auto& server : servers_) {
      callers_.push_back(
          std::make_unique<Caller>(server->channel(), &ledger_, Caller::How::kUnary, /*persistent=*/true));
    }
    ASSERT_TRUE(MoreAreAcknowledged());
    begun_ = absl::Now();
  }
  void Begin() { Begin(std::vector<std::string>(kProcesses, url_)); }

  // Waits until so many more events are.
  bool MoreAreAcknowledged(size_t more = 100) {
    const size_t enough = ledger_.size() + more;
    for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
      if (ledger_.size() >= enough) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  static bool AwaitHealth(ServerProcess& server, const std::string& health) {
    for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
      if (HealthOf(server.channel()) == health) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  // Waits until it says that it does not serve, and has it refuse an event: then, not when its patience ends.
  static void ExpectRefused(ServerProcess& server) {
    EXPECT_TRUE(AwaitHealth(server, "NOT_SERVING"));
    v1::EmitEventRequest request;
    request.set_parent(kProject);
    request.mutable_event()->mutable_sent()->mutable_user()->set_email("m");
    grpc::Status status;
    // A call of before, which PostgreSQL has kept waiting, may be answered with it.
    for (int i = 0; i < 2; ++i) {
      v1::EmitEventResponse response;
      grpc::ClientContext context;
      context.set_deadline(absl::ToChronoTime(absl::Now() + (i == 0 ? kPatience : kAtOnce)));
      status = v1::EventService::NewStub(server.channel())->EmitEvent(&context, request, &response);
      EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
    }
    google::rpc::Status details;
    google::rpc::RetryInfo retry;
    ASSERT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_TRUE(std::any_of(details.details().begin(), details.details().end(), [&](const auto& detail) {
      return detail.UnpackTo(&retry);
    })) << details.DebugString();
    EXPECT_GT(retry.retry_delay().seconds(), 0);
  }
  void ExpectAllRefused() {
    for (const auto& server : servers_) ExpectRefused(*server);
  }
  // After the fault, without anybody's help.
  void ExpectServing() {
    for (const auto& server : servers_) EXPECT_TRUE(AwaitHealth(*server, "SERVING"));
    EXPECT_TRUE(MoreAreAcknowledged());
  }

  void End(const std::string& fault, absl::Time since) {
    for (const auto& caller : callers_) caller->Stop();
    ledger_.Audit(fault, servers_[0]->channel(), receiver_, since, begun_);
  }

  TempDir data_;
  HttpReceiver receiver_;
  Ledger ledger_;
  std::unique_ptr<PostgresServer> postgres_ = PostgresServer::Start();
  const std::string url_ = postgres_->NewDatabase();
  absl::Time begun_;  // the fault
  std::vector<std::unique_ptr<ServerProcess>> servers_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

TEST_F(ClusterFaultTest, OneOfThreeIsKilled) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  servers_.back()->Kill();
  const absl::Time killed = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("one hookd of three: kill -9", killed);
}

TEST_F(ClusterFaultTest, OneOfThreeStandsStillForLongerThanItsLease) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  servers_.back()->Signal(SIGSTOP);
  absl::SleepFor(kLease * 2);  // the fault itself
  servers_.back()->Signal(SIGCONT);
  const absl::Time woken = absl::Now();
  ExpectServing();
  End("one hookd of three: SIGSTOP for two leases", woken);
}

TEST_F(ClusterFaultTest, OneOfThreeIsCutOffFromPostgresForLongerThanItsLease) {
  TcpProxy proxy(postgres_->port());
  ASSERT_NO_FATAL_FAILURE(Begin({url_, url_, UrlAt(proxy.port())}));
  proxy.Cut();
  absl::SleepFor(kLease * 2);  // the fault itself
  ExpectRefused(*servers_.back());
  EXPECT_TRUE(MoreAreAcknowledged());  // by the others
  proxy.Mend();
  const absl::Time mended = absl::Now();
  ExpectServing();
  End("one hookd of three: cut off for two leases", mended);
  servers_.clear();
}

TEST_F(ClusterFaultTest, PostgresIsRestarted) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Stop();
  ExpectAllRefused();
  postgres_->StartAgain();
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: restarted", again);
}

TEST_F(ClusterFaultTest, PostgresIsKilled) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Kill();
  absl::SleepFor(kLease * 2);  // all leases end meanwhile
  ExpectAllRefused();
  postgres_->StartAgain();
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: kill -9, away for two leases", again);
}

TEST_F(ClusterFaultTest, PostgresBecomesReadOnly) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Set("default_transaction_read_only", "on");
  absl::SleepFor(kLease * 2);  // the fault itself
  ExpectAllRefused();
  postgres_->Set("default_transaction_read_only", "off");
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: read-only for two leases", again);
}

TEST_F(ClusterFaultTest, PostgresHasNoConnectionsLeft) {
  const std::string database = url_.substr(url_.rfind('/') + 1);
  // No limit holds for a superuser.
  postgres_->Execute("CREATE ROLE app LOGIN");
  postgres_->Execute(absl::StrCat("ALTER DATABASE ", database, " OWNER TO app"));
  const std::string url = absl::StrReplaceAll(url_, {{"hookd@", "app@"}});
  ASSERT_NO_FATAL_FAILURE(Begin(std::vector<std::string>(kProcesses, url)));
  postgres_->Execute("ALTER ROLE app CONNECTION LIMIT 0");
  postgres_->Execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = 'app'");
  absl::SleepFor(kLease * 2);  // the fault itself
  ExpectAllRefused();
  postgres_->Execute("ALTER ROLE app CONNECTION LIMIT -1");
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: out of connections for two leases", again);
}

TEST_F(ClusterFaultTest, PostgresHangs) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Pause();
  absl::SleepFor(kLease * 2);  // the fault itself
  ExpectAllRefused();
  postgres_->Resume();
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: hangs for longer than its patience", again);
}

// Slower than a disk that is nearly full of work, and still in time for leases: nothing is refused.
TEST_F(ClusterFaultTest, PostgresIsSlow) {
  TcpProxy proxy(postgres_->port());
  ASSERT_NO_FATAL_FAILURE(Begin(std::vector<std::string>(kProcesses, UrlAt(proxy.port()))));
  proxy.SetDelay(absl::Milliseconds(100));
  absl::SleepFor(kLease * 2);  // the fault itself
  EXPECT_TRUE(MoreAreAcknowledged());
  for (const auto& server : servers_) EXPECT_EQ(HealthOf(server->channel()), "SERVING");
  proxy.SetDelay(absl::ZeroDuration());
  const absl::Time again = absl::Now();
  ExpectServing();
  End("PostgreSQL: 0.2 s away for two leases", again);
  servers_.clear();
}

TEST_F(ClusterFaultTest, PostgresFailsOverToItsSynchronousStandby) {
  const auto standby = postgres_->StartStandby("second");
  postgres_->SetSynchronous("second");
  const std::string url =
      absl::StrReplaceAll(url_,
                          {{absl::StrCat(":", postgres_->port(), "/"),
                            absl::StrCat(":", postgres_->port(), ",127.0.0.1:", standby->port(), "/")}}) +
      "?target_session_attrs=read-write";
  ASSERT_NO_FATAL_FAILURE(Begin(std::vector<std::string>(kProcesses, url)));
  postgres_->Kill();
  ExpectAllRefused();
  standby->Promote();
  const absl::Time promoted = absl::Now();
  ExpectServing();
  End("PostgreSQL: kill -9, failover to its standby", promoted);
  servers_.clear();
}

}  // namespace
}  // namespace hookd
