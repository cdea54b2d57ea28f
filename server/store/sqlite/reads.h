// The reads of the embedded store, each on a connection given. No state; a connection is used by one thread
// at a time.
#ifndef HOOKD_STORE_SQLITE_READS_H_
#define HOOKD_STORE_SQLITE_READS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/records.h"
#include "store/secret_box.h"
#include "store/sqlite/database.h"
#include "store/store.h"

namespace hookd::sqlite {

// Calls `take` for each row; it returns whether it wants more. The statement is reset afterwards, however it
// ends.
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

absl::StatusOr<Store::Accepted> FindAccepted(Database& database, const std::string& project,
                                             const RequestId& request_id);
absl::StatusOr<Event> GetEvent(Database& database, const std::string& project, int64_t key);
absl::StatusOr<Delivery> GetDelivery(Database& database, const std::string& project, int64_t key);
// Of any project, without its attempts.
absl::StatusOr<Delivery> ReadDelivery(Database& database, int64_t key);
absl::StatusOr<DeliveryPage> ListDeliveries(Database& database, const DeliveryQuery& query);
absl::StatusOr<OutcomePage> ReadOutcomes(Database& database, const OutcomeQuery& query);
absl::StatusOr<WaitingPage> ReadWaiting(Database& database, const WaitingQuery& query);

// What SELECTs deliveries begins with, up to their table and the webhooks', and what reads one of its rows.
extern const char kDeliveryColumns[];
extern const char kDeliveryWebhook[];
Delivery ReadDelivery(const Statement& row);
// The keys of those that have or had the id.
absl::StatusOr<std::vector<int64_t>> WebhooksThatHadId(Database& database, const std::string& project,
                                                       const std::string& id);

// The SQL of each for a query of that shape: for tests that look at its plan.
std::string ListDeliveriesSql(const DeliveryQuery& query);
std::string ReadWaitingSql(WaitingQuery::Which which);
extern const char kReadOutcomesSql[];
extern const char kLoadBacklogsSql[];

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_READS_H_
