// The part of PostgresWrites for statistics.
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/postgres/writes.h"
#include "store/stats/stats_rows.h"

namespace hookd {
namespace {

using Kind = PostgresArray::Kind;

// The rows of a statement, column by column.
struct StatsRows {
  void AddKey(const StatsRow& row, int64_t owner) {
    days.Add(row.hour / kHoursPerDay);
    owners.Add(owner);
    hours.Add(row.hour);
  }
  void Add(const StatsRow& row, int64_t owner, const StoredStats& stored) {
    AddKey(row, owner);
    counted.Add(stored.counted_to);
    totals.Add(absl::string_view(stored.total));
    minutes.Add(absl::string_view(stored.minutes));
  }

  PostgresArray days{Kind::kInts}, owners{Kind::kInts}, hours{Kind::kInts}, counted{Kind::kInts},
      totals{Kind::kBytes}, minutes{Kind::kBytes};
};

constexpr char kFind[] =
    "SELECT u.owner, u.hour, s.counted_to, s.total, s.minutes FROM unnest($1::bigint[], $2::bigint[], "
    "$3::bigint[]) u (day, owner, hour) CROSS JOIN LATERAL (SELECT counted_to, total, minutes FROM stats "
    "WHERE day = u.day AND owner = u.owner AND hour = u.hour AND slot = $4 LIMIT 1) s";
constexpr char kWrite[] =
    "INSERT INTO stats (day, owner, hour, slot, counted_to, total, minutes) SELECT day, owner, hour, $7, "
    "counted_to, total, minutes FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
    "$5::bytea[], $6::bytea[]) u (day, owner, hour, counted_to, total, minutes) ON CONFLICT (day, owner, "
    "hour, slot) DO UPDATE SET counted_to = excluded.counted_to, total = excluded.total, minutes = "
    "excluded.minutes";

}  // namespace

absl::Status PostgresWrites::BeginStatsLog(StatsWritten* written) {
  StatsLog log{.slot = slot_, .first_key = std::max(keys_.last(), skip_keys_to_.load())};
  HOOKD_RETURN_IF_ERROR(Run("UPDATE stats_logs SET end_key = $2 WHERE slot = $1 AND end_key IS NULL",
                            PostgresParameters().Int(slot_).Int(log.first_key))
                            .status());
  log.positions.assign(kStatsPartitions, log.first_key);
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows begun,
      Run("INSERT INTO stats_logs (slot, node, first_key, clean, version, counted_to, positions) VALUES ($1, "
          "$2, $3, false, 0, $3, $4) RETURNING id",
          PostgresParameters()
              .Int(slot_)
              .Text(node_->id())
              .Int(log.first_key)
              .Bytes(absl::string_view(EncodePositions(log.positions)))));
  log.id = begun.Int(0, 0);
  written->written = true;
  written->begun = std::move(log);
  return absl::OkStatus();
}

absl::Status PostgresWrites::WriteStats(const Store::TakeStats& take, StatsWritten* written) {
  *written = {};
  // Learns which slot this process has, and writes what was gathered before.
  HOOKD_RETURN_IF_ERROR(Flush());
  written->session = {.slot = slot_, .generation = slot_generation_};
  const std::shared_ptr<const StatsBatch> batch = take(written->session);
  if (batch == nullptr) return absl::OkStatus();
  if (batch->begin) return BeginStatsLog(written);
  // The lock keeps others from changing rows of this slot meanwhile.
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows logs,
      Run("SELECT id, version, slot FROM stats_logs WHERE slot = (SELECT slot FROM stats_logs WHERE id = $1) "
          "ORDER BY id FOR UPDATE",
          PostgresParameters().Int(batch->log)));
  std::optional<int> slot;
  for (int i = 0; i < logs.size(); ++i) {
    const bool same = logs.Int(i, 0) == batch->log && logs.Int(i, 1) == batch->version;
    if (same) slot = static_cast<int>(logs.Int(i, 2));
  }
  if (!slot.has_value()) return absl::OkStatus();
  HOOKD_RETURN_IF_ERROR(AddStatsRows(*batch, *slot, written->damaged));
  for (const StatsGap& gap : batch->gaps) HOOKD_RETURN_IF_ERROR(AddStatsGap(gap));
  written->written = true;
  if (batch->finished) {
    return Run("DELETE FROM stats_logs WHERE id = $1", PostgresParameters().Int(batch->log)).status();
  }
  return Run("UPDATE stats_logs SET version = version + 1, clean = $2, counted_to = $3, positions = $4 WHERE "
             "id = $1",
             PostgresParameters()
                 .Int(batch->log)
                 .Bool(batch->clean)
                 .Int(CountedTo(batch->positions))
                 .Bytes(absl::string_view(EncodePositions(batch->positions))))
      .status();
}

