// The reads of the embedded store, each on a given connection. No state; one thread at a time uses a
// connection.
#ifndef HOOKD_STORE_SQLITE_READS_H_
#define HOOKD_STORE_SQLITE_READS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/codec/secret_box.h"
#include "store/delivery_query.h"
#include "store/delivery_sql.h"
#include "store/event_query.h"
#include "store/records.h"
#include "store/sqlite/database.h"
#include "store/store.h"

namespace hookd::sqlite {

// Calls `take` for each row, until it returns false. Resets the statement afterwards, also after an error.
template <typename Take>
absl::Status ForEachRow(Statement& statement, Take take) {
  while (true) {
    const auto row = statement.Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
    if (!take(statement)) {
      statement.Reset();
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(Database& database, const SecretBox& secrets);
absl::StatusOr<std::vector<Token>> LoadTokens(Database& database);
absl::StatusOr<std::vector<Backlog>> LoadBacklogs(Database& database);

// The greatest key in use, 0 in an empty store.
absl::StatusOr<int64_t> LastKey(Database& database);

absl::StatusOr<Project> GetProject(Database& database, const std::string& id);
absl::StatusOr<std::vector<Project>> ListProjects(Database& database, const ProjectQuery& query);

absl::StatusOr<Store::Accepted> FindAccepted(Database& database, const std::string& project,
                                             const RequestId& request_id);
absl::StatusOr<Event> GetEvent(Database& database, const std::string& project, int64_t key);
absl::StatusOr<EventLogPage> ReadEventLog(Database& database, const EventLogQuery& query);
absl::StatusOr<Delivery> GetDelivery(Database& database, const std::string& project, int64_t key);
// A delivery of any project, without its attempts.
absl::StatusOr<Delivery> ReadDelivery(Database& database, int64_t key);
absl::StatusOr<DeliveryPage> ListDeliveries(Database& database, const DeliveryQuery& query);
// The deliveries of an event of the query's project that match the query, newest first, if they are of one of
// the webhooks; null: of any. Requires: the query names no webhooks and no content.
absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(Database& database, const Event& event,
                                                       const DeliveryQuery& query,
                                                       const WebhookKeys* webhooks);
absl::StatusOr<OutcomePage> ReadOutcomes(Database& database, const OutcomeQuery& query);
absl::StatusOr<PendingPage> ReadPending(Database& database, const PendingQuery& query);
absl::StatusOr<StatsPage> ReadStats(Database& database, const StatsQuery& query);
absl::StatusOr<std::vector<StatsLog>> ReadStatsLogs(Database& database);
absl::StatusOr<StatsRecords> ReadStatsRecords(Database& database, const StatsRecordsQuery& query);

// See HealthStore.
absl::StatusOr<std::vector<WebhookHealth>> ReadHealth(Database& database,
                                                      const std::vector<int64_t>& webhook_keys,
                                                      bool with_errors);
absl::StatusOr<std::vector<int64_t>> FindOldestPending(Database& database,
                                                       const std::vector<int64_t>& webhook_keys);
absl::StatusOr<std::vector<WebhookHealth>> LoadHealth(Database& database);

// The beginning of each SELECT of deliveries, up to their table and that of webhooks, and a row of it.
extern const char kDeliveryColumns[];
extern const char kDeliveryWebhook[];
Delivery ReadDelivery(const Statement& row);
// The keys of all webhooks that have or had the id.
absl::StatusOr<std::vector<int64_t>> WebhooksThatHadId(Database& database, const std::string& project,
                                                       const std::string& id);

// The SQL of such a query: for tests of its plan.
std::string ListDeliveriesSql(const DeliveryFilter& filter, const ListPart& part);
std::string ReadEventLogSql(bool of_webhooks);
std::string ListProjectsSql(const ProjectQuery& query);
std::string ReadPendingSql(PendingQuery::Which which);
extern const char kReadOutcomesSql[];
extern const char kLoadBacklogsSql[];
extern const char kOldestNewSql[];
extern const char kOldestRetrySql[];

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_READS_H_
