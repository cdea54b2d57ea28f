#include "server_status.h"

#include "base/limits.h"
#include "base/version.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/unit/delivery/test_engine.h"

namespace hookd {
namespace {

using ::testing::HasSubstr;

class ServerStatusTest : public ::testing::Test {
 protected:
  v1::Server Read() {
    auto server = status_.Read();
    EXPECT_TRUE(server.ok()) << server.status();
    return server.value_or(v1::Server());
  }

  TestEngine engine_;
  Tokens tokens_{&engine_.store, &engine_.clock};
  Health health_{"", {}};
  ClusterNode node_{{.cluster = nullptr,
                     .engine = engine_.engine.get(),
                     .tokens = &tokens_,
                     .health = &health_,
                     .clock = &engine_.clock}};
  ServerStatus status_{
      {.health = &health_,
       .node = &node_,
       .engine = engine_.engine.get(),
       .store = &engine_.store,
       .http = engine_.http.get(),
       .clock = &engine_.clock,
       .store_location = "PostgreSQL at db/hookd",
       .max_store_bytes = 0,
       .min_free_bytes = 0,
       .settings = {{.name = "retention", .value = "7d", .default_value = "30d", .description = "d"},
                    {.name = "lease", .value = "10s", .default_value = "10s", .description = "l"}}}};
};

TEST_F(ServerStatusTest, SaysWhatTheProcessIsAndHowItIsSetUp) {
  const v1::Server server = Read();
  EXPECT_EQ(server.version(), kVersion);
  EXPECT_EQ(server.node(), "nodes/only");
  EXPECT_EQ(server.start_time().seconds(), absl::ToUnixSeconds(engine_.clock.Now()));
  ASSERT_EQ(server.settings_size(), 2);
  EXPECT_EQ(server.settings(0).name(), "retention");
  EXPECT_EQ(server.settings(0).value(), "7d");
  EXPECT_TRUE(server.settings(0).customized());
  EXPECT_FALSE(server.settings(1).customized());
}

TEST_F(ServerStatusTest, ServesOnceItHasRecovered) {
  EXPECT_FALSE(Read().serving());
  health_.SetRecovered();
  EXPECT_TRUE(Read().serving());
  EXPECT_TRUE(Read().store().writable());
  health_.SetWritable(false);
  EXPECT_FALSE(Read().serving());
  EXPECT_FALSE(Read().store().writable());
}

TEST_F(ServerStatusTest, AStoreOnAnotherMachineHasItsLastMeasuredSizeAndNoDisk) {
  v1::ServerStore store = Read().store();
  EXPECT_EQ(store.engine(), v1::STORE_ENGINE_POSTGRESQL);
  EXPECT_EQ(store.location(), "PostgreSQL at db/hookd");
  EXPECT_FALSE(store.has_bytes() || store.has_free_bytes() || store.has_min_free_bytes());
  EXPECT_TRUE(store.has_room());
  engine_.store.SetBytes(42);
  engine_.clock.FireDue();
  EXPECT_EQ(Read().store().bytes(), 42);
}

TEST_F(ServerStatusTest, TheLoadIsThatOfTheMoment) {
  engine_.Create("a", {.max_concurrency = 1});
  engine_.Emit(3);
  engine_.clock.Advance(absl::Seconds(2));
  const v1::ServerLoad load = Read().load();
  EXPECT_EQ(load.pending_delivery_count(), 3);
  EXPECT_EQ(load.attempt_count(), 1);
  EXPECT_EQ(load.max_attempt_count(), limits::kMaxConcurrency);
  EXPECT_EQ(load.oldest_waiting().seconds(), 2);
  EXPECT_EQ(load.shard_count(), 128);
  EXPECT_EQ(load.queued_write_count(), 0);
  engine_.store.HoldCommits();
  engine_.Emit();
  EXPECT_EQ(Read().load().queued_write_count(), 1);
  engine_.store.ReleaseCommits();
}

TEST_F(ServerStatusTest, SaysNothingOnceItIsStopped) {
  status_.Stop();
  const auto server = status_.Read();
  EXPECT_EQ(server.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(server.status().message()), HasSubstr("shutting down"));
}

}  // namespace
}  // namespace hookd
