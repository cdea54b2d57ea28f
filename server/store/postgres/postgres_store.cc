#include "store/postgres/postgres_store.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "base/tuning.h"
#include "store/postgres/partitions.h"
#include "store/postgres/reads.h"
#include "store/postgres/reseal.h"
#include "store/postgres/schema.h"
#include "store/postgres/search.h"

namespace hookd {
namespace {

// Enough to read while retention deletes; each is a process of the server.
constexpr int kReaders = 3;

std::vector<int64_t> AllShards() {
  std::vector<int64_t> all(kShards);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

}  // namespace

absl::StatusOr<std::unique_ptr<PostgresStore>> PostgresStore::Create(Options options) {
  std::unique_ptr<PostgresStore> store(new PostgresStore(std::move(options)));
  const absl::Status opened = store->Open();
  if (!opened.ok()) return opened;
  return store;
}

PostgresStore::PostgresStore(Options options)
    : options_(std::move(options)),
      node_(options_.lease),
      writer_name_(absl::StrCat("hookd ", node_.id(), " writer")),
      search_(options_.search, options_.clock != nullptr ? options_.clock : Clock::Real()) {}

absl::Status PostgresStore::Open() {
  absl::Status status = PostgresConnection::CheckUrl(options_.url);
  if (!status.ok()) return status;
  {
    auto connection = PostgresConnection::Open(options_.url, "hookd start");
    if (!connection.ok()) return connection.status();
    status = MigratePostgres(**connection);
    if (status.ok()) status = ResealSecrets(**connection, options_.secrets);
    if (status.ok()) status = node_.Take(**connection);
    if (!status.ok()) return status;
    status = CheckMoveFinished(**connection);
    if (!status.ok()) {
      node_.Release(**connection).IgnoreError();
      return status;
    }
    // Unique to this store, even if several stores are in one database.
    const auto channel = (*connection)->Query("SELECT 'hookd_' || md5(current_schema())");
    if (!channel.ok()) return channel.status();
    shards_.SetChannel(std::string(channel->Text(0, 0)));
    const auto dangers = DangerousSettings(**connection);
    if (!dangers.ok()) return dangers.status();
    for (const std::string& danger : *dangers) LogWarning(danger);
  }
  writes_ = std::make_unique<PostgresWrites>(&node_, &shards_, options_.clock, &options_.secrets);
  auto writer = PostgresSession::Open(
      {.url = options_.url, .name = writer_name_, .prepare = [this](PostgresConnection& connection) {
         return PrepareWriter(connection);
       }});
  if (!writer.ok()) return writer.status();
  writer_ = *std::move(writer);
  HOOKD_ASSIGN_OR_RETURN(reads_, OpenPool(kReaders, "reader"));
  HOOKD_ASSIGN_OR_RETURN(engine_reads_, OpenPool(1, "engine reader"));
  HOOKD_ASSIGN_OR_RETURN(scans_, OpenPool(1, "scanner"));
  HOOKD_ASSIGN_OR_RETURN(searches_, OpenPool(1, "searcher"));
  HOOKD_ASSIGN_OR_RETURN(indexing_, OpenPool(1, "indexer"));
  auto cluster = PostgresCluster::Create(
      options_.url,
      {.node = &node_,
       .shards = &shards_,
       .secrets = &options_.secrets,
       .read =
           [this](std::function<void(absl::StatusOr<PostgresConnection*>)> read) {
             engine_reads_->Push([read = std::move(read)](PostgresSession& session) { read(session.Get()); });
           },
       .on_slot =
           [this](PostgresConnection& connection) {
             const auto last_key = postgres::LastKey(connection);
             if (last_key.ok()) writes_->SkipKeysTo(*last_key);
           }});
  if (!cluster.ok()) return cluster.status();
  cluster_ = *std::move(cluster);
  writes_->Use(writer_.get());
  StartWrites(writes_.get(), options_.max_uncommitted_bytes, options_.on_commit);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<ReadPool<PostgresSession>>> PostgresStore::OpenPool(int count,
                                                                                   const std::string& name) {
  std::vector<std::unique_ptr<PostgresSession>> sessions;
  for (int i = 0; i < count; ++i) {
    HOOKD_ASSIGN_OR_RETURN(
        auto session,
        PostgresSession::Open({.url = options_.url, .name = absl::StrCat("hookd ", node_.id(), " ", name)}));
    sessions.push_back(std::move(session));
  }
  return std::make_unique<ReadPool<PostgresSession>>(std::move(sessions));
}

absl::Status PostgresStore::PrepareWriter(PostgresConnection& connection) {
  // A commit without an answer may still succeed; not after this.
  auto ended = connection.Query(
      "SELECT bool_and(pg_terminate_backend(pid, 3000)) FROM pg_stat_activity WHERE application_name = $1 "
      "AND "
      "pid <> pg_backend_pid()",
      PostgresParameters().Text(writer_name_));
  if (!ended.ok()) return ended.status();
  if (!ended->IsNull(0, 0) && ended->Int(0, 0) == 0)
    return absl::UnavailableError(
        "the store's PostgreSQL has not closed this process's previous connection yet");
  const auto last_key = postgres::LastKey(connection);
  if (!last_key.ok()) return last_key.status();
  writes_->SkipKeysTo(*last_key);
  // Updates change as many rows as the statement brings, and no others have to be read.
  const absl::Status set = connection.Execute("SET enable_hashjoin = on");
  if (!set.ok()) return set;
  const auto now = connection.Query("SELECT " HOOKD_POSTGRES_NOW);
  if (!now.ok()) return now.status();
  const absl::Time time =
      options_.clock != nullptr ? options_.clock->Now() : absl::FromUnixMicros(now->Int(0, 0));
  // Of the first connection, before the store is used.
  if (opened_at_least_ == absl::InfinitePast()) opened_at_least_ = time;
  Partitions partitions;
  return partitions.Make(connection, time, tuning::kPartitionDaysAhead);
}

PostgresStore::~PostgresStore() {
  StopWrites();  // while this process still has its slot
  cluster_.reset();
}

template <typename T>
void PostgresStore::Read(const Place& place, std::function<absl::StatusOr<T>(PostgresConnection&)> read,
                         Done<absl::StatusOr<T>> done) {
  place.pool->Push(place.holder, [read = std::move(read), done = std::move(done)](PostgresSession& session) {
    auto connection = session.Get();
    if (!connection.ok()) return done(connection.status());
    auto result = read(**connection);
    // The server may have closed an idle connection, which is noticed only now.
    if (!result.ok() && (*connection)->broken()) {
      connection = session.Reconnect();
      if (connection.ok()) result = read(**connection);
    }
    done(std::move(result));
  });
}

template <typename T>
absl::StatusOr<T> PostgresStore::ReadNow(std::function<absl::StatusOr<T>(PostgresConnection&)> read) {
  const auto connection =
      PostgresConnection::Open(options_.url, absl::StrCat("hookd ", node_.id(), " loader"));
  if (!connection.ok()) return connection.status();
  return read(**connection);
}

absl::StatusOr<std::vector<Webhook>> PostgresStore::LoadWebhooks() {
  return ReadNow<std::vector<Webhook>>([this](PostgresConnection& connection) {
    return postgres::LoadWebhooks(connection, options_.secrets);
  });
}

absl::StatusOr<std::vector<Token>> PostgresStore::LoadTokens() {
  return ReadNow<std::vector<Token>>(postgres::LoadTokens);
}

absl::StatusOr<std::vector<Backlog>> PostgresStore::LoadBacklogs() {
  return ReadNow<std::vector<Backlog>>(
      [](PostgresConnection& connection) { return postgres::LoadBacklogs(connection, AllShards()); });
}

void PostgresStore::ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                               Done<absl::StatusOr<std::vector<WebhookHealth>>> done) {
  Read<std::vector<WebhookHealth>>(
      [keys = std::move(webhook_keys), with_errors](PostgresConnection& connection) {
        return postgres::ReadHealth(connection, keys, with_errors);
      },
      std::move(done));
}

void PostgresStore::FindOldestPending(std::vector<int64_t> webhook_keys,
                                      Done<absl::StatusOr<std::vector<int64_t>>> done) {
  Read<std::vector<int64_t>>(
      [keys = std::move(webhook_keys)](PostgresConnection& connection) {
        return postgres::FindOldestPending(connection, keys);
      },
      std::move(done));
}

absl::StatusOr<std::vector<WebhookHealth>> PostgresStore::LoadHealth() {
  return ReadNow<std::vector<WebhookHealth>>(
      [](PostgresConnection& connection) { return postgres::LoadHealth(connection, AllShards()); });
}

void PostgresStore::MeasureBytes(Done<absl::StatusOr<int64_t>> done) {
  Read<int64_t>(
      [](PostgresConnection& connection) -> absl::StatusOr<int64_t> {
        const auto rows = connection.Query("SELECT pg_database_size(current_database())");
        if (!rows.ok()) return rows.status();
        return rows->Int(0, 0);
      },
      std::move(done));
}

void PostgresStore::GetProject(std::string id, Done<absl::StatusOr<Project>> done) {
  Read<Project>(
      {reads_, id},
      [id, slot = node_.lease().slot](PostgresConnection& connection) {
        return postgres::GetProject(connection, id, slot);
      },
      std::move(done));
}

void PostgresStore::ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) {
  Read<std::vector<Project>>(
      [query = std::move(query), slot = node_.lease().slot](PostgresConnection& connection) {
        return postgres::ListProjects(connection, query, slot);
      },
      std::move(done));
}

void PostgresStore::PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) {
  Read<Purged>(
      [=, this](PostgresConnection& connection) -> absl::StatusOr<Purged> {
        absl::MutexLock lock(&purge_mutex_);
        PostgresDeletedProjects tables(&connection, options_.clock);
        return project_purge_.Slice(tables, limit);
      },
      std::move(done));
}

