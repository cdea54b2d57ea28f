// The reads and writes of tokens of the embedded store.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/ids.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/writes.h"
#include "store/store_errors.h"

namespace hookd {
namespace {

constexpr char kSelect[] =
    "SELECT key, id, display_name, secret_hash, client_identity, projects, roles, rate_per_second, "
    "rate_burst, "
    "expire_time, create_time, last_used_time FROM tokens";

Token ReadToken(const Statement& row) {
  Token token;
  token.key = row.Int(0);
  token.id = std::string(row.Text(1));
  token.display_name = std::string(row.Text(2));
  token.secret_hash = std::string(row.Text(3));
  token.client_identity = std::string(row.Text(4));
  token.projects = absl::StrSplit(row.Text(5), '\n', absl::SkipEmpty());
  token.roles = Roles(static_cast<uint64_t>(row.Int(6)));
  if (!row.IsNull(7)) {
    token.rate_limit = RateLimit{.per_second = row.Double(7), .burst = static_cast<int>(row.Int(8))};
  }
  token.expire_time = ReadTime(row, 9);
  token.create_time = absl::FromUnixMicros(row.Int(10));
  token.last_used_time = ReadTime(row, 11);
  return token;
}

}  // namespace

WriteResult<Token> SqliteWrites::CreateToken(Token token) {
  const auto find = database_->Prepare("SELECT 1 FROM tokens WHERE id = ?");
  if (!find.ok()) return find.status();
  const auto taken = (*find)->BindText(1, token.id).Step();
  if (!taken.ok()) return taken.status();
  (*find)->Reset();
  if (*taken) {
    return Refusal(TokenExists(token.id));
  }
  const absl::Time now = clock_->Now();
  token.key = keys_.Take(now, 1);
  if (token.id.empty()) token.id = EncodeId(token.key);
  token.create_time = absl::FromUnixMicros(absl::ToUnixMicros(now));
  const auto insert = database_->Prepare(
      "INSERT INTO tokens (key, id, display_name, secret_hash, client_identity, projects, roles, "
      "rate_per_second, rate_burst, expire_time, create_time) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  const std::string projects = absl::StrJoin(token.projects, "\n");
  Statement& row = **insert;
  row.Bind(1, token.key)
      .BindText(2, token.id)
      .BindText(3, token.display_name)
      .BindBlob(4, token.secret_hash)
      .BindText(5, token.client_identity)
      .BindText(6, projects)
      .Bind(7, static_cast<int64_t>(token.roles.to_ullong()))
      .Bind(11, absl::ToUnixMicros(token.create_time));
  if (token.rate_limit.has_value()) {
    row.BindDouble(8, token.rate_limit->per_second).Bind(9, token.rate_limit->burst);
  } else {
    row.BindNull(8).BindNull(9);
  }
  BindTime(row, 10, token.expire_time);
  const absl::Status inserted = row.Run();
  if (!inserted.ok()) return inserted;
  return token;
}

WriteResult<Token> SqliteWrites::DeleteToken(const std::string& id) {
  const auto find = database_->Prepare(absl::StrCat(kSelect, " WHERE id = ?"));
  if (!find.ok()) return find.status();
  const auto found = (*find)->BindText(1, id).Step();
  if (!found.ok()) return found.status();
  if (!*found) return Refusal(TokenNotFound(id));
  Token token = ReadToken(**find);
  (*find)->Reset();
  const auto remove = database_->Prepare("DELETE FROM tokens WHERE key = ?");
  if (!remove.ok()) return remove.status();
  const absl::Status removed = (*remove)->Bind(1, token.key).Run();
  if (!removed.ok()) return removed;
  return token;
}

absl::Status SqliteWrites::SetTokenUsed(int64_t key, absl::Time time) {
  const auto update = database_->Prepare("UPDATE tokens SET last_used_time = ? WHERE key = ?");
  if (!update.ok()) return update.status();
  BindTime(**update, 1, time);
  return (*update)->Bind(2, key).Run();
}

namespace sqlite {

absl::StatusOr<std::vector<Token>> LoadTokens(Database& database) {
  const auto select = database.Prepare(kSelect);
  if (!select.ok()) return select.status();
  std::vector<Token> tokens;
  const absl::Status read = ForEachRow(**select, [&](const Statement& row) {
    tokens.push_back(ReadToken(row));
    return true;
  });
  if (!read.ok()) return read;
  return tokens;
}

}  // namespace sqlite
}  // namespace hookd
