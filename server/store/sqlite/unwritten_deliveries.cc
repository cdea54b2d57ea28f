#include "store/sqlite/unwritten_deliveries.h"

#include <iterator>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "base/tuning.h"
#include "store/sqlite/reads.h"

namespace hookd {
namespace {

// The least key of a delivery that can have no row when `last_key` is the greatest key.
int64_t OldestWithoutRow(int64_t last_key) {
  return FirstKeyAt(TimeOfKey(last_key) - tuning::kUnwrittenDeliveryAge);
}

// If the row was refused for long, the event may be deleted.
constexpr char kInsert[] =
    "INSERT INTO deliveries (key, event_key, webhook_key, project, event_type, state) "
    "SELECT ?1, ?2, ?3, ?4, ?5, 1 WHERE EXISTS (SELECT 1 FROM events WHERE key = ?2)";

Statement& Bind(Statement& statement, int64_t key, const UnwrittenDeliveries::Delivery& delivery) {
  return statement.Bind(1, key)
      .Bind(2, delivery.event_key)
      .Bind(3, delivery.webhook_key)
      .Bind(4, delivery.project)
      .Bind(5, delivery.event_type);
}

// Reads a row whose first columns are those above.
UnwrittenDeliveries::Delivery ReadDelivery(const Statement& row) {
  return {.event_key = row.Int(1),
          .webhook_key = row.Int(2),
          .project = row.Int(3),
          .event_type = static_cast<int>(row.Int(4))};
}

absl::Status InsertRefused(Database& database, int64_t key, const UnwrittenDeliveries::Delivery& delivery) {
  const auto insert = database.Prepare("INSERT OR REPLACE INTO refused_deliveries VALUES (?, ?, ?, ?, ?)");
  if (!insert.ok()) return insert.status();
  return Bind(**insert, key, delivery).Run();
}

}  // namespace

UnwrittenDeliveries::UnwrittenDeliveries(Database* database) : database_(database) {
  const auto select =
      database_->Prepare("SELECT key, event_key, webhook_key, project, event_type FROM refused_deliveries");
  absl::Status read = select.status();
  if (select.ok()) {
    read = sqlite::ForEachRow(**select, [this](const Statement& row) {
      refused_.emplace(row.Int(0), ReadDelivery(row));
      return true;
    });
  }
  if (!read.ok()) LogError("refused deliveries cannot be read", {{"error", read.message()}});
}

void UnwrittenDeliveries::Add(int64_t key, const Delivery& delivery) {
  if (first_added_ == kNone) first_added_ = key;
  deliveries_.emplace_hint(deliveries_.end(), key, delivery);
}

std::optional<UnwrittenDeliveries::Delivery> UnwrittenDeliveries::Take(int64_t key) {
  for (auto* deliveries : {&deliveries_, &refused_}) {
    const auto found = deliveries->find(key);
    if (found == deliveries->end()) continue;
    if (deliveries == &refused_) no_longer_refused_.push_back(key);
    taken_.push_back(*found);
    deliveries->erase(found);
    return taken_.back().second;
  }
  return std::nullopt;
}

absl::Status UnwrittenDeliveries::Write(int64_t key) {
  const auto insert = database_->Prepare(kInsert);
  if (!insert.ok()) return insert.status();
  const bool was_refused = refused_.contains(key);
  const Delivery delivery = *Take(key);
  const absl::Status inserted = Bind(**insert, key, delivery).Run();
  // A full disk is not caused by the row, and other errors may have ended the transaction.
  if (inserted.ok() || absl::IsResourceExhausted(inserted) || !database_->InTransaction()) return inserted;
  if (refused_.empty()) {
    LogError("delivery refused by the store: its row is written later",
             {{"delivery", EncodeId(key)}, {"error", inserted.message()}});
    retry_ = Clock::Real()->Steady() + tuning::kRefusedRowsRetry;
  }
  refused_.emplace(key, delivery);
  if (was_refused) {
    no_longer_refused_.pop_back();
    return absl::OkStatus();
  }
  return InsertRefused(*database_, key, delivery);
}

absl::Status UnwrittenDeliveries::WriteBelow(int64_t key) {
  while (!deliveries_.empty() && deliveries_.begin()->first < key) {
    const absl::Status written = Write(deliveries_.begin()->first);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

absl::Status UnwrittenDeliveries::WriteRefused() {
  if (refused_.empty() || Clock::Real()->Steady() < retry_) return absl::OkStatus();
  retry_ = Clock::Real()->Steady() + tuning::kRefusedRowsRetry;
  std::vector<int64_t> keys;
  for (const auto& [key, delivery] : refused_) {
    if (keys.size() == tuning::kMaxRefusedRowsRetried) break;
    keys.push_back(key);
  }
  for (const int64_t key : keys) {
    const absl::Status written = Write(key);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

absl::Status UnwrittenDeliveries::ForgetRefused() {
  for (const int64_t key : no_longer_refused_) {
    const auto forget = database_->Prepare("DELETE FROM refused_deliveries WHERE key = ?");
    if (!forget.ok()) return forget.status();
    const absl::Status forgotten = (*forget)->Bind(1, key).Run();
    if (!forgotten.ok()) return forgotten;
  }
  no_longer_refused_.clear();
  return absl::OkStatus();
}

absl::Status UnwrittenDeliveries::WriteOld(int64_t last_key) {
  absl::Status written = WriteRefused();
  if (written.ok()) written = ForgetRefused();
  if (written.ok()) written = WriteBelow(OldestWithoutRow(last_key));
  if (!written.ok() || deliveries_.size() <= tuning::kMaxUnwrittenDeliveries) return written;
  const auto too_many = static_cast<ptrdiff_t>(deliveries_.size() - tuning::kMaxUnwrittenDeliveries);
  return WriteBelow(std::next(deliveries_.begin(), too_many)->first);
}

void UnwrittenDeliveries::Committed() {
  first_added_ = kNone;
  taken_.clear();
  oldest_ = deliveries_.empty() ? kNone : deliveries_.begin()->first;
}

void UnwrittenDeliveries::RolledBack() {
  for (auto* deliveries : {&deliveries_, &refused_}) {
    deliveries->erase(deliveries->lower_bound(first_added_), deliveries->end());
  }
  no_longer_refused_.clear();
  for (const auto& [key, delivery] : taken_) {
    refused_.erase(key);
    if (key < first_added_) deliveries_.emplace(key, delivery);
  }
  first_added_ = kNone;
  taken_.clear();
}

absl::Status WriteMissingDeliveries(Database& database) {
  // Not above the greatest key that was ever used, so that none is missed.
  const auto last_event = database.QueryInt("SELECT max(key) FROM events");
  if (!last_event.ok()) return last_event.status();
  const auto missing = database.Prepare(
      "SELECT e.key + 1 + w.key, e.key, w.value, e.project, e.type FROM events e, json_each(e.webhooks) w "
      "WHERE e.key >= ?1 AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.key = e.key + 1 + w.key) "
      "UNION SELECT r.key, r.event_key, r.webhook_key, r.project, r.event_type FROM refused_deliveries r "
      "WHERE EXISTS (SELECT 1 FROM events e WHERE e.key = r.event_key)");
  if (!missing.ok()) return missing.status();
  (*missing)->Bind(1, OldestWithoutRow(*last_event));
  std::vector<std::pair<int64_t, UnwrittenDeliveries::Delivery>> deliveries;
  const absl::Status read = sqlite::ForEachRow(**missing, [&](const Statement& row) {
    deliveries.emplace_back(row.Int(0), ReadDelivery(row));
    return true;
  });
  if (!read.ok()) return read;
  absl::Status status = database.Execute("BEGIN IMMEDIATE; DELETE FROM refused_deliveries");
  if (!status.ok()) return status;
  const auto insert = database.Prepare(kInsert);
  status = insert.status();
  int64_t refused = 0;
  std::string error;
  for (const auto& [key, delivery] : deliveries) {
    if (!status.ok()) break;
    status = Bind(**insert, key, delivery).Run();
    if (status.ok() || absl::IsResourceExhausted(status) || !database.InTransaction()) continue;
    // It does not delay the others.
    ++refused;
    error = std::string(status.message());
    status = InsertRefused(database, key, delivery);
  }
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok() && database.InTransaction()) database.Execute("ROLLBACK").IgnoreError();
  if (status.ok() && refused > 0) {
    LogError(
        "deliveries refused by the store: they are attempted after a restart, once their rows can be written",
        {{"deliveries", refused}, {"error", error}});
  }
  return status;
}

}  // namespace hookd