absl::Status PostgresWrites::AddStatsGap(const StatsGap& gap) {
  return Run("INSERT INTO stats_gaps VALUES ($1, $2) ON CONFLICT DO NOTHING",
             PostgresParameters().Int(absl::ToUnixMicros(gap.start)).Int(absl::ToUnixMicros(gap.end)))
      .status();
}

absl::StatusOr<absl::flat_hash_map<std::string, int64_t>> PostgresWrites::StatsProjects(
    const StatsBatch& batch) {
  std::vector<std::string> names;
  for (const StatsRow& row : batch.rows) {
    const bool is_project = row.owner.webhook_key == 0;
    if (is_project && (names.empty() || names.back() != row.owner.project))
      names.push_back(row.owner.project);
  }
  absl::flat_hash_map<std::string, int64_t> keys;
  if (names.empty()) return keys;
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows rows,
      Run("SELECT name, key FROM projects WHERE name = ANY($1::text[])", PostgresParameters().Texts(names)));
  for (int i = 0; i < rows.size(); ++i) keys[std::string(rows.Text(i, 0))] = rows.Int(i, 1);
  return keys;
}

absl::Status PostgresWrites::AddStatsRows(const StatsBatch& batch, int slot, int& damaged) {
  if (batch.rows.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(const auto projects, StatsProjects(batch));
  std::vector<std::pair<int64_t, const StatsRow*>> rows;
  StatsRows keys;
  for (const StatsRow& row : batch.rows) {
    int64_t owner = row.owner.webhook_key;
    if (owner == 0) {
      const auto project = projects.find(row.owner.project);
      if (project == projects.end()) continue;
      // The id has become another project's since this was counted.
      if (row.owner.project_key != 0 && row.owner.project_key != project->second) continue;
      owner = -project->second;
    }
    rows.emplace_back(owner, &row);
    keys.AddKey(row, owner);
  }
  if (rows.empty()) return absl::OkStatus();
  HOOKD_ASSIGN_OR_RETURN(
      const PostgresRows found,
      Run(kFind, PostgresParameters().Array(keys.days).Array(keys.owners).Array(keys.hours).Int(slot)));
  std::map<std::pair<int64_t, int64_t>, StoredStats> stored;  // by owner and hour
  for (int i = 0; i < found.size(); ++i) {
    stored[{found.Int(i, 0), found.Int(i, 1)}] = {.counted_to = found.Int(i, 2),
                                                  .total = std::string(found.Text(i, 3)),
                                                  .minutes = std::string(found.Text(i, 4))};
  }
  StatsRows written;
  for (const auto& [owner, row] : rows) {
    const auto old = stored.find({owner, row->hour});
    const int64_t counted_to = batch.positions[static_cast<size_t>(StatsPartitionOf(row->owner))];
    bool was_damaged = false;
    written.Add(*row, owner,
                AddToStored(old == stored.end() ? nullptr : &old->second, *row, counted_to, was_damaged));
    if (!was_damaged) continue;
    ++damaged;
    HOOKD_RETURN_IF_ERROR(AddStatsGap(GapOfHour(row->hour)));
  }
  return Run(kWrite, PostgresParameters()
                         .Array(written.days)
                         .Array(written.owners)
                         .Array(written.hours)
                         .Array(written.counted)
                         .Array(written.totals)
                         .Array(written.minutes)
                         .Int(slot))
      .status();
}

}  // namespace hookd
