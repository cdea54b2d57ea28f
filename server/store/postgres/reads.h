// The reads of the store in PostgreSQL, each on a given connection. No state; one thread at a time uses a
// connection.
#ifndef HOOKD_STORE_POSTGRES_READS_H_
#define HOOKD_STORE_POSTGRES_READS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "store/codec/secret_box.h"
#include "store/delivery_query.h"
#include "store/delivery_sql.h"
#include "store/postgres/connection.h"
#include "store/records.h"
#include "store/store.h"

namespace hookd::postgres {

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(PostgresConnection& connection, const SecretBox& secrets);
absl::StatusOr<std::vector<Token>> LoadTokens(PostgresConnection& connection);
// The backlogs of the webhooks of these shards.
absl::StatusOr<std::vector<Backlog>> LoadBacklogs(PostgresConnection& connection,
                                                  const std::vector<int64_t>& shards);

// The greatest key in use, 0 in an empty store.
absl::StatusOr<int64_t> LastKey(PostgresConnection& connection);

// `slot`: of this process, whose pending deliveries are not counted.
absl::StatusOr<Project> GetProject(PostgresConnection& connection, const std::string& id, int slot);
absl::StatusOr<std::vector<Project>> ListProjects(PostgresConnection& connection, const ProjectQuery& query,
                                                  int slot);
// The columns of a project; `p` is its row.
inline constexpr char kProjectColumns[] =
    "p.key, p.name, p.display_name, p.labels, p.revision, p.create_time";
Project ReadProject(const PostgresRows& rows, int row);

absl::StatusOr<Store::Accepted> FindAccepted(PostgresConnection& connection, const std::string& project,
                                             const RequestId& request_id);
absl::StatusOr<Event> GetEvent(PostgresConnection& connection, const std::string& project, int64_t key);
absl::StatusOr<Delivery> GetDelivery(PostgresConnection& connection, const std::string& project, int64_t key);
absl::StatusOr<DeliveryPage> ListDeliveries(PostgresConnection& connection, const DeliveryQuery& query);
// The keys of all webhooks of the project that have or had one of the ids.
absl::StatusOr<std::vector<int64_t>> WebhooksThatHadIds(PostgresConnection& connection,
                                                        const std::string& project,
                                                        const std::vector<std::string>& ids);
// See SearchReads::ReadDeliveriesOf.
absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(PostgresConnection& connection, int64_t project,
                                                       const Event& event, const DeliveryQuery& query,
                                                       const WebhookKeys* webhooks);
absl::StatusOr<OutcomePage> ReadOutcomes(PostgresConnection& connection, const OutcomeQuery& query);
// The outcomes with these keys, each with its project.
absl::StatusOr<std::vector<std::pair<std::string, RecordedOutcome>>> ReadTheseOutcomes(
    PostgresConnection& connection, const std::vector<int64_t>& keys);
absl::StatusOr<PendingPage> ReadPending(PostgresConnection& connection, const PendingQuery& query);
absl::StatusOr<StatsPage> ReadStats(PostgresConnection& connection, const StatsQuery& query);
absl::StatusOr<std::vector<StatsLog>> ReadStatsLogs(PostgresConnection& connection, absl::Time now);
absl::StatusOr<StatsRecords> ReadStatsRecords(PostgresConnection& connection, const StatsRecordsQuery& query);
// Deletes statistics of days before that of the key; returns whether there may be more.
absl::StatusOr<bool> PurgeStats(PostgresConnection& connection, int64_t before_key);

// See HealthStore.
absl::StatusOr<std::vector<WebhookHealth>> ReadHealth(PostgresConnection& connection,
                                                      const std::vector<int64_t>& webhook_keys,
                                                      bool with_errors);
absl::StatusOr<std::vector<int64_t>> FindOldestPending(PostgresConnection& connection,
                                                       const std::vector<int64_t>& webhook_keys);
// The health that is stored of the webhooks of these shards.
absl::StatusOr<std::vector<WebhookHealth>> LoadHealth(PostgresConnection& connection,
                                                      const std::vector<int64_t>& shards);

// The columns of a webhook, in the order ReadWebhook takes them from a row; `w` and `p` are its row and its
// project's.
inline constexpr char kWebhookColumns[] =
    "w.key, w.revision, p.name, w.id, w.url, w.event_types, w.disabled, w.display_name, w.timeout_ms, "
    "w.create_time, w.update_time, w.ordered, w.max_concurrency, w.rate_per_second, w.rate_burst, "
    "w.max_attempts, w.min_backoff_ms, w.max_backoff_ms, w.backoff_multiplier, w.disable_reason, "
    "w.disable_time, w.failing_since, w.secrets, w.project FROM webhooks w JOIN projects p ON p.key = "
    "w.project";
// From `column` on. DATA_LOSS or FAILED_PRECONDITION if its secrets cannot be opened.
absl::StatusOr<Webhook> ReadWebhook(const PostgresRows& rows, int row, const SecretBox& secrets,
                                    int column = 0);

// The columns of a delivery, likewise; `d` and `w` are its row and its webhook's.
inline constexpr char kDeliveryColumns[] =
    "d.key, d.event_key, d.webhook_key, w.id, d.event_type, d.state, d.attempt_count, d.response_status, "
    "d.error, "
    "d.next_attempt_time, d.last_outcome, d.error_class";
Delivery ReadDelivery(const PostgresRows& rows, int row);

// The time in a column in which 0 means none.
std::optional<absl::Time> ReadTimeOrZero(const PostgresRows& rows, int row, int column);

// The SQL of such a query: for tests of its plan.
std::string ListDeliveriesSql(const DeliveryFilter& filter, const ListPart& part);
std::string ListProjectsSql(const ProjectQuery& query);
std::string ReadPendingSql(PendingQuery::Which which);
std::string ReadOutcomesSql();
extern const char kLoadBacklogsSql[];
extern const char kFindOldestPendingSql[];

}  // namespace hookd::postgres

#endif  // HOOKD_STORE_POSTGRES_READS_H_
