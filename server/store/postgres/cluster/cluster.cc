#include "store/postgres/cluster/cluster.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/thread_name.h"
#include "store/postgres/cluster/notices.h"
#include "store/postgres/reads.h"

namespace hookd {
namespace {

// Between two reads of the configuration, and how long the result may be used.
constexpr absl::Duration kLook = absl::Milliseconds(250);
constexpr absl::Duration kConfigurationHolds = absl::Seconds(1);

// Between two reads of deliveries without a notice.
constexpr absl::Duration kLookForArrivals = absl::Seconds(1);

// Between two attempts to use the connection while there is none.
constexpr absl::Duration kPause = absl::Milliseconds(50);

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresCluster>> PostgresCluster::Create(const std::string& url,
                                                                         Parts parts) {
  std::unique_ptr<PostgresCluster> cluster(new PostgresCluster(std::move(parts)));
  PostgresCluster* const self = cluster.get();
  auto session = PostgresSession::Open(
      {.url = url,
       .name = absl::StrCat("hookd ", self->parts_.node->id(), " cluster"),
       .prepare = [self](PostgresConnection& connection) {
         ++self->connections_;
         return connection.Execute(absl::StrCat("LISTEN \"", self->parts_.shards->channel(), "\""));
       }});
  if (!session.ok()) return session.status();
  cluster->session_ = *std::move(session);
  const auto connection = cluster->session_->Get();
  if (!connection.ok()) return connection.status();
  auto changes = PostgresChanges::Create(**connection, cluster->parts_.secrets);
  if (!changes.ok()) return changes.status();
  cluster->changes_ = *std::move(changes);
  cluster->thread_ = std::thread([self] { self->Run(); });
  return cluster;
}

PostgresCluster::PostgresCluster(Parts parts)
    : parts_(std::move(parts)), wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

PostgresCluster::~PostgresCluster() {
  PostgresCluster::Leave(limits::kPostgresPatience);
  session_.reset();
  close(wake_);
}

void PostgresCluster::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof(one));
}

void PostgresCluster::Join(const std::string& address, Listener* listener) {
  absl::MutexLock lock(&mutex_);
  address_ = address;
  joined_ = listener;
  commands_.heartbeat = true;
  Wake();
}

void PostgresCluster::Release(const std::vector<int>& shards) {
  absl::MutexLock lock(&mutex_);
  commands_.handed_over.insert(commands_.handed_over.end(), shards.begin(), shards.end());
  Wake();
}

void PostgresCluster::SetWatched(bool watched, std::function<void()> done) {
  absl::MutexLock lock(&mutex_);
  commands_.watched.emplace_back(watched, std::move(done));
  Wake();
}

void PostgresCluster::AwaitKnown(int64_t webhook_key, int64_t revision, std::function<void()> done) {
  const absl::Time deadline = clock_->Steady() + parts_.node->lease_time();
  {
    absl::MutexLock lock(&mutex_);
    if (!left_) {
      commands_.awaited.push_back({webhook_key, revision, deadline, std::move(done)});
      return Wake();
    }
  }
  done();
}

void PostgresCluster::SetAble(bool able) {
  absl::MutexLock lock(&mutex_);
  able_ = able;
  commands_.heartbeat = true;
  Wake();
}

void PostgresCluster::Retire() {
  absl::MutexLock lock(&mutex_);
  retired_ = true;
  commands_.heartbeat = true;
  Wake();
}

void PostgresCluster::Leave(absl::Duration at_most) {
  {
    absl::MutexLock lock(&mutex_);
    leaving_ = true;
    leave_patience_ = at_most;
    Wake();
  }
  if (thread_.joinable()) thread_.join();
}

void PostgresCluster::ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) {
  parts_.read([lease = parts_.node->lease_time(), done](absl::StatusOr<PostgresConnection*> connection) {
    done(connection.ok() ? postgres::ListNodes(**connection, lease) : connection.status());
  });
}

