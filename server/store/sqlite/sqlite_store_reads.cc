// The reads of SqliteStore.
#include <limits>
#include <utility>

#include "absl/synchronization/notification.h"
#include "base/status_macros.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/search.h"
#include "store/sqlite/sqlite_store.h"

namespace hookd {
namespace {

// Below and above every key of a delivery.
constexpr int64_t kNoKey = 0;
constexpr int64_t kAnyKey = std::numeric_limits<int64_t>::max();

}  // namespace

absl::StatusOr<std::vector<Webhook>> SqliteStore::LoadWebhooks() {
  auto database = Database::Open(path_, /*create=*/false);
  if (!database.ok()) return database.status();
  return sqlite::LoadWebhooks(**database, secrets_);
}

template <typename T>
void SqliteStore::ReadDeliveries(const Place& place, int64_t max_key,
                                 std::function<absl::StatusOr<T>(Database&)> read,
                                 Done<absl::StatusOr<T>> done) {
  auto push = [place, read = std::move(read), done = std::move(done)](const absl::Status& written) {
    if (!written.ok()) return done(written);
    place.pool->Push(place.holder, [read, done](Database& database) { done(read(database)); });
  };
  if (!writes_.HasUnwritten(max_key)) return push(absl::OkStatus());
  commits().Push(
      {.apply = [this] { return writes_.WriteDeliveries(); },
       .answer = [push = std::move(push)](const absl::Status& written, CommitBatch&) { push(written); }});
}

absl::StatusOr<std::vector<Backlog>> SqliteStore::LoadBacklogs() {
  absl::StatusOr<std::vector<Backlog>> backlogs;
  absl::Notification read;
  ReadDeliveries<std::vector<Backlog>>({&engine_reads_, ""}, kAnyKey, sqlite::LoadBacklogs, [&](auto loaded) {
    backlogs = std::move(loaded);
    read.Notify();
  });
  read.WaitForNotification();
  return backlogs;
}

void SqliteStore::GetProject(std::string id, Done<absl::StatusOr<Project>> done) {
  reads_.Push(id,
              [id, done = std::move(done)](Database& database) { done(sqlite::GetProject(database, id)); });
}

void SqliteStore::ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) {
  reads_.Push([query = std::move(query), done = std::move(done)](Database& database) {
    done(sqlite::ListProjects(database, query));
  });
}

void SqliteStore::ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                             Done<absl::StatusOr<std::vector<WebhookHealth>>> done) {
  reads_.Push([keys = std::move(webhook_keys), with_errors, done = std::move(done)](Database& database) {
    done(sqlite::ReadHealth(database, keys, with_errors));
  });
}

void SqliteStore::FindOldestPending(std::vector<int64_t> webhook_keys,
                                    Done<absl::StatusOr<std::vector<int64_t>>> done) {
  ReadDeliveries<std::vector<int64_t>>(
      {&reads_, ""}, kAnyKey,
      [keys = std::move(webhook_keys)](Database& database) {
        return sqlite::FindOldestPending(database, keys);
      },
      std::move(done));
}

absl::StatusOr<std::vector<WebhookHealth>> SqliteStore::LoadHealth() {
  HOOKD_ASSIGN_OR_RETURN(const auto database, Database::Open(path_, /*create=*/false));
  return sqlite::LoadHealth(*database);
}

void SqliteStore::FindAccepted(std::string project, RequestId request_id,
                               Done<absl::StatusOr<Accepted>> done) {
  engine_reads_.Push([project = std::move(project), request_id = std::move(request_id),
                      done = std::move(done)](Database& database) {
    done(sqlite::FindAccepted(database, project, request_id));
  });
}

void SqliteStore::GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) {
  reads_.Push(project, [project, key, done = std::move(done)](Database& database) {
    done(sqlite::GetEvent(database, project, key));
  });
}

void SqliteStore::ReadEventLog(EventLogQuery query, Done<absl::StatusOr<EventLogPage>> done) {
  const std::string holder = query.project.value_or("");
  ReadPool<Database>& pool = query.from_end ? reads_ : scans_;
  pool.Push(holder, [query = std::move(query), done = std::move(done)](Database& database) {
    done(sqlite::ReadEventLog(database, query));
  });
}

