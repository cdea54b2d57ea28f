// Several hookd processes on one PostgreSQL, under load, while one of them or PostgreSQL fails.
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tests/faults/ledger.h"
#include "tests/support/postgres_server.h"
#include "tests/support/server_process.h"
#include "tests/support/tcp_proxy.h"
#include "tests/support/temp_dir.h"

namespace hookd {
namespace {

// Short, so that the tests are.
constexpr absl::Duration kLease = absl::Seconds(2);

class ClusterFaultTest : public ::testing::Test {
 protected:
  static constexpr int kProcesses = 3;

  // One more process, which finds PostgreSQL at that port.
  void Start(int postgres_port) {
    const std::string url = absl::StrReplaceAll(
        url_, {{absl::StrCat(":", postgres_->port(), "/"), absl::StrCat(":", postgres_port, "/")}});
    servers_.push_back(ServerProcess::Start(data_.path(), {"--store=" + url, "--lease=2s"}));
    ASSERT_NE(servers_.back(), nullptr);
  }
  // All processes, with webhooks and somebody who calls each of them.
  void Begin(int postgres_port_of_last = 0) {
    for (int i = 0; i < kProcesses; ++i) {
      const bool last = i + 1 == kProcesses && postgres_port_of_last != 0;
      ASSERT_NO_FATAL_FAILURE(Start(last ? postgres_port_of_last : postgres_->port()));
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
  }

  // Waits until so many more events are.
  bool MoreAreAcknowledged(size_t more = 100) {
    const size_t enough = ledger_.size() + more;
    for (const absl::Time deadline = absl::Now() + kPatience; absl::Now() < deadline;) {
      if (ledger_.size() >= enough) return true;
      absl::SleepFor(absl::Milliseconds(5));
    }
    return false;
  }

  void End(const std::string& fault, absl::Time since) {
    for (const auto& caller : callers_) caller->Stop();
    ledger_.Audit(fault, servers_[0]->channel(), receiver_, since);
  }

  TempDir data_;
  HttpReceiver receiver_;
  Ledger ledger_;
  std::unique_ptr<PostgresServer> postgres_ = PostgresServer::Start();
  const std::string url_ = postgres_->NewDatabase();
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
  EXPECT_TRUE(MoreAreAcknowledged());
  End("one hookd of three: SIGSTOP for two leases", woken);
}

TEST_F(ClusterFaultTest, OneOfThreeIsCutOffFromPostgresForLongerThanItsLease) {
  TcpProxy proxy(postgres_->port());
  ASSERT_NO_FATAL_FAILURE(Begin(proxy.port()));
  proxy.Cut();
  absl::SleepFor(kLease * 2);  // the fault itself
  proxy.Mend();
  const absl::Time mended = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("one hookd of three: cut off for two leases", mended);
  servers_.clear();
}

TEST_F(ClusterFaultTest, PostgresIsRestarted) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Stop();
  postgres_->StartAgain();
  const absl::Time again = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("PostgreSQL: restarted", again);
}

TEST_F(ClusterFaultTest, PostgresIsKilled) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Kill();
  absl::SleepFor(kLease * 2);  // all leases end meanwhile
  postgres_->StartAgain();
  const absl::Time again = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("PostgreSQL: kill -9, away for two leases", again);
}

TEST_F(ClusterFaultTest, PostgresBecomesReadOnly) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Set("default_transaction_read_only", "on");
  absl::SleepFor(kLease * 2);  // the fault itself
  postgres_->Set("default_transaction_read_only", "off");
  const absl::Time again = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("PostgreSQL: read-only for two leases", again);
}

TEST_F(ClusterFaultTest, EveryConnectionOfPostgresIsEndedAndNoneIsTaken) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  const std::string database = url_.substr(url_.rfind('/') + 1);
  postgres_->Execute(absl::StrCat("ALTER DATABASE ", database, " CONNECTION LIMIT 0"));
  postgres_->Execute("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" +
                     database + "'");
  absl::SleepFor(kLease * 2);  // the fault itself
  postgres_->Execute(absl::StrCat("ALTER DATABASE ", database, " CONNECTION LIMIT -1"));
  const absl::Time again = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("PostgreSQL: out of connections for two leases", again);
}

TEST_F(ClusterFaultTest, PostgresHangs) {
  ASSERT_NO_FATAL_FAILURE(Begin());
  postgres_->Pause();
  absl::SleepFor(kLease * 2);  // the fault itself
  postgres_->Resume();
  const absl::Time again = absl::Now();
  EXPECT_TRUE(MoreAreAcknowledged());
  End("PostgreSQL: hangs for two leases", again);
}

}  // namespace
}  // namespace hookd