void PostgresCluster::LoadShards(std::vector<int> shards,
                                 std::function<void(absl::StatusOr<ShardContents>)> done) {
  parts_.read([numbers = std::vector<int64_t>(shards.begin(), shards.end()),
               done](absl::StatusOr<PostgresConnection*> connection) {
    if (!connection.ok()) return done(connection.status());
    ShardContents takeover;
    auto backlogs = postgres::LoadBacklogs(**connection, numbers);
    if (!backlogs.ok()) return done(backlogs.status());
    takeover.backlogs = *std::move(backlogs);
    const auto failing =
        (*connection)
            ->Query(
                "SELECT key, failing_since FROM webhooks WHERE failing_since IS NOT NULL AND "
                "delete_time IS NULL AND " HOOKD_POSTGRES_SHARD("key") " = ANY ($1::bigint[])",
                std::move(PostgresParameters().Ints(numbers)));
    if (!failing.ok()) return done(failing.status());
    for (int i = 0; i < failing->size(); ++i) {
      takeover.failing_since.emplace_back(failing->Int(i, 0), absl::FromUnixMicros(failing->Int(i, 1)));
    }
    auto health = postgres::LoadHealth(**connection, numbers);
    if (!health.ok()) return done(health.status());
    takeover.health = *std::move(health);
    done(std::move(takeover));
  });
}

void PostgresCluster::Run() {
  NameThread("hookd-cluster");
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (leaving_) break;
      listener_ = joined_;
    }
    EndLate();
    const auto connection = session_->Get();
    absl::Status status = connection.status();
    if (connection.ok()) status = Round(**connection);
    if (status.ok() != reachable_) {
      reachable_ = status.ok();
      if (listener_ != nullptr) listener_->OnReachable(reachable_);
      if (!reachable_) LogWarning("cluster state cannot be read", {{"error", status.message()}});
    }
    if (!connection.ok()) {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(&leaving_), kPause);
      continue;
    }
    uint64_t woken = 0;
    [[maybe_unused]] const ssize_t count = read(wake_, &woken, sizeof(woken));
    const absl::Time next = std::min({next_heartbeat_, next_look_, next_arrivals_});
    const absl::Duration wait =
        status.ok() ? std::clamp(next - clock_->Steady(), absl::ZeroDuration(), kLook) : kPause;
    if (count <= 0) (*connection)->AwaitNotification(wake_, wait);
  }
  absl::Duration patience;
  {
    absl::MutexLock lock(&mutex_);
    patience = leave_patience_;
  }
  Depart(patience);
  std::vector<Awaited> awaited;
  {
    absl::MutexLock lock(&mutex_);
    left_ = true;
    awaited = std::move(commands_.awaited);
  }
  for (const Awaited& each : awaited) each.done();
  known_.EndAll();
}

absl::Status PostgresCluster::Round(PostgresConnection& connection) {
  // Before the tables are read, so that no later notice is missed.
  const int connections = connections_.load();
  absl::Status status = DoCommands(connection);
  if (status.ok() && clock_->Steady() >= next_heartbeat_) status = DoHeartbeat(connection);
  if (!status.ok()) return status;
  if (heard_connection_ != connections) {
    if (heard_connection_ != 0 && listener_ != nullptr) status = CatchUp(connection);
    if (!status.ok()) return status;
    heard_connection_ = connections;
  }
  Hear(connection);
  if (listener_ == nullptr) {
    next_look_ = next_arrivals_ = next_heartbeat_;
    return absl::OkStatus();
  }
  if (clock_->Steady() >= next_look_) {
    const absl::Time sent = clock_->Steady();
    status = ReadConfiguration(connection);
    if (!status.ok()) return status;
    next_look_ = sent + kLook;
    listener_->OnConfirmed(std::min(lease_end_, sent + kConfigurationHolds));
    if (watched_) status = changes_->LookAtOutcomes(connection, parts_.node->lease().slot, *listener_);
    if (!status.ok()) return status;
  }
  if (clock_->Steady() >= next_arrivals_) {
    next_arrivals_ = clock_->Steady() + kLookForArrivals;
    status = changes_->LookAtArrivals(connection, HeldShards(), *listener_);
  }
  Hear(connection);
  return status;
}

