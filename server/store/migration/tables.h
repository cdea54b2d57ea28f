// The tables of a store as they are moved from SQLite to PostgreSQL: which columns, and rows on their way.
//
// Not thread-safe.
#ifndef HOOKD_STORE_MIGRATION_TABLES_H_
#define HOOKD_STORE_MIGRATION_TABLES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "store/postgres/values.h"
#include "store/sqlite/database.h"

namespace hookd {

struct MovedColumn {
  enum class Kind { kInt, kReal, kText, kBytes, kTruth };
  const char* name;
  Kind kind;
  const char* read = nullptr;  // what to read for it, if not itself
};

struct MovedTable {
  const char* name;
  bool has_key;      // its rows are read in the order of their keys; those of another from the beginning
  bool partitioned;  // by key
  std::vector<MovedColumn> columns;
};

// In the order in which they are moved.
const std::vector<MovedTable>& MovedTables();

// Reads its rows; of one that has a key, those above parameter 1.
std::string MoveSelectSql(const MovedTable& table);

// Writes a batch of them; what is there already stays.
std::string MoveInsertSql(const MovedTable& table);

// Rows of one table, which must outlive it.
class MoveBatch {
 public:
  explicit MoveBatch(const MovedTable& table);

  void Add(const Statement& row);
  // It is time to send it.
  bool full() const;
  size_t rows() const { return rows_; }
  int64_t last_key() const { return last_key_; }
  // Of MoveInsertSql.
  PostgresParameters parameters() const;

 private:
  const MovedTable& table_;
  std::vector<PostgresArray> arrays_;  // by column
  size_t rows_ = 0, bytes_ = 0;
  int64_t last_key_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_MIGRATION_TABLES_H_
