#include "store/postgres/purge.h"

#include <algorithm>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/status_macros.h"
#include "store/postgres/partitions.h"
#include "store/postgres/reads.h"

namespace hookd {
namespace {

// How many events a purge examines for each that it may delete, as some cannot be deleted.
constexpr int kLookedAtPerDeleted = 5;

}  // namespace

absl::StatusOr<int> PostgresPurge::Delete(PostgresConnection& connection, const std::vector<OldEvent>& events,
                                          bool delivered) {
  auto deleted = DeleteInTransaction(connection, events, delivered);
  if (!deleted.ok()) connection.Execute("ROLLBACK").IgnoreError();
  return deleted;
}

absl::StatusOr<int> PostgresPurge::DeleteInTransaction(PostgresConnection& connection,
                                                       const std::vector<OldEvent>& events, bool delivered) {
  std::vector<int64_t> keys;
  keys.reserve(events.size());
  for (const OldEvent& event : events) keys.push_back(event.key);
  const int64_t least = events.front().key, greatest = events.back().key + events.back().webhook_count;
  // Locked, so that no delivery becomes pending again meanwhile; skipped if another process has the lock.
  connection.Queue("BEGIN");
  connection.Queue(
      "SELECT key, webhook_count FROM events WHERE key = ANY ($1::bigint[]) ORDER BY key FOR UPDATE SKIP "
      "LOCKED",
      PostgresParameters().Ints(keys));
  auto looked = connection.Run();
  if (!looked.ok()) return looked.status();
  std::vector<int64_t> locked, counts;
  for (int i = 0; i < looked->back().size(); ++i) {
    locked.push_back(looked->back().Int(i, 0));
    counts.push_back(looked->back().Int(i, 1));
  }
  const auto deliveries = connection.Query(
      "SELECT d.key, d.event_key, d.state, d.last_outcome FROM unnest($1::bigint[], $2::bigint[]) e (key, "
      "count) "
      "JOIN deliveries d ON d.key > e.key AND d.key <= e.key + e.count AND d.key BETWEEN $3 AND $4 "
      "ORDER BY d.key FOR UPDATE OF d",
      PostgresParameters().Ints(locked).Ints(counts).Int(least).Int(greatest));
  if (!deliveries.ok()) return deliveries.status();
  absl::flat_hash_set<int64_t> kept;
  for (int i = 0; i < deliveries->size(); ++i) {
    const auto state = static_cast<DeliveryState>(deliveries->Int(i, 2));
    if (delivered ? state != DeliveryState::kDelivered : state == DeliveryState::kPending)
      kept.insert(deliveries->Int(i, 1));
  }
  std::vector<int64_t> delivery_keys, outcomes;
  for (int i = 0; i < deliveries->size(); ++i) {
    if (kept.contains(deliveries->Int(i, 1))) continue;
    delivery_keys.push_back(deliveries->Int(i, 0));
    if (!deliveries->IsNull(i, 3)) outcomes.push_back(deliveries->Int(i, 3));
  }
  locked.erase(std::remove_if(locked.begin(), locked.end(), [&](int64_t key) { return kept.contains(key); }),
               locked.end());
  connection.Queue(
      "WITH RECURSIVE chain (key) AS (SELECT unnest($1::bigint[]) UNION ALL SELECT o.previous FROM chain c "
      "JOIN "
      "outcomes o ON o.key = c.key WHERE o.previous IS NOT NULL) DELETE FROM outcomes WHERE key IN "
      "(SELECT key FROM chain)",
      PostgresParameters().Ints(outcomes));
  connection.Queue("DELETE FROM deliveries WHERE key = ANY ($1::bigint[])",
                   PostgresParameters().Ints(delivery_keys));
  connection.Queue("DELETE FROM events WHERE key = ANY ($1::bigint[])", PostgresParameters().Ints(locked));
  connection.Queue("COMMIT");
  const auto deleted = connection.Run();
  if (!deleted.ok()) return deleted.status();
  return static_cast<int>((*deleted)[2].changed());
}

absl::Status PostgresPurge::PurgeRange(PostgresConnection& connection, int64_t& from, int64_t before,
                                       bool delivered, int limit, Purged& purged) {
  const int looked_at = (limit - purged.count) * kLookedAtPerDeleted;
  // And whether a delivery prevents its deletion.
  const auto rows = connection.Query(
      absl::StrCat(
          "SELECT e.key, e.webhook_count, EXISTS (SELECT 1 FROM deliveries d WHERE d.key > e.key AND "
          "d.key <= e.key + e.webhook_count AND d.key BETWEEN $1 AND $2 + ",
          kMaxKeyRun, " AND d.state ", delivered ? "<> 2" : "= 1",
          ") FROM events e WHERE e.key >= $1 AND e.key < $2 ORDER BY e.key LIMIT $3"),
      PostgresParameters().Int(from).Int(before).Int(looked_at));
  if (!rows.ok()) return rows.status();
  std::vector<OldEvent> events;
  for (int i = 0; i < rows->size(); ++i) {
    if (purged.count + static_cast<int>(events.size()) == limit) {
      purged.more = true;
      break;
    }
    from = rows->Int(i, 0) + 1;
    if (rows->Int(i, 2) == 0) events.push_back({.key = rows->Int(i, 0), .webhook_count = rows->Int(i, 1)});
  }
  if (!purged.more) purged.more = rows->size() == looked_at;
  if (events.empty()) return absl::OkStatus();
  const auto deleted = Delete(connection, events, delivered);
  if (!deleted.ok()) return deleted.status();
  purged.count += *deleted;
  return absl::OkStatus();
}

absl::StatusOr<Purged> PostgresPurge::Purge(PostgresConnection& connection, int64_t before_key,
                                            int64_t delivered_before_key, int limit) {
  if (purged_to_ == 0 && delivered_purged_to_ == 0) {
    const absl::Status dropped = Partitions::DropOld(connection, before_key);
    // Others use it: its rows are deleted one by one, or by a later call.
    if (!dropped.ok()) LogDebug("an old day was not dropped yet", {{"error", dropped.message()}});
  }
  HOOKD_ASSIGN_OR_RETURN(const bool more_stats, postgres::PurgeStats(connection, before_key));
  if (more_stats) return Purged{.more = true};
  Purged purged;
  absl::Status status = PurgeRange(connection, purged_to_, before_key, /*delivered=*/false, limit, purged);
  if (!status.ok()) return status;
  if (purged.more) return purged;
  // The next call examines pending events there again.
  purged_to_ = 0;
  delivered_purged_to_ = std::max(delivered_purged_to_, before_key);
  status =
      PurgeRange(connection, delivered_purged_to_, delivered_before_key, /*delivered=*/true, limit, purged);
  if (!status.ok()) return status;
  // Pending deliveries may be delivered by the next call.
  if (!purged.more) delivered_purged_to_ = 0;
  return purged;
}

}  // namespace hookd