void PostgresStore::FindAccepted(std::string project, RequestId request_id,
                                 Done<absl::StatusOr<Accepted>> done) {
  Read<Accepted>(
      {engine_reads_, ""},
      [project = std::move(project), request_id = std::move(request_id)](PostgresConnection& connection) {
        return postgres::FindAccepted(connection, project, request_id);
      },
      std::move(done));
}

void PostgresStore::GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) {
  Read<Event>(
      {reads_, project},
      [project, key](PostgresConnection& connection) { return postgres::GetEvent(connection, project, key); },
      std::move(done));
}

void PostgresStore::ReadEventLog(EventLogQuery query, Done<absl::StatusOr<EventLogPage>> done) {
  Read<EventLogPage>(
      {query.from_end ? reads_ : scans_, query.project.value_or("")},
      [this, query](PostgresConnection& connection) {
        return postgres::ReadEventLog(connection, query, horizon_, options_.clock);
      },
      std::move(done));
}

void PostgresStore::GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) {
  Read<Delivery>(
      {reads_, project},
      [project, key](PostgresConnection& connection) {
        return postgres::GetDelivery(connection, project, key);
      },
      std::move(done));
}

void PostgresStore::ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) {
  const bool plain = query.content.empty() && query.webhook_ids.empty();
  Read<EventPage>(
      {plain ? scans_ : searches_, query.project},
      [this, query](PostgresConnection& connection) {
        return postgres::Search<EventPage>(
            connection, [&](search::SearchReads& reads) { return search_.ListEvents(reads, query); });
      },
      std::move(done));
}

