#include "store/migration/move.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/ids.h"
#include "base/limits.h"
#include "store/migration/tables.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/partitions.h"
#include "store/postgres/schema.h"
#include "store/sqlite/data_directory.h"
#include "store/sqlite/database.h"
#include "store/sqlite/reads.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/unwritten_deliveries.h"

namespace hookd {
namespace {

class Mover {
 public:
  Mover(const MoveOptions& options, Database* from, PostgresConnection* to)
      : options_(options), from_(*from), to_(*to) {}

  // Counts the rows, and checks that the two stores belong together.
  absl::Status Begin();
  absl::Status CopyAll();
  // Counts the rows in the database.
  absl::Status Check();
  absl::Status Finish();
  // Queues the writes of up to which key events and outcomes are in the statistics.
  absl::Status QueueStatsLogs();

  bool finished() const { return finished_; }
  Moved moved() const { return moved_; }

 private:
  absl::Status Count();
  // Checks that the database is not used and has no content.
  absl::Status CheckEmpty();
  absl::Status CopyTable(size_t number);
  // Stores the progress too: `tables` complete tables, and the next one up to `last_key`.
  absl::Status Send(const MovedTable& table, const MoveBatch& batch, size_t tables, int64_t last_key);
  absl::Status Report(int64_t rows);

  const MoveOptions& options_;
  Database& from_;
  PostgresConnection& to_;
  std::vector<int64_t> counts_;  // of MovedTables()
  int64_t total_ = 0;
  std::string source_;
  Moved moved_;
  // The progress.
  size_t tables_ = 0;
  int64_t last_key_ = 0;
  bool finished_ = false;
  int64_t rows_ = 0;
  Partitions partitions_;
};

absl::Status Mover::Count() {
  const auto count = [this](const std::string& what, int64_t& into) {
    const auto counted = from_.QueryInt(absl::StrCat("SELECT count(*) FROM ", what));
    if (counted.ok()) into = *counted;
    return counted.status();
  };
  // Every change of the store changes one of these.
  const auto last_key = sqlite::LastKey(from_);
  if (!last_key.ok()) return last_key.status();
  source_ = absl::StrCat("last key ", *last_key);
  for (const MovedTable& table : MovedTables()) {
    const absl::Status counted = count(table.name, counts_.emplace_back());
    if (!counted.ok()) return counted;
    total_ += counts_.back();
    absl::StrAppend(&source_, ", ", counts_.back(), " ", table.name);
    if (std::string(table.name) == "tokens") moved_.tokens = counts_.back();
    if (std::string(table.name) == "events") moved_.events = counts_.back();
    if (std::string(table.name) == "deliveries") moved_.deliveries = counts_.back();
  }
  absl::Status status = count("webhooks WHERE delete_time IS NULL", moved_.webhooks);
  if (status.ok()) status = count("deliveries WHERE state = 1", moved_.pending);
  absl::StrAppend(&source_, ", ", moved_.webhooks, " there, ", moved_.pending, " waiting");
  return status;
}

absl::Status Mover::CheckEmpty() {
  const auto nodes = to_.Query("SELECT count(*) FROM nodes WHERE expire_time >= " HOOKD_POSTGRES_NOW);
  if (!nodes.ok()) return nodes.status();
  if (nodes->Int(0, 0) > 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "hookd runs on ", moved_.to, ": stop it, or if it was killed wait until its lease expires"));
  }
  const auto other = to_.Query(
      "SELECT EXISTS (SELECT 1 FROM projects) OR EXISTS (SELECT 1 FROM tokens) OR EXISTS (SELECT 1 FROM "
      "events)");
  if (!other.ok()) return other.status();
  if (other->Int(0, 0) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat(moved_.to, " already has other content: give an empty database"));
}

