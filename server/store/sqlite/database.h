// A connection to an SQLite file, and its statements, which close themselves.
//
// Not thread-safe: one thread at a time uses a Database and its Statements, and statements are destroyed
// first.
#ifndef HOOKD_STORE_SQLITE_DATABASE_H_
#define HOOKD_STORE_SQLITE_DATABASE_H_

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

// A prepared statement. Requires: bound texts and blobs live until the next Reset.
class Statement {
 public:
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Parameters, by their number from 1.
  Statement& Bind(int index, int64_t value);
  Statement& BindDouble(int index, double value);
  Statement& BindText(int index, absl::string_view value);
  Statement& BindBlob(int index, absl::string_view value);
  Statement& BindNull(int index);

  // Runs to the next row: true if there is one, false at the end. Resets itself at the end and on an error.
  absl::StatusOr<bool> Step();

  // Runs a statement that gives no rows.
  absl::Status Run();

  // Makes it ready to be bound and run again.
  void Reset();

  // Columns of the row, by their number from 0. Texts and blobs live until the next Step or Reset.
  int64_t Int(int column) const { return sqlite3_column_int64(statement_, column); }
  double Double(int column) const { return sqlite3_column_double(statement_, column); }
  bool IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
  absl::string_view Text(int column) const;

 private:
  sqlite3_stmt* const statement_;
};

// A time, or NULL for none, as microseconds since the Unix epoch.
void BindTime(Statement& statement, int index, std::optional<absl::Time> time);
std::optional<absl::Time> ReadTime(const Statement& row, int column);

class Database {
 public:
  // Opens the file for reading and writing, and creates it if `create`. UNAVAILABLE if it cannot be written.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::string& path, bool create);
  ~Database();

  // Runs SQL that gives no rows.
  absl::Status Execute(const std::string& sql);

  // The first column of the only row.
  absl::StatusOr<int64_t> QueryInt(const std::string& sql);

  // The statement for that SQL, reset. Prepared by the first call; owned by the Database.
  absl::StatusOr<Statement*> Prepare(absl::string_view sql);

  // For functions of SQLite that have no method here; owned by the Database.
  sqlite3* connection() { return connection_; }

  // Whether there is a transaction.
  bool InTransaction() const { return sqlite3_get_autocommit(connection_) == 0; }

  // The status for an error code of SQLite: RESOURCE_EXHAUSTED for a full disk, otherwise UNAVAILABLE.
  static absl::Status ToStatus(sqlite3* connection, int code);

 private:
  Database(sqlite3* connection) : connection_(connection) {}

  sqlite3* const connection_;
  absl::flat_hash_map<std::string, std::unique_ptr<Statement>> statements_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_DATABASE_H_