void SqliteStore::GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) {
  ReadDeliveries<Delivery>(
      {&reads_, project}, key,
      [project, key](Database& database) { return sqlite::GetDelivery(database, project, key); },
      std::move(done));
}

void SqliteStore::ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) {
  // Deliveries in any other state, and those that were attempted, have rows.
  const DeliveryFilter& filter = query.filter;
  const bool pending = HasOrIsEmpty(filter.states, DeliveryState::kPending) && filter.status_codes.empty() &&
                       filter.error_classes.empty();
  const int64_t max_key = pending ? filter.max_key.value_or(kAnyKey) : kNoKey;
  if (!query.content.empty()) {
    return ReadDeliveries<DeliveryPage>(
        {&searches_, query.project}, max_key,
        [this, query](Database& database) {
          return sqlite::Search<DeliveryPage>(
              database, [&](search::SearchReads& reads) { return search_.ListDeliveries(reads, query); });
        },
        std::move(done));
  }
  ReadDeliveries<DeliveryPage>(
      {ExaminesMany(filter) ? &scans_ : &reads_, query.project}, max_key,
      [query](Database& database) { return sqlite::ListDeliveries(database, query); }, std::move(done));
}

void SqliteStore::ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) {
  // The deliveries tell which webhooks an event was sent to.
  const int64_t max_key = query.webhook_ids.empty() ? kNoKey : kAnyKey;
  const bool plain = query.content.empty() && query.webhook_ids.empty();
  ReadDeliveries<EventPage>(
      {plain ? &scans_ : &searches_, query.project}, max_key,
      [this, query](Database& database) {
        return sqlite::Search<EventPage>(
            database, [&](search::SearchReads& reads) { return search_.ListEvents(reads, query); });
      },
      std::move(done));
}

void SqliteStore::IndexEvents(Done<absl::StatusOr<bool>> done) {
  // The rest of the disk is for outcomes.
  if (!has_room()) return done(false);
  indexing_->Push([this, done = std::move(done)](Database& database) {
    sqlite::SqliteIndexTables tables(
        &database, [this](search::IndexChange change) { return WriteIndex(std::move(change)); });
    done(search_.Index(tables));
  });
}

absl::Status SqliteStore::WriteIndex(search::IndexChange change) {
  size_t bytes = kWriteOverhead;
  for (const search::SegmentBlock& block : change.blocks) bytes += block.data.size() + kWriteOverhead;
  absl::Status written;
  absl::Notification answered;
  commits().Push({.apply = [&] { return sqlite::WriteIndex(*writer_, change); },
                  .answer =
                      [&](const absl::Status& status, CommitBatch&) {
                        written = status;
                        answered.Notify();
                      },
                  .bytes = bytes,
                  .urgent = false});
  answered.WaitForNotification();
  return written;
}

void SqliteStore::ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) {
  reads_.Push([query = std::move(query), done = std::move(done)](Database& database) {
    done(sqlite::ReadOutcomes(database, query));
  });
}

void SqliteStore::ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) {
  reads_.Push([query = std::move(query), done = std::move(done)](Database& database) {
    done(sqlite::ReadStats(database, query));
  });
}

void SqliteStore::ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) {
  reads_.Push([done = std::move(done)](Database& database) { done(sqlite::ReadStatsLogs(database)); });
}

void SqliteStore::ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) {
  ReadDeliveries<StatsRecords>(
      {&reads_, ""}, query.to_key,
      [query](Database& database) { return sqlite::ReadStatsRecords(database, query); }, std::move(done));
}

void SqliteStore::ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) {
  // Deliveries with a time for their next attempt have rows.
  const int64_t max_key = query.which == PendingQuery::Which::kDue ? kNoKey : kAnyKey;
  ReadDeliveries<PendingPage>(
      {&engine_reads_, ""}, max_key,
      [query = std::move(query)](Database& database) { return sqlite::ReadPending(database, query); },
      std::move(done));
}

}  // namespace hookd