absl::Status Mover::Begin() {
  moved_.to = PostgresConnection::Describe(options_.url);
  absl::Status status = Count();
  if (!status.ok()) return status;
  const auto row = to_.Query("SELECT source, tables, last_key, finished FROM moved");
  if (!row.ok()) return row.status();
  if (row->size() > 0) {
    finished_ = row->Int(0, 3) != 0;
    tables_ = static_cast<size_t>(row->Int(0, 1));
    last_key_ = row->Int(0, 2);
    if (row->Text(0, 0) != source_) {
      return absl::FailedPreconditionError(absl::StrCat("the data in ", moved_.to,
                                                        " was moved from another embedded store, or hookd "
                                                        "has run on this one since: give an empty database"));
    }
    if (tables_ > 0 || last_key_ > 0) return absl::OkStatus();
  } else {
    // From now on no hookd starts on the database. One that began to start before is noticed below.
    status = to_.Query("INSERT INTO moved VALUES (1, $1, 0, 0, false)", PostgresParameters().Text(source_))
                 .status();
    if (!status.ok()) return status;
  }
  const auto widest = from_.QueryInt("SELECT max(webhook_count) FROM events");
  if (!widest.ok()) return widest.status();
  if (*widest > limits::kMaxWebhooksPerEvent) {
    status = absl::FailedPreconditionError(absl::StrCat(
        "an event went to ", *widest, " webhooks; the limit in PostgreSQL is ", limits::kMaxWebhooksPerEvent,
        ": divide its project, and move when hookd has deleted that event"));
  }
  if (status.ok()) status = CheckEmpty();
  if (!status.ok()) to_.Execute("DELETE FROM moved").IgnoreError();
  return status;
}

absl::Status Mover::Report(int64_t rows) {
  rows_ += rows;
  if (!options_.on_progress || options_.on_progress(rows_, total_)) return absl::OkStatus();
  return absl::CancelledError("the move was interrupted: run it again to continue");
}

absl::Status Mover::CopyAll() {
  for (size_t i = 0; i < tables_; ++i) rows_ += counts_[i];
  while (tables_ < MovedTables().size()) {
    const absl::Status copied = CopyTable(tables_);
    if (!copied.ok()) return copied;
    ++tables_;
    last_key_ = 0;
  }
  return absl::OkStatus();
}

absl::Status Mover::CopyTable(size_t number) {
  const MovedTable& table = MovedTables()[number];
  if (last_key_ > 0) {
    const auto there =
        from_.QueryInt(absl::StrCat("SELECT count(*) FROM ", table.name, " WHERE key <= ", last_key_));
    if (!there.ok()) return there.status();
    rows_ += *there;
  }
  const auto select = from_.Prepare(MoveSelectSql(table));
  if (!select.ok()) return select.status();
  if (table.has_key) (*select)->Bind(1, last_key_);
  auto batch = std::make_unique<MoveBatch>(table);
  absl::Status sent;
  const absl::Status read = sqlite::ForEachRow(**select, [&](const Statement& row) {
    if (table.partitioned) sent = partitions_.Make(to_, TimeOfKey(row.Int(0)), /*days_ahead=*/0);
    batch->Add(row);
    if (sent.ok() && batch->full()) {
      sent = Send(table, *batch, number, batch->last_key());
      batch = std::make_unique<MoveBatch>(table);
    }
    return sent.ok();
  });
  if (!read.ok()) return read;
  if (!sent.ok()) return sent;
  return Send(table, *batch, number + 1, 0);
}

absl::Status Mover::Send(const MovedTable& table, const MoveBatch& batch, size_t tables, int64_t last_key) {
  to_.Queue("BEGIN");
  if (batch.rows() > 0) to_.Queue(MoveInsertSql(table), batch.parameters());
  to_.Queue("UPDATE moved SET tables = $1, last_key = $2",
            PostgresParameters().Int(static_cast<int64_t>(tables)).Int(last_key));
  to_.Queue("COMMIT");
  const auto results = to_.Run();
  if (!results.ok()) return results.status();
  return Report(static_cast<int64_t>(batch.rows()));
}

