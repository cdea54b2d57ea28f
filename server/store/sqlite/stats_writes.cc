// The part of SqliteWrites for statistics.
#include <memory>
#include <optional>
#include <string>

#include "base/status_macros.h"
#include "store/sqlite/writes.h"
#include "store/stats/stats_rows.h"

namespace hookd {
namespace {

// How many rows of statistics a purge deletes in one transaction.
constexpr int kPurgedRows = 1000;

absl::StatusOr<int64_t> IdOfNewLog(Database& database, int64_t first_key) {
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const insert,
      database.Prepare("INSERT INTO stats_logs (slot, first_key, clean, version, counted_to, "
                       "positions) VALUES (-1, ?1, 0, 0, ?1, ?2) RETURNING id"));
  const std::string positions = EncodePositions(std::vector<int64_t>(kStatsPartitions, first_key));
  HOOKD_RETURN_IF_ERROR(insert->Bind(1, first_key).BindBlob(2, positions).Step().status());
  const int64_t id = insert->Int(0);
  // The row is written only once the statement has run to its end.
  HOOKD_RETURN_IF_ERROR(insert->Step().status());
  return id;
}

// The number that stands for the owner; nothing for a project that does not exist.
absl::StatusOr<std::optional<int64_t>> OwnerKey(Database& database, const StatsOwner& owner) {
  if (owner.webhook_key != 0) return owner.webhook_key;
  HOOKD_ASSIGN_OR_RETURN(Statement* const find, database.Prepare("SELECT key FROM projects WHERE name = ?"));
  HOOKD_ASSIGN_OR_RETURN(const bool found, find->BindText(1, owner.project).Step());
  if (!found) return std::nullopt;
  const int64_t key = find->Int(0);
  find->Reset();
  // The id has become another project's since this was counted.
  if (owner.project_key != 0 && owner.project_key != key) return std::nullopt;
  return -key;
}

absl::Status AddGap(Database& database, const StatsGap& gap) {
  HOOKD_ASSIGN_OR_RETURN(Statement* const insert,
                         database.Prepare("INSERT OR IGNORE INTO stats_gaps VALUES (?, ?)"));
  return insert->Bind(1, absl::ToUnixMicros(gap.start)).Bind(2, absl::ToUnixMicros(gap.end)).Run();
}

absl::Status AddRow(Database& database, const StatsRow& row, int slot, int64_t counted_to, int& damaged) {
  HOOKD_ASSIGN_OR_RETURN(const std::optional<int64_t> owner, OwnerKey(database, row.owner));
  if (!owner.has_value()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(Statement* const find,
                         database.Prepare("SELECT counted_to, total, minutes FROM stats WHERE day = ? AND "
                                          "owner = ? AND hour = ? AND slot = ?"));
  const int64_t day = row.hour / kHoursPerDay;
  HOOKD_ASSIGN_OR_RETURN(const bool found,
                         find->Bind(1, day).Bind(2, *owner).Bind(3, row.hour).Bind(4, slot).Step());
  StoredStats stored;
  if (found) {
    stored = {.counted_to = find->Int(0),
              .total = std::string(find->Text(1)),
              .minutes = std::string(find->Text(2))};
    find->Reset();
  }
  bool was_damaged = false;
  stored = AddToStored(found ? &stored : nullptr, row, counted_to, was_damaged);
  if (was_damaged) {
    ++damaged;
    HOOKD_RETURN_IF_ERROR(AddGap(database, GapOfHour(row.hour)));
  }
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const write,
      database.Prepare("INSERT OR REPLACE INTO stats (day, owner, hour, slot, counted_to, total, minutes) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)"));
  return write->Bind(1, day)
      .Bind(2, *owner)
      .Bind(3, row.hour)
      .Bind(4, slot)
      .Bind(5, stored.counted_to)
      .BindBlob(6, stored.total)
      .BindBlob(7, stored.minutes)
      .Run();
}

absl::Status UpdateLog(Database& database, const StatsBatch& batch) {
  if (batch.finished) {
    HOOKD_ASSIGN_OR_RETURN(Statement* const finish, database.Prepare("DELETE FROM stats_logs WHERE id = ?"));
    return finish->Bind(1, batch.log).Run();
  }
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const update,
      database.Prepare("UPDATE stats_logs SET version = version + 1, clean = ?, counted_to "
                       "= ?, positions = ? WHERE id = ?"));
  const std::string positions = EncodePositions(batch.positions);
  return update->Bind(1, batch.clean)
      .Bind(2, CountedTo(batch.positions))
      .BindBlob(3, positions)
      .Bind(4, batch.log)
      .Run();
}

}  // namespace

absl::Status SqliteWrites::BeginStatsLog(StatsWritten* written) {
  StatsLog log{.first_key = keys_.last()};
  HOOKD_ASSIGN_OR_RETURN(Statement* const end,
                         database_->Prepare("UPDATE stats_logs SET end_key = ? WHERE end_key IS NULL"));
  HOOKD_RETURN_IF_ERROR(end->Bind(1, log.first_key).Run());
  HOOKD_ASSIGN_OR_RETURN(log.id, IdOfNewLog(*database_, log.first_key));
  log.positions.assign(kStatsPartitions, log.first_key);
  written->written = true;
  written->begun = std::move(log);
  return absl::OkStatus();
}

absl::Status SqliteWrites::WriteStats(const Store::TakeStats& take, StatsWritten* written) {
  *written = {};
  const std::shared_ptr<const StatsBatch> batch = take(written->session);
  if (batch == nullptr) return absl::OkStatus();
  if (batch->begin) return BeginStatsLog(written);
  HOOKD_ASSIGN_OR_RETURN(Statement* const find,
                         database_->Prepare("SELECT slot FROM stats_logs WHERE id = ? AND version = ?"));
  HOOKD_ASSIGN_OR_RETURN(const bool found, find->Bind(1, batch->log).Bind(2, batch->version).Step());
  if (!found) return absl::OkStatus();
  const auto slot = static_cast<int>(find->Int(0));
  find->Reset();
  for (const StatsRow& row : batch->rows) {
    const int64_t counted_to = batch->positions[static_cast<size_t>(StatsPartitionOf(row.owner))];
    HOOKD_RETURN_IF_ERROR(AddRow(*database_, row, slot, counted_to, written->damaged));
  }
  for (const StatsGap& gap : batch->gaps) HOOKD_RETURN_IF_ERROR(AddGap(*database_, gap));
  HOOKD_RETURN_IF_ERROR(UpdateLog(*database_, *batch));
  written->written = true;
  return absl::OkStatus();
}

absl::Status SqliteWrites::PurgeStats(int64_t before_key, Purged& purged) {
  const absl::Time before = TimeOfKey(before_key);
  HOOKD_ASSIGN_OR_RETURN(
      Statement* const rows,
      database_->Prepare("DELETE FROM stats WHERE (day, owner, hour, slot) IN (SELECT day, "
                         "owner, hour, slot FROM stats WHERE day < ? LIMIT ?)"));
  HOOKD_RETURN_IF_ERROR(rows->Bind(1, HourOf(before) / kHoursPerDay).Bind(2, kPurgedRows).Run());
  if (sqlite3_changes(database_->connection()) == kPurgedRows) purged.more = true;
  HOOKD_ASSIGN_OR_RETURN(Statement* const gaps,
                         database_->Prepare("DELETE FROM stats_gaps WHERE end_time < ?"));
  return gaps->Bind(1, absl::ToUnixMicros(before)).Run();
}

}  // namespace hookd
