// The embedded store: one SQLite file, written by one thread with group commit and read by a few.
//
// The file is `hookd.db` in the data directory, in WAL mode with synchronous=FULL; it can be read with
// sqlite3 meanwhile. The row of a delivery is written with its first outcome, or a moment after its event
// (unwritten_deliveries.h). The store locks the file, and the file `lock` in the same directory: one hookd at
// a time uses a directory.
#ifndef HOOKD_STORE_SQLITE_SQLITE_STORE_H_
#define HOOKD_STORE_SQLITE_SQLITE_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/codec/secret_box.h"
#include "store/commit/commit_queue.h"
#include "store/queued_store.h"
#include "store/read_pool.h"
#include "store/search/store_search.h"
#include "store/sqlite/data_directory.h"
#include "store/sqlite/database.h"
#include "store/sqlite/store_room.h"
#include "store/sqlite/writes.h"

namespace hookd {

class SqliteStore : public QueuedStore, public BackupSource {
 public:
  struct Options {
    std::string data_dir;  // created if it does not exist, for its owner alone
    Clock* clock = nullptr;
    size_t max_uncommitted_bytes = limits::kMaxUncommittedBytes;
    StoreRoom::Options room = {};
    std::function<void(const CommitQueue::Commit&)> on_commit;  // see CommitQueue; may be null
    SecretBox secrets = {};                                     // encrypts the webhooks' secrets
    std::function<void()> on_slow_start;   // called from time to time while opening takes long; may be null
    search::Indexer::Options search = {};  // of the search index
    int64_t max_pages = 0;  // the file's maximum size in pages of SQLite; 0: the disk's. For tests
  };

  // FAILED_PRECONDITION or UNAVAILABLE, with one sentence for the operator, if the directory cannot be
  // created or written, another hookd uses it, or its file is not a store or has a newer version.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Create(Options options);
  ~SqliteStore() override;

  // Of figures().
  bool has_room() const { return room_.has_room(); }
  int64_t reusable_bytes() const { return room_.reusable_bytes(); }

  absl::Time opened_at_least() const override { return opened_at_least_; }
  absl::StatusOr<std::vector<Webhook>> LoadWebhooks() override;
  absl::StatusOr<std::vector<Token>> LoadTokens() override;
  void GetProject(std::string id, Done<absl::StatusOr<Project>> done) override;
  void ListProjects(ProjectQuery query, Done<absl::StatusOr<std::vector<Project>>> done) override;
  void PurgeProjects(int limit, Done<absl::StatusOr<Purged>> done) override;
  void FindAccepted(std::string project, RequestId request_id, Done<absl::StatusOr<Accepted>> done) override;
  void GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) override;
  void ReadEventLog(EventLogQuery query, Done<absl::StatusOr<EventLogPage>> done) override;
  void ListEvents(EventQuery query, Done<absl::StatusOr<EventPage>> done) override;
  void ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) override;
  void GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) override;
  void ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) override;
  void ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) override;
  absl::StatusOr<std::vector<Backlog>> LoadBacklogs() override;
  void ReadHealth(std::vector<int64_t> webhook_keys, bool with_errors,
                  Done<absl::StatusOr<std::vector<WebhookHealth>>> done) override;
  void FindOldestPending(std::vector<int64_t> webhook_keys,
                         Done<absl::StatusOr<std::vector<int64_t>>> done) override;
  absl::StatusOr<std::vector<WebhookHealth>> LoadHealth() override;
  void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
             Done<absl::StatusOr<Purged>> done) override;
  void IndexEvents(Done<absl::StatusOr<bool>> done) override;
  SearchFigures search_figures() const override { return search_.figures(); }
  void ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) override;
  void ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) override;
  void ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) override;
  std::optional<Figures> figures() const override;
  void MeasureBytes(Done<absl::StatusOr<int64_t>> done) override { done(figures()->bytes); }
  BackupSource* backup() override { return this; }
  absl::Status Backup(const BackupSink& sink) override;

 private:
  // StoreRoom::Check, on the commit queue's thread. Without room it is repeated every second, so that room is
  // noticed although no event arrives.
  absl::Status CheckRoom() ABSL_LOCKS_EXCLUDED(room_mutex_);
  void ScheduleRoomCheck() ABSL_LOCKS_EXCLUDED(room_mutex_);
  void RepeatRoomCheck() ABSL_LOCKS_EXCLUDED(room_mutex_);

  void PingReaders(std::function<void()> done) override {
    engine_reads_.Push([done = std::move(done)](Database&) { done(); });
  }

  // Where a read waits: of a pool, in the queue of a holder.
  struct Place {
    ReadPool<Database>* pool;
    std::string holder;
  };

  // Reads after the rows of all accepted deliveries with keys up to `max_key` are written, or answers with
  // the error of writing them.
  template <typename T>
  void ReadDeliveries(const Place& place, int64_t max_key, std::function<absl::StatusOr<T>(Database&)> read,
                      Done<absl::StatusOr<T>> done);

  // Makes a change of the search index durable. Blocks.
  absl::Status WriteIndex(search::IndexChange change);

  // The connections that only read.
  struct Readers;

  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options, const std::string& path,
                                                           std::unique_ptr<DataDirectory> directory);
  SqliteStore(std::string path, const Options& options, std::unique_ptr<DataDirectory> directory,
              std::unique_ptr<Database> writer, Readers readers, int64_t last_key, absl::Time passed);

  const std::string path_;
  const SecretBox secrets_;
  const int64_t min_free_bytes_;
  const absl::Time opened_at_least_;  // the time of the greatest key, or the stored time if that is later
  const absl::Duration ahead_;        // how far that is ahead of the clock
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<Database> writer_;
  Clock* const clock_;
  SqliteWrites writes_;  // used on the commit queue's thread, as the next
  StoreRoom room_;
  absl::Mutex room_mutex_;
  std::unique_ptr<Timer> room_timer_ ABSL_GUARDED_BY(room_mutex_);  // null until it is first needed
  bool room_timer_set_ ABSL_GUARDED_BY(room_mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(room_mutex_) = false;
  search::StoreSearch search_;
  // One thread each, so that they delay no other read: lists that examine many rows, and the log of events;
  // searches by content; what deliveries and the acceptance of events wait for.
  ReadPool<Database> scans_, searches_, engine_reads_;
  ReadPool<Database> reads_;                      // that are short
  std::unique_ptr<ReadPool<Database>> indexing_;  // reset first: it waits for writes
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_SQLITE_STORE_H_