absl::Status PostgresCluster::DoCommands(PostgresConnection& connection) {
  Commands commands;
  {
    absl::MutexLock lock(&mutex_);
    commands = std::exchange(commands_, {});
  }
  if (commands.heartbeat) next_heartbeat_ = absl::InfinitePast();
  absl::Status status;
  if (!commands.handed_over.empty()) {
    // From here on, the next holder is notified of what this process stores for them.
    for (const int64_t shard : commands.handed_over) parts_.shards->Set(static_cast<int>(shard), false);
    status = postgres::Release(connection, *parts_.node, commands.handed_over);
    if (status.ok()) {
      for (const int64_t shard : commands.handed_over) held_.erase(static_cast<int>(shard));
      status = NotifyOthers(connection);
    }
  }
  if (status.ok()) commands.handed_over.clear();
  std::vector<std::function<void()>> done;
  while (status.ok() && !commands.watched.empty()) {
    const bool watched = commands.watched.front().first;
    if (watched && !watched_) status = changes_->BeginOutcomes(connection, parts_.node->lease().slot);
    if (!status.ok()) break;
    watched_ = watched;
    done.push_back(std::move(commands.watched.front().second));
    commands.watched.erase(commands.watched.begin());
  }
  for (const auto& each : done) each();
  if (status.ok() && !commands.awaited.empty()) status = AwaitOthers(connection, commands.awaited);
  // After an error these commands are repeated in the next round, before newer ones.
  absl::MutexLock lock(&mutex_);
  commands_.handed_over.insert(commands_.handed_over.begin(), commands.handed_over.begin(),
                               commands.handed_over.end());
  commands_.awaited.insert(commands_.awaited.begin(), std::make_move_iterator(commands.awaited.begin()),
                           std::make_move_iterator(commands.awaited.end()));
  commands_.watched.insert(commands_.watched.begin(), std::make_move_iterator(commands.watched.begin()),
                           std::make_move_iterator(commands.watched.end()));
  return status;
}

absl::Status PostgresCluster::AwaitOthers(PostgresConnection& connection, std::vector<Awaited>& awaited) {
  const auto slots = postgres::OtherSlots(connection, *parts_.node);
  if (!slots.ok()) return slots.status();
  for (Awaited& each : std::exchange(awaited, {})) {
    // A repeated answer: all processes have known the change for long.
    const bool old = each.revision < changes_->oldest_revision();
    known_.Await(each.webhook_key, each.revision, old ? std::set<int>() : *slots, each.deadline,
                 std::move(each.done));
  }
  return absl::OkStatus();
}

void PostgresCluster::EndLate() {
  const absl::Time now = clock_->Steady();
  std::vector<Awaited> late;
  {
    absl::MutexLock lock(&mutex_);
    std::vector<Awaited>& awaited = commands_.awaited;
    const auto first = std::stable_partition(awaited.begin(), awaited.end(),
                                             [now](const Awaited& each) { return each.deadline > now; });
    late.assign(std::make_move_iterator(first), std::make_move_iterator(awaited.end()));
    awaited.erase(first, awaited.end());
  }
  for (const Awaited& each : late) each.done();
  const int silent = known_.End(now, changes_->oldest_revision());
  if (silent + late.size() == 0) return;
  LogWarning(
      "webhook changes not confirmed by every process in time",
      {{"changes", silent + late.size()}, {"waited", absl::FormatDuration(parts_.node->lease_time())}});
}

