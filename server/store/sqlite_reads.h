// The reads of the embedded store, each on a connection given. No state; a connection is used by one thread
// at a time.
#ifndef HOOKD_STORE_SQLITE_READS_H_
#define HOOKD_STORE_SQLITE_READS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "store/records.h"
#include "store/sqlite_database.h"

namespace hookd::sqlite {

absl::StatusOr<std::vector<Webhook>> LoadWebhooks(Database& database);
absl::StatusOr<std::vector<int64_t>> LoadWebhooksWithWaiting(Database& database);

// The greatest key in use, 0 in an empty store.
absl::StatusOr<int64_t> LastKey(Database& database);

absl::StatusOr<Event> GetEvent(Database& database, const std::string& project, int64_t key);
absl::StatusOr<Delivery> GetDelivery(Database& database, const std::string& project, int64_t key);
absl::StatusOr<std::vector<Delivery>> ListDeliveries(Database& database, const DeliveryQuery& query);
absl::StatusOr<std::vector<WaitingDelivery>> ReadWaiting(Database& database, int64_t webhook_key,
                                                         int64_t after_key, int limit, size_t max_bytes);

// The SQL of ListDeliveries for a query of that shape: for tests that look at its plan.
std::string ListDeliveriesSql(const DeliveryQuery& query);
extern const char kReadWaitingSql[];
extern const char kWebhooksWithWaitingSql[];

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_READS_H_
