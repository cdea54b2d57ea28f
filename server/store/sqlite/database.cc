#include "store/sqlite/database.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace hookd {
namespace {

// How long a write waits for another program that uses the file, such as sqlite3 or a backup.
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Statement& Statement::Bind(int index, int64_t value) {
  sqlite3_bind_int64(statement_, index, value);
  return *this;
}

Statement& Statement::BindDouble(int index, double value) {
  sqlite3_bind_double(statement_, index, value);
  return *this;
}

Statement& Statement::BindText(int index, absl::string_view value) {
  // A null pointer would be NULL; an empty text is not.
  const char* data = value.empty() ? "" : value.data();
  sqlite3_bind_text64(statement_, index, data, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(int index, absl::string_view value) {
  const char* data = value.empty() ? "" : value.data();
  sqlite3_bind_blob64(statement_, index, data, value.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::BindNull(int index) {
  sqlite3_bind_null(statement_, index);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  const absl::Status status =
      code == SQLITE_DONE ? absl::OkStatus() : Database::ToStatus(sqlite3_db_handle(statement_), code);
  sqlite3_reset(statement_);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() { return Step().status(); }

void Statement::Reset() { sqlite3_reset(statement_); }

absl::string_view Statement::Text(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

void BindTime(Statement& statement, int index, std::optional<absl::Time> time) {
  if (time.has_value()) {
    statement.Bind(index, absl::ToUnixMicros(*time));
  } else {
    statement.BindNull(index);
  }
}

std::optional<absl::Time> ReadTime(const Statement& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return absl::FromUnixMicros(row.Int(column));
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::string& path, bool create) {
  // SQLite's memory statistics are not used, and take a lock for every allocation. Refused, which
  // does no harm, if SQLite was used before.
  static const int uncounted = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)uncounted;
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  std::unique_ptr<Database> database(new Database(connection));
  if (code != SQLITE_OK) {
    // Names the path, as a connection that failed to open does not know it.
    return absl::UnavailableError(absl::StrCat("the store ", path,
                                               " cannot be opened: ", sqlite3_errstr(code),
                                               ": check its permissions, and that it is a regular file"));
  }
  // SQLite opens a file without write permission for reading, and fails only at the first write.
  if (sqlite3_db_readonly(connection, "main") == 1) {
    return absl::UnavailableError(
        absl::StrCat("the store ", path, " cannot be written: check its permissions"));
  }
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyTimeoutMs);
  return database;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close(connection_);
}

absl::Status Database::Execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : ToStatus(connection_, code);
}

absl::StatusOr<int64_t> Database::QueryInt(const std::string& sql) {
  auto statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const auto row = (*statement)->Step();
  if (!row.ok()) return row.status();
  const int64_t value = *row ? (*statement)->Int(0) : 0;
  (*statement)->Reset();
  return value;
}

absl::StatusOr<Statement*> Database::Prepare(absl::string_view sql) {
  auto statement = statements_.find(sql);
  if (statement == statements_.end()) {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    if (code != SQLITE_OK) return ToStatus(connection_, code);
    statement = statements_.emplace(sql, std::make_unique<Statement>(prepared)).first;
  }
  statement->second->Reset();
  return statement->second.get();
}

absl::Status Database::ToStatus(sqlite3* connection, int code) {
  // Without the path, as callers see this message too.
  constexpr absl::string_view kStore = "the store";
  switch (code & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(
          kStore,
          " has no room to grow: make room on its disk; accepted events are safe and still delivered"));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return absl::UnavailableError(absl::StrCat(kStore, " is damaged or not a store of hookd (",
                                                 sqlite3_errstr(code), "): restore a backup"));
    default:
      return absl::UnavailableError(
          absl::StrCat(kStore, " cannot be used: ", sqlite3_errmsg(connection),
                       ": check its disk, its permissions, and which other programs use it"));
  }
}

}  // namespace hookd
