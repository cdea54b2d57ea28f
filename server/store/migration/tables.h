// The tables and columns that are moved from SQLite to PostgreSQL, and batches of their rows.
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
  const char* read = nullptr;  // the expression to read, if it is not the column
};

struct MovedTable {
  const char* name;
  bool has_key;      // its rows are read in the order of their keys; those of others from the beginning
  bool partitioned;  // by key
  std::vector<MovedColumn> columns;
};

// In the order in which they are moved.
const std::vector<MovedTable>& MovedTables();

// Reads the rows; if it has a key, those above parameter 1.
std::string MoveSelectSql(const MovedTable& table);

// Writes a batch of rows; existing rows stay.
std::string MoveInsertSql(const MovedTable& table);

// A batch of rows of one table, which must outlive it.
class MoveBatch {
 public:
  explicit MoveBatch(const MovedTable& table);

  void Add(const Statement& row);
  // Whether to send the batch.
  bool full() const;
  size_t rows() const { return rows_; }
  int64_t last_key() const { return last_key_; }
  // The parameters of MoveInsertSql.
  PostgresParameters parameters() const;

 private:
  const MovedTable& table_;
  std::vector<PostgresArray> arrays_;  // by column
  size_t rows_ = 0, bytes_ = 0;
  int64_t last_key_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_MIGRATION_TABLES_H_