absl::Status Mover::Check() {
  // The counts read whole tables.
  absl::Status status = to_.Execute("SET enable_seqscan = on");
  if (!status.ok()) return status;
  for (size_t i = 0; i < counts_.size(); ++i) {
    const auto there = to_.Query(absl::StrCat("SELECT count(*) FROM ", MovedTables()[i].name), {},
                                 limits::kMigrationPatience);
    if (!there.ok()) return there.status();
    if (there->Int(0, 0) == counts_[i]) continue;
    return absl::InternalError(absl::StrCat(there->Int(0, 0), " of ", counts_[i], " ", MovedTables()[i].name,
                                            " were moved: give an empty database, and run it again"));
  }
  return absl::OkStatus();
}

absl::Status Mover::QueueStatsLogs() {
  // Those of the empty database are not of the keys that were moved.
  to_.Queue("DELETE FROM stats_logs");
  const auto last_key = sqlite::LastKey(from_);
  if (!last_key.ok()) return last_key.status();
  const auto select = from_.Prepare(
      "SELECT first_key, coalesce(end_key, ?), clean, version, counted_to, positions FROM stats_logs ORDER "
      "BY id");
  if (!select.ok()) return select.status();
  (*select)->Bind(1, *last_key);
  return sqlite::ForEachRow(**select, [this](const Statement& row) {
    to_.Queue(
        "INSERT INTO stats_logs (slot, node, first_key, end_key, clean, version, counted_to, positions) "
        "VALUES (-1, '', $1, $2, $3, $4, $5, $6)",
        std::move(PostgresParameters()
                      .Int(row.Int(0))
                      .Int(row.Int(1))
                      .Bool(row.Int(2) != 0)
                      .Int(row.Int(3))
                      .Int(row.Int(4))
                      .Bytes(row.Text(5))));
    return true;
  });
}

absl::Status Mover::Finish() {
  to_.Queue("BEGIN");
  to_.Queue(
      "SELECT setval(pg_get_serial_sequence('projects', 'key'), max(key)) FROM projects HAVING max(key) > 0");
  const absl::Status queued = QueueStatsLogs();
  if (!queued.ok()) return queued;
  to_.Queue("UPDATE moved SET finished = true");
  to_.Queue("COMMIT");
  return to_.Run().status();
}

}  // namespace

absl::StatusOr<Moved> MoveToPostgres(const MoveOptions& options) {
  absl::Status status = PostgresConnection::CheckUrl(options.url);
  if (!status.ok()) return status;
  const std::string missing = absl::StrCat("there is no embedded store in ", options.data_dir,
                                           ": give the data directory that hookd used");
  if (std::error_code none; !std::filesystem::is_directory(options.data_dir, none))
    return absl::FailedPreconditionError(missing);
  const auto directory = DataDirectory::Open(options.data_dir);
  if (!directory.ok()) return directory.status();
  if (std::error_code none; !std::filesystem::exists((*directory)->store_file(), none))
    return absl::FailedPreconditionError(missing);
  const auto locked = (*directory)->LockStore();
  if (!locked.ok()) return locked.status();
  const auto from = Database::Open((*directory)->store_file(), /*create=*/false);
  if (!from.ok()) return from.status();
  status = Migrate(**from);
  if (status.ok()) status = WriteMissingDeliveries(**from);
  if (status.ok()) status = (*from)->Execute("PRAGMA query_only = ON");
  if (!status.ok()) return status;
  const auto to = PostgresConnection::Open(options.url, "hookd move");
  if (!to.ok()) return to.status();
  status = MigratePostgres(**to);
  if (!status.ok()) return status;

  Mover mover(options, from->get(), to->get());
  status = mover.Begin();
  if (status.ok() && mover.finished()) return mover.moved();
  if (status.ok()) status = mover.CopyAll();
  if (status.ok()) status = mover.Check();
  // First here, so that hookd can never start on both.
  if (status.ok()) status = (*directory)->SetMoved(mover.moved().to);
  if (status.ok()) status = mover.Finish();
  if (!status.ok()) return status;
  return mover.moved();
}

}  // namespace hookd
