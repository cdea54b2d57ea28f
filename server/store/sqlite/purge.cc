// The part of SqliteWrites that deletes old events.
#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/writes.h"

namespace hookd {
namespace {

// How many events a purge examines for each that it may delete, as some cannot be deleted.
constexpr int kLookedAtPerDeleted = 5;

// Free pages that the file keeps for new events: a fraction of the pages in use, and at least 16 MiB. So a
// store of constant size does not shrink and grow by turns.
constexpr int64_t kSparePart = 4;
constexpr int64_t kMinSparePages = 4096;

// Pages that are returned to the disk in one transaction, 1 MiB: some 5 ms. With Retention's pauses a file
// shrinks by about 20 MiB a second.
constexpr int64_t kShrinkSlicePages = 256;

// The value of PRAGMA auto_vacuum for INCREMENTAL.
constexpr int64_t kIncremental = 2;

struct OldEvent {
  int64_t key;
  int64_t webhook_count;
};

}  // namespace

absl::StatusOr<bool> SqliteWrites::CanDelete(int64_t key, int64_t webhook_count, bool delivered) {
  if (webhook_count == 0) return true;
  // A delivery of the event that prevents its deletion.
  const auto keeps = database_->Prepare(
      delivered ? "SELECT 1 FROM deliveries WHERE key BETWEEN ? AND ? AND state <> 2 LIMIT 1"
                : "SELECT 1 FROM deliveries WHERE key BETWEEN ? AND ? AND state = 1 LIMIT 1");
  if (!keeps.ok()) return keeps.status();
  const auto kept = (*keeps)->Bind(1, key + 1).Bind(2, key + webhook_count).Step();
  if (!kept.ok()) return kept.status();
  (*keeps)->Reset();
  return !*kept;
}

absl::Status SqliteWrites::DeleteEvent(int64_t key, int64_t webhook_count) {
  if (webhook_count > 0) {
    const auto outcomes = database_->Prepare(
        "WITH RECURSIVE chain (key) AS (SELECT last_outcome FROM deliveries WHERE key BETWEEN ?1 AND ?2 AND "
        "last_outcome IS NOT NULL UNION ALL SELECT o.previous FROM outcomes o JOIN chain c ON o.key = c.key "
        "WHERE o.previous IS NOT NULL) DELETE FROM outcomes WHERE key IN chain");
    if (!outcomes.ok()) return outcomes.status();
    absl::Status status = (*outcomes)->Bind(1, key + 1).Bind(2, key + webhook_count).Run();
    if (!status.ok()) return status;
    const auto deliveries = database_->Prepare("DELETE FROM deliveries WHERE key BETWEEN ? AND ?");
    if (!deliveries.ok()) return deliveries.status();
    status = (*deliveries)->Bind(1, key + 1).Bind(2, key + webhook_count).Run();
    if (!status.ok()) return status;
  }
  const auto event = database_->Prepare("DELETE FROM events WHERE key = ?");
  if (!event.ok()) return event.status();
  return (*event)->Bind(1, key).Run();
}

absl::Status SqliteWrites::PurgeRange(int64_t& from, int64_t before, bool delivered, int limit,
                                      Purged& purged) {
  const auto select = database_->Prepare(
      "SELECT key, webhook_count FROM events WHERE key >= ? AND key < ? ORDER BY key LIMIT ?");
  if (!select.ok()) return select.status();
  const int looked_at = (limit - purged.count) * kLookedAtPerDeleted;
  (*select)->Bind(1, from).Bind(2, before).Bind(3, looked_at);
  std::vector<OldEvent> events;
  const absl::Status read = sqlite::ForEachRow(**select, [&](const Statement& row) {
    events.push_back({.key = row.Int(0), .webhook_count = row.Int(1)});
    return true;
  });
  if (!read.ok()) return read;
  for (const OldEvent& event : events) {
    if (purged.count == limit) {
      purged.more = true;
      return absl::OkStatus();
    }
    from = event.key + 1;
    const auto can_delete = CanDelete(event.key, event.webhook_count, delivered);
    if (!can_delete.ok()) return can_delete.status();
    if (!*can_delete) continue;
    const absl::Status deleted = DeleteEvent(event.key, event.webhook_count);
    if (!deleted.ok()) return deleted;
    ++purged.count;
  }
  purged.more = events.size() == static_cast<size_t>(looked_at);
  return absl::OkStatus();
}

absl::Status SqliteWrites::Shrink() {
  shrinking_ = false;
  // In a file of an older version free pages are reused, but stay in the file.
  const auto mode = database_->QueryInt("PRAGMA auto_vacuum");
  if (!mode.ok()) return mode.status();
  if (*mode != kIncremental) return absl::OkStatus();
  const auto pages = database_->QueryInt("PRAGMA page_count");
  if (!pages.ok()) return pages.status();
  const auto unused = database_->QueryInt("PRAGMA freelist_count");
  if (!unused.ok()) return unused.status();
  const int64_t spare = std::max(kMinSparePages, (*pages - *unused) / kSparePart);
  if (*unused <= spare) return absl::OkStatus();
  const int64_t slice = std::min(*unused - spare, kShrinkSlicePages);
  shrinking_ = *unused - slice > spare;
  return database_->Execute(absl::StrCat("PRAGMA incremental_vacuum(", slice, ")"));
}

WriteResult<Purged> SqliteWrites::Purge(int64_t before_key, int64_t delivered_before_key, int limit) {
  absl::Status status;
  // Expired events are deleted between the slices, as shrinking a large file takes long.
  if (shrinking_) status = Shrink();
  if (status.ok()) status = unwritten_.WriteBelow(std::max(before_key, delivered_before_key));
  Purged purged;
  if (status.ok()) status = PurgeStats(before_key, purged);
  if (!status.ok()) return status;
  if (purged.more) return purged;
  status = PurgeRange(purged_to_, before_key, /*delivered=*/false, limit, purged);
  if (!status.ok()) return status;
  if (purged.more) return purged;
  // The next call examines pending events there again.
  purged_to_ = 0;
  delivered_purged_to_ = std::max(delivered_purged_to_, before_key);
  status = PurgeRange(delivered_purged_to_, delivered_before_key, /*delivered=*/true, limit, purged);
  if (!status.ok()) return status;
  // Pending deliveries may be delivered by the next call.
  if (!purged.more) {
    delivered_purged_to_ = 0;
    if (!shrinking_) status = Shrink();
    if (!status.ok()) return status;
    purged.more = shrinking_;
  }
  return purged;
}

}  // namespace hookd
