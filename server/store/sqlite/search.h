// The search of the embedded store: its reads of events, and the tables of the search index.
//
// Not thread-safe: one thread at a time uses a connection, and with it these objects.
#ifndef HOOKD_STORE_SQLITE_SEARCH_H_
#define HOOKD_STORE_SQLITE_SEARCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "store/delivery_query.h"
#include "store/search/event_search.h"
#include "store/search/index_tables.h"
#include "store/sqlite/database.h"

namespace hookd::sqlite {

// Runs a search in one transaction of the connection, so that everything it reads is of one moment.
template <typename T>
absl::StatusOr<T> Search(Database& database,
                         const std::function<absl::StatusOr<T>(search::SearchReads&)>& search);

class SqliteSearchReads : public search::SearchReads {
 public:
  explicit SqliteSearchReads(Database* database) : database_(*database) {}

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
  Database& database_;
};

class SqliteIndexTables : public search::IndexTables {
 public:
  // `write` makes a change durable with WriteIndex, through the commit queue, and returns its status.
  SqliteIndexTables(Database* database, std::function<absl::Status(search::IndexChange)> write)
      : database_(*database), write_(std::move(write)) {}

  absl::StatusOr<search::Index> ReadIndex() override;
  absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) override;
  absl::Status Write(search::IndexChange change) override { return write_(std::move(change)); }
  absl::StatusOr<bool> HasBlocks() override;
  absl::StatusOr<bool> HasSettled(int64_t after_key, int count) override;
  absl::Status ReadLog(int64_t after_key, int count,
                       absl::FunctionRef<void(const search::EventRow&)> take) override;
  absl::StatusOr<std::optional<int64_t>> OldestEvent() override;

 private:
  Database& database_;
  const std::function<absl::Status(search::IndexChange)> write_;
};

// Makes a change of the search index within the current transaction of the writer.
absl::Status WriteIndex(Database& writer, const search::IndexChange& change);

template <typename T>
absl::StatusOr<T> Search(Database& database,
                         const std::function<absl::StatusOr<T>(search::SearchReads&)>& search) {
  const absl::Status begun = database.Execute("BEGIN");
  if (!begun.ok()) return begun;
  SqliteSearchReads reads(&database);
  auto result = search(reads);
  database.Execute("ROLLBACK").IgnoreError();  // it wrote nothing
  return result;
}

}  // namespace hookd::sqlite

#endif  // HOOKD_STORE_SQLITE_SEARCH_H_
