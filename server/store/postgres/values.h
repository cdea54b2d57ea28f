// Parameters and rows in PostgreSQL's binary format. Not thread-safe.
#ifndef HOOKD_STORE_POSTGRES_VALUES_H_
#define HOOKD_STORE_POSTGRES_VALUES_H_

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

// A column of a statement with many rows: one array parameter, which the statement unnests.
class PostgresArray {
 public:
  enum class Kind { kInts, kReals, kTexts, kBytes };
  explicit PostgresArray(Kind kind);

  void Add(int64_t value);
  void AddReal(double value);
  // In texts, NUL and bytes that are not UTF-8 are replaced, as PostgreSQL does not accept them.
  void Add(absl::string_view value);
  void AddNull();

 private:
  friend class PostgresParameters;
  void Put(absl::string_view value);

  const Kind kind_;
  uint32_t size_ = 0;
  bool has_null_ = false;
  std::string elements_;
};

// The parameters of one statement, in their order: $1, $2, ...
class PostgresParameters {
 public:
  PostgresParameters& Int(int64_t value);
  PostgresParameters& Int(std::optional<int64_t> value);
  PostgresParameters& Double(std::optional<double> value);
  PostgresParameters& Bool(bool value);
  PostgresParameters& Text(absl::string_view value);  // as in PostgresArray
  PostgresParameters& Bytes(absl::string_view value);
  PostgresParameters& Bytes(std::optional<std::string> value);
  PostgresParameters& Array(const PostgresArray& values);
  PostgresParameters& Ints(const std::vector<int64_t>& values);
  PostgresParameters& Texts(const std::vector<std::string>& values);

 private:
  friend class PostgresConnection;
  PostgresParameters& Put(Oid type, std::optional<std::string> value);

  std::vector<Oid> types_;
  std::vector<std::optional<std::string>> values_;
};

// The rows of a statement. They own the views that they return.
class PostgresRows {
 public:
  explicit PostgresRows(PGresult* result) : result_(result, PQclear) {}

  int size() const { return PQntuples(result_.get()); }
  bool IsNull(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  // Any integer type, and boolean; 0 for NULL.
  int64_t Int(int row, int column) const;
  double Double(int row, int column) const;
  absl::string_view Text(int row, int column) const;
  // How many rows the statement changed.
  int64_t changed() const;

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

// Times are stored as microseconds since the Unix epoch, nullopt as NULL.
std::optional<int64_t> ToMicros(std::optional<absl::Time> time);
std::optional<absl::Time> ReadTime(const PostgresRows& rows, int row, int column);

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_VALUES_H_
