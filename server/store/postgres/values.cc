#include "store/postgres/values.h"

#include <arpa/inet.h>

#include <bit>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/utf8.h"

namespace hookd {
namespace {

// The numbers of PostgreSQL's types (pg_type.dat), which never change.
constexpr Oid kBool = 16, kBytea = 17, kInt8 = 20, kText = 25, kFloat8 = 701;
constexpr Oid kBytesArray = 1001, kTextArray = 1009, kIntArray = 1016, kRealArray = 1022;

void Put32(uint32_t value, std::string& bytes) {
  const uint32_t network = htonl(value);
  bytes.append(reinterpret_cast<const char*>(&network), sizeof(network));
}

void Put64(uint64_t value, std::string& bytes) {
  Put32(static_cast<uint32_t>(value >> 32), bytes);
  Put32(static_cast<uint32_t>(value), bytes);
}

uint64_t Get(const char* bytes, int length) {
  uint64_t value = 0;
  for (int i = 0; i < length; ++i) value = value << 8 | static_cast<uint8_t>(bytes[i]);
  return value;
}

std::string Encode(int64_t value) {
  std::string bytes;
  Put64(static_cast<uint64_t>(value), bytes);
  return bytes;
}

bool IsText(absl::string_view value) {
  return std::memchr(value.data(), 0, value.size()) == nullptr && ValidUtf8Length(value) == value.size();
}

std::string ToText(absl::string_view value) {
  const std::string valid = ReplaceInvalidUtf8(value);
  return absl::StrReplaceAll(valid, {{absl::string_view("\0", 1), "\xef\xbf\xbd"}});
}

}  // namespace

PostgresArray::PostgresArray(Kind kind) : kind_(kind) {}

void PostgresArray::Add(int64_t value) {
  ++size_;
  Put32(sizeof(value), elements_);
  Put64(static_cast<uint64_t>(value), elements_);
}

void PostgresArray::AddReal(double value) { Add(std::bit_cast<int64_t>(value)); }

void PostgresArray::Add(absl::string_view value) {
  if (kind_ == Kind::kTexts && !value.empty() && !IsText(value)) return Put(ToText(value));
  Put(value);
}

void PostgresArray::Put(absl::string_view value) {
  ++size_;
  Put32(static_cast<uint32_t>(value.size()), elements_);
  elements_.append(value.data(), value.size());
}

void PostgresArray::AddNull() {
  ++size_;
  has_null_ = true;
  Put32(UINT32_MAX, elements_);
}

PostgresParameters& PostgresParameters::Put(Oid type, std::optional<std::string> value) {
  types_.push_back(type);
  values_.push_back(std::move(value));
  return *this;
}

PostgresParameters& PostgresParameters::Int(int64_t value) { return Put(kInt8, Encode(value)); }

PostgresParameters& PostgresParameters::Int(std::optional<int64_t> value) {
  return Put(kInt8, value.has_value() ? std::optional(Encode(*value)) : std::nullopt);
}

PostgresParameters& PostgresParameters::Double(std::optional<double> value) {
  if (!value.has_value()) return Put(kFloat8, std::nullopt);
  return Put(kFloat8, Encode(std::bit_cast<int64_t>(*value)));
}

PostgresParameters& PostgresParameters::Bool(bool value) {
  return Put(kBool, std::string(1, value ? '\1' : '\0'));
}

PostgresParameters& PostgresParameters::Text(absl::string_view value) {
  return Put(kText, value.empty() || IsText(value) ? std::string(value) : ToText(value));
}

PostgresParameters& PostgresParameters::Bytes(absl::string_view value) {
  return Put(kBytea, std::string(value));
}

PostgresParameters& PostgresParameters::Bytes(std::optional<std::string> value) {
  return Put(kBytea, std::move(value));
}

PostgresParameters& PostgresParameters::Array(const PostgresArray& values) {
  Oid element = kInt8, array = kIntArray;
  if (values.kind_ == PostgresArray::Kind::kReals) element = kFloat8, array = kRealArray;
  if (values.kind_ == PostgresArray::Kind::kTexts) element = kText, array = kTextArray;
  if (values.kind_ == PostgresArray::Kind::kBytes) element = kBytea, array = kBytesArray;
  std::string bytes;
  constexpr size_t kHeaderBytes = 20;
  bytes.reserve(kHeaderBytes + values.elements_.size());
  Put32(values.size_ > 0 ? 1 : 0, bytes);  // dimensions
  Put32(values.has_null_ ? 1 : 0, bytes);
  Put32(element, bytes);
  if (values.size_ > 0) {
    Put32(values.size_, bytes);
    Put32(1, bytes);  // the first one's number
    bytes.append(values.elements_);
  }
  return Put(array, std::move(bytes));
}

PostgresParameters& PostgresParameters::Ints(const std::vector<int64_t>& values) {
  PostgresArray array(PostgresArray::Kind::kInts);
  for (int64_t value : values) array.Add(value);
  return Array(array);
}

PostgresParameters& PostgresParameters::Texts(const std::vector<std::string>& values) {
  PostgresArray array(PostgresArray::Kind::kTexts);
  for (const std::string& value : values) array.Add(absl::string_view(value));
  return Array(array);
}

int64_t PostgresRows::Int(int row, int column) const {
  const char* bytes = PQgetvalue(result_.get(), row, column);
  switch (const int length = PQgetlength(result_.get(), row, column)) {
    case 2:
      return static_cast<int16_t>(Get(bytes, length));
    case 4:
      return static_cast<int32_t>(Get(bytes, length));
    default:
      return static_cast<int64_t>(Get(bytes, length));
  }
}

double PostgresRows::Double(int row, int column) const {
  return std::bit_cast<double>(
      Get(PQgetvalue(result_.get(), row, column), PQgetlength(result_.get(), row, column)));
}

absl::string_view PostgresRows::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

int64_t PostgresRows::changed() const { return std::atoll(PQcmdTuples(result_.get())); }

std::optional<int64_t> ToMicros(std::optional<absl::Time> time) {
  return time.has_value() ? std::optional(absl::ToUnixMicros(*time)) : std::nullopt;
}

std::optional<absl::Time> ReadTime(const PostgresRows& rows, int row, int column) {
  if (rows.IsNull(row, column)) return std::nullopt;
  return absl::FromUnixMicros(rows.Int(row, column));
}

}  // namespace hookd
