// The reads and writes of tokens of the store in PostgreSQL.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/ids.h"
#include "store/postgres/reads.h"
#include "store/postgres/writes.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr char kSelect[] =
    "SELECT key, id, display_name, secret_hash, client_identity, projects, roles, rate_per_second, "
    "rate_burst, "
    "expire_time, create_time, last_used_time FROM tokens";

Token ReadToken(const PostgresRows& rows, int row) {
  Token token;
  token.key = rows.Int(row, 0);
  token.id = std::string(rows.Text(row, 1));
  token.display_name = std::string(rows.Text(row, 2));
  token.secret_hash = std::string(rows.Text(row, 3));
  token.client_identity = std::string(rows.Text(row, 4));
  token.projects = absl::StrSplit(rows.Text(row, 5), '\n', absl::SkipEmpty());
  token.roles = Roles(static_cast<uint64_t>(rows.Int(row, 6)));
  if (!rows.IsNull(row, 7)) {
    token.rate_limit =
        RateLimit{.per_second = rows.Double(row, 7), .burst = static_cast<int>(rows.Int(row, 8))};
  }
  token.expire_time = ReadTime(rows, row, 9);
  token.create_time = absl::FromUnixMicros(rows.Int(row, 10));
  token.last_used_time = ReadTime(rows, row, 11);
  return token;
}

}  // namespace

WriteResult<Token> PostgresWrites::CreateToken(Token token) {
  const auto taken = Run("SELECT 1 FROM tokens WHERE id = $1", PostgresParameters().Text(token.id));
  if (!taken.ok()) return taken.status();
  if (taken->size() > 0) {
    return Refusal(TokenExists(token.id));
  }
  token.key = TakeKeys(1);
  if (token.id.empty()) token.id = EncodeId(token.key);
  token.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now_));
  const auto& rate = token.rate_limit;
  const auto inserted =
      Run("INSERT INTO tokens (key, id, display_name, secret_hash, client_identity, projects, roles, "
          "rate_per_second, "
          "rate_burst, expire_time, create_time) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
          PostgresParameters()
              .Int(token.key)
              .Text(token.id)
              .Text(token.display_name)
              .Bytes(absl::string_view(token.secret_hash))
              .Text(token.client_identity)
              .Text(absl::StrJoin(token.projects, "\n"))
              .Int(static_cast<int64_t>(token.roles.to_ullong()))
              .Double(rate.has_value() ? std::optional(rate->per_second) : std::nullopt)
              .Int(rate.has_value() ? std::optional<int64_t>(rate->burst) : std::nullopt)
              .Int(ToMicros(token.expire_time))
              .Int(absl::ToUnixMicros(token.create_time)));
  if (!inserted.ok()) return inserted.status();
  const absl::Status notified = NotifyTokenChange();
  if (!notified.ok()) return notified;
  return token;
}

WriteResult<Token> PostgresWrites::DeleteToken(const std::string& id) {
  const auto found = Run(absl::StrCat(kSelect, " WHERE id = $1 FOR UPDATE"), PostgresParameters().Text(id));
  if (!found.ok()) return found.status();
  if (found->size() == 0) return Refusal(TokenNotFound(id));
  const auto removed = Run("DELETE FROM tokens WHERE id = $1", PostgresParameters().Text(id));
  if (!removed.ok()) return removed.status();
  const absl::Status notified = NotifyTokenChange();
  if (!notified.ok()) return notified;
  return ReadToken(*found, 0);
}

absl::Status PostgresWrites::NotifyTokenChange() {
  notices_.ConfigurationChanged();
  return Run("UPDATE token_changes SET count = count + 1").status();
}

absl::Status PostgresWrites::SetTokenUsed(int64_t key, absl::Time time) {
  return Run("UPDATE tokens SET last_used_time = $1 WHERE key = $2",
             PostgresParameters().Int(absl::ToUnixMicros(time)).Int(key))
      .status();
}

namespace postgres {

absl::StatusOr<std::vector<Token>> LoadTokens(PostgresConnection& connection) {
  const auto rows = connection.Query(kSelect);
  if (!rows.ok()) return rows.status();
  std::vector<Token> tokens;
  tokens.reserve(static_cast<size_t>(rows->size()));
  for (int i = 0; i < rows->size(); ++i) tokens.push_back(ReadToken(*rows, i));
  return tokens;
}

}  // namespace postgres
}  // namespace hookd
