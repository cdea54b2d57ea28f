// The search of the store in PostgreSQL: its reads of events, and the tables of the search index.
//
// Not thread-safe: one thread at a time uses a connection, and with it these objects.
#ifndef HOOKD_STORE_POSTGRES_SEARCH_H_
#define HOOKD_STORE_POSTGRES_SEARCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "store/delivery_query.h"
#include "store/postgres/connection.h"
#include "store/postgres/event_log.h"
#include "store/search/event_search.h"
#include "store/search/index_tables.h"

namespace hookd::postgres {

class PostgresSearchReads : public search::SearchReads {
 public:
  explicit PostgresSearchReads(PostgresConnection* connection) : connection_(*connection) {}

  absl::StatusOr<search::Index> ReadIndex() override;
  absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) override;
  absl::StatusOr<std::optional<int64_t>> FindProject(const std::string& project) override;
  absl::StatusOr<Scanned> ScanEvents(const Scan& scan) override;
  absl::StatusOr<std::vector<Event>> ReadEvents(int64_t project, const std::vector<int64_t>& keys) override;
  absl::StatusOr<WebhookKeys> FindWebhooks(const std::string& project,
                                           const std::vector<std::string>& ids) override;
  absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(int64_t project, const Event& event,
                                                         const DeliveryQuery& query,
                                                         const WebhookKeys* webhooks) override;
  absl::StatusOr<DeliveryPage> ListDeliveries(const DeliveryQuery& query) override;

 private:
  PostgresConnection& connection_;
};

class PostgresIndexTables : public search::IndexTables {
 public:
  // `clock` is the one that keys are made with; null: the server's. All must outlive the tables.
  PostgresIndexTables(PostgresConnection* connection, EventHorizon* horizon, Clock* clock)
      : connection_(*connection), horizon_(*horizon), clock_(clock) {}

  absl::StatusOr<search::Index> ReadIndex() override;
  absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) override;
  absl::Status Write(search::IndexChange change) override;
  absl::StatusOr<bool> HasBlocks() override;
  absl::StatusOr<bool> HasSettled(int64_t after_key, int count) override;
  absl::Status ReadLog(int64_t after_key, int count,
                       absl::FunctionRef<void(const search::EventRow&)> take) override;
  absl::StatusOr<std::optional<int64_t>> OldestEvent() override;

 private:
  absl::Status WriteAll(const search::IndexChange& change);

  PostgresConnection& connection_;
  EventHorizon& horizon_;
  Clock* const clock_;
};

// Runs a search in one transaction of the connection, so that everything it reads is of one moment.
template <typename T>
absl::StatusOr<T> Search(PostgresConnection& connection,
                         const std::function<absl::StatusOr<T>(search::SearchReads&)>& search) {
  const absl::Status begun = connection.Execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  if (!begun.ok()) return begun;
  PostgresSearchReads reads(&connection);
  auto result = search(reads);
  connection.Execute("ROLLBACK").IgnoreError();  // it wrote nothing
  return result;
}

}  // namespace hookd::postgres

#endif  // HOOKD_STORE_POSTGRES_SEARCH_H_
