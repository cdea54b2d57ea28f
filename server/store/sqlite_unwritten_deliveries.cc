#include "store/sqlite_unwritten_deliveries.h"

#include <iterator>

#include "absl/time/time.h"
#include "base/ids.h"
#include "base/limits.h"

namespace hookd {
namespace {

// The least key that can be without a row when `last_key` is the greatest.
int64_t OldestWithoutRow(int64_t last_key) {
  return FirstKeyAt(TimeOfKey(last_key) - limits::kUnwrittenDeliveryAge);
}

}  // namespace

void UnwrittenDeliveries::Add(int64_t key, const Delivery& delivery) {
  if (first_added_ == kNone) first_added_ = key;
  deliveries_.emplace_hint(deliveries_.end(), key, delivery);
}

std::optional<UnwrittenDeliveries::Delivery> UnwrittenDeliveries::Take(int64_t key) {
  const auto found = deliveries_.find(key);
  if (found == deliveries_.end()) return std::nullopt;
  taken_.push_back(*found);
  deliveries_.erase(found);
  return taken_.back().second;
}

absl::Status UnwrittenDeliveries::WriteBelow(int64_t key) {
  if (deliveries_.empty() || deliveries_.begin()->first >= key) return absl::OkStatus();
  const auto insert = database_->Prepare(
      "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) VALUES (?, ?, ?, ?, "
      "?, 1)");
  if (!insert.ok()) return insert.status();
  while (!deliveries_.empty() && deliveries_.begin()->first < key) {
    const int64_t next = deliveries_.begin()->first;
    const Delivery delivery = *Take(next);
    const absl::Status inserted = (*insert)
                                      ->Bind(1, next)
                                      .Bind(2, delivery.event_key)
                                      .Bind(3, delivery.webhook_key)
                                      .Bind(4, delivery.project)
                                      .Bind(5, delivery.event_type)
                                      .Run();
    if (!inserted.ok()) return inserted;
  }
  return absl::OkStatus();
}

absl::Status UnwrittenDeliveries::WriteOld(int64_t last_key) {
  const absl::Status written = WriteBelow(OldestWithoutRow(last_key));
  if (!written.ok() || deliveries_.size() <= limits::kMaxUnwrittenDeliveries) return written;
  const auto too_many = static_cast<ptrdiff_t>(deliveries_.size() - limits::kMaxUnwrittenDeliveries);
  return WriteBelow(std::next(deliveries_.begin(), too_many)->first);
}

void UnwrittenDeliveries::Committed() {
  first_added_ = kNone;
  taken_.clear();
  oldest_ = deliveries_.empty() ? kNone : deliveries_.begin()->first;
}

void UnwrittenDeliveries::RolledBack() {
  deliveries_.erase(deliveries_.lower_bound(first_added_), deliveries_.end());
  for (const auto& [key, delivery] : taken_) {
    if (key < first_added_) deliveries_.emplace(key, delivery);
  }
  first_added_ = kNone;
  taken_.clear();
}

absl::Status WriteMissingDeliveries(Database& database) {
  // Not above the greatest key that was ever made, so that none is overlooked.
  const auto last_event = database.QueryInt("SELECT max(key) FROM events");
  if (!last_event.ok()) return last_event.status();
  const auto insert = database.Prepare(
      "INSERT OR IGNORE INTO deliveries (key, event_key, webhook_key, project, event_type, state) "
      "SELECT e.key + 1 + w.key, e.key, w.value, e.project, e.type, 1 FROM events e, json_each(e.webhooks) w "
      "WHERE e.key >= ?");
  if (!insert.ok()) return insert.status();
  return (*insert)->Bind(1, OldestWithoutRow(*last_event)).Run();
}

}  // namespace hookd
