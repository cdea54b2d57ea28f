// How a transaction of PostgresWrites begins: with the check that this process holds its slot, and with reads
// of what its statements need.
#include <algorithm>
#include <set>
#include <utility>

#include "store/postgres/cluster/node.h"
#include "store/postgres/values.h"
#include "store/postgres/writes.h"
#include "store/store_errors.h"

namespace hookd {

void PostgresWrites::QueueBegin(bool& holds_slot) {
  const PostgresNode::Lease lease = node_->lease();
  if (lease.slot != slot_) keys_ = KeyGenerator(skip_keys_to_.load(), lease.slot);
  slot_ = lease.slot;
  slot_generation_ = lease.generation;
  Queue("BEGIN ISOLATION LEVEL READ COMMITTED");
  // The lock keeps others from taking the slot until the commit. If one has taken it, the generation differs.
  // Projects that were deleted since keys were cached: what a caller adds after a deletion was answered
  // belongs to a new project.
  Queue("SELECT " HOOKD_POSTGRES_NOW
        ", (SELECT count FROM project_deletions) FROM nodes "
        "WHERE slot = $1 AND epoch = $2 FOR KEY SHARE OF nodes",
        PostgresParameters().Int(lease.slot).Int(lease.generation),
        [this, &holds_slot](const PostgresRows& rows) {
          holds_slot = rows.size() == 1;
          if (!holds_slot) return;
          now_ = clock_ != nullptr ? clock_->Now() : absl::FromUnixMicros(rows.Int(0, 0));
          now_read_ = Clock::Real()->Steady();
          const int64_t deletions = rows.Int(0, 1);
          if (std::exchange(project_deletions_, deletions) != deletions) project_keys_.clear();
        });
}

void PostgresWrites::QueueProjects() {
  std::set<std::string> unknown;
  for (const Accept* accept : accepts_) {
    if (!project_keys_.contains(accept->project)) unknown.insert(accept->project);
  }
  if (unknown.empty()) return;
  // Sorted, as in all processes, which prevents deadlocks.
  const std::vector<std::string> names(unknown.begin(), unknown.end());
  QueueNewProjects(names);
  Queue("SELECT name, key FROM projects WHERE name = ANY($1::text[])", PostgresParameters().Texts(names),
        [this](const PostgresRows& rows) {
          for (int i = 0; i < rows.size(); ++i) {
            project_keys_[std::string(rows.Text(i, 0))] = rows.Int(i, 1);
          }
        });
}

void PostgresWrites::QueueNewProjects(const std::vector<std::string>& ids) {
  // By the clock that now_ will have: the transaction may not have begun.
  PostgresParameters parameters;
  parameters.Texts(ids).Int(clock_ == nullptr ? std::nullopt
                                              : std::optional(absl::ToUnixMicros(clock_->Now())));
  Queue(
      "INSERT INTO projects (name, create_time) SELECT unnest($1::text[]), "
      "coalesce($2::bigint, " HOOKD_POSTGRES_NOW ") ON CONFLICT DO NOTHING",
      std::move(parameters));
}

void PostgresWrites::QueueRequestIds() {
  known_.clear();
  PostgresArray projects(PostgresArray::Kind::kTexts), ids(PostgresArray::Kind::kBytes);
  bool any = false;
  for (const Accept* accept : accepts_) {
    if (!accept->request_id.has_value()) continue;
    any = true;
    projects.Add(absl::string_view(accept->project));
    ids.Add(absl::string_view(accept->request_id->id));
  }
  if (!any) return;
  Queue(
      "SELECT u.project, u.id, r.fingerprint, r.answer FROM unnest($1::text[], $2::bytea[]) u (project, id) "
      "JOIN projects p ON p.name = u.project JOIN requests r ON r.project = p.key AND r.id = u.id",
      PostgresParameters().Array(projects).Array(ids), [this](const PostgresRows& rows) {
        for (int i = 0; i < rows.size(); ++i) {
          known_[{std::string(rows.Text(i, 0)), std::string(rows.Text(i, 1))}] = {
              .bytes = std::string(rows.Text(i, 3)), .fingerprint = std::string(rows.Text(i, 2))};
        }
      });
}

void PostgresWrites::QueueMaybeRecorded(absl::flat_hash_set<int64_t>& recorded) {
  std::vector<int64_t> keys;
  for (const Record* record : records_) {
    if (record->maybe_key != 0) keys.push_back(record->maybe_key);
  }
  if (keys.empty()) return;
  Queue("SELECT key FROM outcomes WHERE key = ANY($1::bigint[])", PostgresParameters().Ints(keys),
        [&recorded](const PostgresRows& rows) {
          for (int i = 0; i < rows.size(); ++i) recorded.insert(rows.Int(i, 0));
        });
}

absl::Status PostgresWrites::BeginAndRead() {
  bool holds_slot = true;
  const bool begins = !begun_;
  if (begins) QueueBegin(holds_slot);
  QueueProjects();
  QueueRequestIds();
  absl::flat_hash_set<int64_t> recorded;
  QueueMaybeRecorded(recorded);
  if (on_rows_.empty()) return absl::OkStatus();
  begun_ = true;
  const absl::Status status = SendQueued();
  if (!status.ok()) return status;
  if (!holds_slot) return LostSlot();
  // Keys that were cached may have been forgotten within this round trip.
  QueueProjects();
  if (!on_rows_.empty()) {
    const absl::Status found = SendQueued();
    if (!found.ok()) return found;
  }
  for (const Accept* accept : accepts_) {
    if (!project_keys_.contains(accept->project)) return ProjectDeletedMeanwhile();
  }
  const auto is_recorded = [&](Record* record) {
    if (!recorded.contains(record->maybe_key)) return false;
    record->key = record->maybe_key;
    return true;
  };
  if (!recorded.empty())
    records_.erase(std::remove_if(records_.begin(), records_.end(), is_recorded), records_.end());
  return begins ? partitions_.Make(*connection_, now_, /*days_ahead=*/0) : absl::OkStatus();
}

}  // namespace hookd
