// The embedded store: one SQLite file, written by one thread with group commit and read by a few.
//
// The file is `hookd.db` in the data directory, in WAL mode with synchronous=FULL; anyone may look into it
// with sqlite3. A delivery has its row from its first outcome on, or from a moment later than its event
// (unwritten_deliveries.h). `lock` beside it is held while the store is open, and so is the file
// itself: one hookd a directory.
#ifndef HOOKD_STORE_SQLITE_SQLITE_STORE_H_
#define HOOKD_STORE_SQLITE_SQLITE_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/commit_queue.h"
#include "store/queued_store.h"
#include "store/read_pool.h"
#include "store/secret_box.h"
#include "store/sqlite/data_directory.h"
#include "store/sqlite/database.h"
#include "store/sqlite/store_room.h"
#include "store/sqlite/writes.h"

namespace hookd {

class SqliteStore : public QueuedStore, public BackupSource {
 public:
  struct Options {
    std::string data_dir;  // made if missing, with rights for its owner alone
    Clock* clock = nullptr;
    size_t max_uncommitted_bytes = limits::kMaxUncommittedBytes;
    StoreRoom::Options room = {};
    std::function<void(const CommitQueue::Commit&)> on_commit;  // see CommitQueue; null: tells nobody
    SecretBox secrets = {};                                     // seals the webhooks' secrets
    std::function<void()> on_slow_start;  // called now and then while opening takes long; null: tells nobody
    int64_t max_pages =
        0;  // the file's greatest size in SQLite's pages; 0: the disk's. For tests of a full disk
  };

  // FAILED_PRECONDITION or UNAVAILABLE, with one sentence for the operator, if the directory cannot be made
  // or written, another hookd has it, or its file is not a store, or one of a newer version.
  static absl::StatusOr<std::unique_ptr<SqliteStore>> Create(Options options);
  ~SqliteStore() override;

  // Of figures().
  bool has_room() const { return room_.has_room(); }
  int64_t reusable_bytes() const { return room_.reusable_bytes(); }

  absl::Time opened_at_least() const override { return opened_at_least_; }
  absl::StatusOr<std::vector<Webhook>> LoadWebhooks() override;
  absl::StatusOr<std::vector<Token>> LoadTokens() override;
  void FindAccepted(std::string project, RequestId request_id, Done<absl::StatusOr<Accepted>> done) override;
  void GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) override;
  void ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) override;
  void GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) override;
  void ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) override;
  void ReadWaiting(WaitingQuery query, Done<absl::StatusOr<WaitingPage>> done) override;
  absl::StatusOr<std::vector<Backlog>> LoadBacklogs() override;
  void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
             Done<absl::StatusOr<Purged>> done) override;
  std::optional<Figures> figures() const override;
  BackupSource* backup() override { return this; }
  absl::Status Backup(const BackupSink& sink) override;

 private:
  // StoreRoom::Check, on the commit queue's thread. While there is no room it is called again every second,
  // so that room is noticed although no event comes.
  absl::Status CheckRoom() ABSL_LOCKS_EXCLUDED(room_mutex_);
  void LookForRoomLater() ABSL_LOCKS_EXCLUDED(room_mutex_);
  void LookForRoom() ABSL_LOCKS_EXCLUDED(room_mutex_);

  // Reads once all accepted deliveries with keys up to `max_key` have rows, or answers with the error of
  // writing them.
  template <typename T>
  void ReadDeliveries(int64_t max_key, std::function<absl::StatusOr<T>(Database&)> read,
                      Done<absl::StatusOr<T>> done);

  static absl::StatusOr<std::unique_ptr<SqliteStore>> Open(Options options, const std::string& path,
                                                           std::unique_ptr<DataDirectory> directory);
  SqliteStore(std::string path, const Options& options, std::unique_ptr<DataDirectory> directory,
              std::unique_ptr<Database> writer, std::vector<std::unique_ptr<Database>> readers,
              int64_t last_key, absl::Time passed);

  const std::string path_;
  const SecretBox secrets_;
  const int64_t min_free_bytes_;
  const absl::Time opened_at_least_;  // the time of the greatest key, or one that was noted later
  const absl::Duration ahead_;        // by how much that is ahead of the clock
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<Database> writer_;
  Clock* const clock_;
  SqliteWrites writes_;  // used on the commit queue's thread, as the next
  StoreRoom room_;
  absl::Mutex room_mutex_;
  std::unique_ptr<Timer> room_timer_ ABSL_GUARDED_BY(room_mutex_);  // null until it is first needed
  bool room_timer_set_ ABSL_GUARDED_BY(room_mutex_) = false;
  bool closing_ ABSL_GUARDED_BY(room_mutex_) = false;
  ReadPool<Database> reads_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_SQLITE_STORE_H_