void PostgresStore::IndexEvents(Done<absl::StatusOr<bool>> done) {
  Read<bool>(
      {indexing_, ""},
      [this](PostgresConnection& connection) {
        postgres::PostgresIndexTables tables(&connection, &horizon_, options_.clock);
        return search_.Index(tables);
      },
      std::move(done));
}

void PostgresStore::ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) {
  if (!query.content.empty()) {
    return Read<DeliveryPage>(
        {searches_, query.project},
        [this, query](PostgresConnection& connection) {
          return postgres::Search<DeliveryPage>(
              connection, [&](search::SearchReads& reads) { return search_.ListDeliveries(reads, query); });
        },
        std::move(done));
  }
  Read<DeliveryPage>(
      {ExaminesMany(query.filter) ? scans_ : reads_, query.project},
      [query](PostgresConnection& connection) { return postgres::ListDeliveries(connection, query); },
      std::move(done));
}

void PostgresStore::ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) {
  Read<OutcomePage>([query = std::move(query)](
                        PostgresConnection& connection) { return postgres::ReadOutcomes(connection, query); },
                    std::move(done));
}

void PostgresStore::ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) {
  Read<PendingPage>(
      {engine_reads_, ""},
      [query = std::move(query)](PostgresConnection& connection) {
        return postgres::ReadPending(connection, query);
      },
      std::move(done));
}

void PostgresStore::ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) {
  Read<StatsPage>([query = std::move(query)](
                      PostgresConnection& connection) { return postgres::ReadStats(connection, query); },
                  std::move(done));
}

void PostgresStore::ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) {
  Read<std::vector<StatsLog>>(
      [this](PostgresConnection& connection) -> absl::StatusOr<std::vector<StatsLog>> {
        if (options_.clock != nullptr) return postgres::ReadStatsLogs(connection, options_.clock->Now());
        HOOKD_ASSIGN_OR_RETURN(const PostgresRows now, connection.Query("SELECT " HOOKD_POSTGRES_NOW));
        return postgres::ReadStatsLogs(connection, absl::FromUnixMicros(now.Int(0, 0)));
      },
      std::move(done));
}

void PostgresStore::ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) {
  Read<StatsRecords>(
      [query](PostgresConnection& connection) { return postgres::ReadStatsRecords(connection, query); },
      std::move(done));
}

void PostgresStore::Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                          Done<absl::StatusOr<Purged>> done) {
  Read<Purged>(
      [=, this](PostgresConnection& connection) -> absl::StatusOr<Purged> {
        absl::MutexLock lock(&purge_mutex_);
        return purge_.Purge(connection, before_key, delivered_before_key, limit);
      },
      std::move(done));
}

}  // namespace hookd