absl::Status PostgresCluster::ReadConfiguration(PostgresConnection& connection) {
  const absl::Status status = changes_->LookAtConfiguration(connection, *listener_);
  if (!status.ok()) return status;
  const int slot = parts_.node->lease().slot;
  PostgresNotices notices;
  for (const auto& [webhook_key, revision] : changes_->reported()) notices.Knows(slot, webhook_key, revision);
  for (const std::string& text : notices.Take()) {
    const absl::Status notified = Notify(connection, text);
    if (!notified.ok()) return notified;
  }
  changes_->ForgetReported();
  return absl::OkStatus();
}

absl::Status PostgresCluster::NotifyOthers(PostgresConnection& connection) {
  return Notify(connection, kNodesNotice);
}

absl::Status PostgresCluster::Notify(PostgresConnection& connection, absl::string_view text) {
  return connection
      .Query("SELECT pg_notify($1, $2)",
             std::move(PostgresParameters().Text(parts_.shards->channel()).Text(text)))
      .status();
}

void PostgresCluster::Hear(PostgresConnection& connection) {
  while (PGnotify* const notification = PQnotifies(connection.connection())) {
    PostgresNotice notice = ReadNotice(notification->extra);
    PQfreemem(notification);
    if (notice.nodes) next_heartbeat_ = absl::InfinitePast();
    if (notice.configuration) next_look_ = absl::InfinitePast();
    for (const PostgresNotice::Known& known : notice.known) {
      known_.Known(known.slot, known.webhook_key, known.revision);
    }
    if (listener_ == nullptr) continue;
    const auto not_held = [this](const auto& each) { return !held_.contains(ShardOf(each.webhook_key)); };
    auto& arrivals = notice.arrivals;
    arrivals.erase(std::remove_if(arrivals.begin(), arrivals.end(), not_held), arrivals.end());
    if (!arrivals.empty()) listener_->OnArrived(arrivals);
    for (const PostgresNotice::WaitAgain& again : notice.wait_again) {
      if (!not_held(again))
        listener_->OnRedelivered(again.project, again.webhook_key, again.count, again.due);
    }
  }
}

absl::Status PostgresCluster::CatchUp(PostgresConnection& connection) {
  const auto backlogs = postgres::LoadBacklogs(connection, HeldShards());
  if (!backlogs.ok()) return backlogs.status();
  std::vector<Arrival> arrivals;
  for (const Backlog& backlog : *backlogs) {
    arrivals.push_back({.project = backlog.project, .webhook_key = backlog.webhook_key, .keys = {}});
  }
  if (!arrivals.empty()) listener_->OnArrived(arrivals);
  // Redelivered ones are in the backlog already.
  for (const Backlog& backlog : *backlogs) {
    if (backlog.next_due != absl::InfiniteFuture())
      listener_->OnRedelivered(backlog.project, backlog.webhook_key, 0, backlog.next_due);
  }
  return absl::OkStatus();
}

std::vector<int64_t> PostgresCluster::HeldShards() const {
  std::vector<int64_t> shards;
  for (const auto& [shard, held] : held_) shards.push_back(shard);
  return shards;
}

void PostgresCluster::Depart(absl::Duration patience) {
  for (const auto& [shard, held] : held_) parts_.shards->Set(shard, false);
  // Without the server everything ends when the lease expires.
  const absl::Time deadline = clock_->Steady() + patience;
  auto connection = session_->Get();
  while (!connection.ok() && clock_->Steady() < deadline) {
    absl::SleepFor(kPause);
    connection = session_->Get();
  }
  if (!connection.ok()) return;
  absl::Status status = postgres::Release(**connection, *parts_.node, HeldShards());
  if (status.ok()) status = parts_.node->Release(**connection);
  if (status.ok()) status = NotifyOthers(**connection);
  if (!status.ok())
    LogWarning("slot not released: it is free when its lease expires", {{"error", status.message()}});
}

}  // namespace hookd
