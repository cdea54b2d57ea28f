// The writes of the embedded store, each within the current transaction. See StoreWrites.
#ifndef HOOKD_STORE_SQLITE_WRITES_H_
#define HOOKD_STORE_SQLITE_WRITES_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "store/codec/secret_box.h"
#include "store/project_purge.h"
#include "store/sqlite/checkpoints.h"
#include "store/sqlite/database.h"
#include "store/sqlite/unwritten_deliveries.h"
#include "store/store_writes.h"

namespace hookd {

class SqliteWrites : public StoreWrites, private ProjectPurge::Tables {
 public:
  // All must outlive it. `check_room` says whether there is room for more events.
  SqliteWrites(Database* database, Clock* clock, const SecretBox* secrets, int64_t last_key,
               std::function<absl::Status()> check_room)
      : database_(database),
        clock_(clock),
        secrets_(secrets),
        check_room_(std::move(check_room)),
        keys_(last_key),
        unwritten_(database),
        checkpoints_(database) {}

  absl::Status Begin() override { return database_->Execute("BEGIN IMMEDIATE"); }
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TryWrite() override;
  void AfterCommit(bool idle) override { checkpoints_.AfterCommit(idle); }

  absl::Status AcceptEvents(Accept* accept) override;
  absl::Status RecordOutcome(Record* record) override;
  WriteResult<Store::Created> CreateWebhook(Webhook webhook,
                                            const std::optional<RequestId>& request_id) override;
  WriteResult<Webhook> UpdateWebhook(const std::string& project, const std::string& id,
                                     const Store::WebhookEdit& edit) override;
  WriteResult<Webhook> DeleteWebhook(const std::string& project, const std::string& id,
                                     const std::function<absl::Status(const Webhook&)>& check) override;
  absl::Status SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) override;
  WriteResult<Project> UpdateProject(const std::string& id, const Store::ProjectEdit& edit,
                                     bool allow_missing) override;
  WriteResult<DeletedProject> DeleteProject(const std::string& id, const Store::ProjectCheck& check) override;
  absl::Status RecordHealth(const std::vector<WebhookHealth>& health,
                            const std::vector<int64_t>& deleted) override;
  WriteResult<Token> CreateToken(Token token) override;
  WriteResult<Token> DeleteToken(const std::string& id) override;
  absl::Status SetTokenUsed(int64_t key, absl::Time time) override;
  WriteResult<std::vector<Delivery>> RetryDeliveries(const std::string& project,
                                                     const std::vector<int64_t>& keys,
                                                     absl::Time next_attempt_time) override;
  absl::Status WriteStats(const Store::TakeStats& take, StatsWritten* written) override;

  // When nothing is left to purge, returns free pages of the file to the disk, a slice a call, and reports
  // that there is more until few are left.
  WriteResult<Purged> Purge(int64_t before_key, int64_t delivered_before_key, int limit);

  // See Store::PurgeProjects.
  WriteResult<Purged> PurgeProjects(int limit);

  // Stores that this time has passed.
  absl::Status NoteTime(absl::Time time);

  // Writes the rows of all deliveries that have none yet.
  absl::Status WriteDeliveries() { return unwritten_.WriteBelow(UnwrittenDeliveries::kNone); }
  // Whether WriteDeliveries is needed before deliveries with keys up to `max_key` are read. Thread-safe.
  bool HasUnwritten(int64_t max_key) const {
    const int64_t oldest = unwritten_.oldest();
    return oldest != UnwrittenDeliveries::kNone && oldest <= max_key;
  }

 private:
  WriteResult<Store::Accepted> Insert(const Accept& accept);
  // Deletes the stored health of a webhook.
  absl::Status DeleteHealth(int64_t webhook_key);
  // The key of a project, which is created if it is new.
  absl::StatusOr<int64_t> ProjectKey(const std::string& project);
  WriteResult<Webhook> FindWebhook(const std::string& project, const std::string& id);
  // ProjectPurge::Tables.
  absl::StatusOr<std::vector<ProjectPurge::Deleted>> ListDeleted(int limit) override;
  absl::StatusOr<std::vector<ProjectPurge::Event>> ListEvents(int64_t from, int limit) override;
  absl::StatusOr<int> DeleteEvents(const std::vector<ProjectPurge::Event>& events) override;
  absl::StatusOr<int> DeleteRest(int64_t project, int limit) override;
  // Whether no delivery of the event is pending or, with `delivered`, all of them were delivered.
  absl::StatusOr<bool> CanDelete(int64_t key, int64_t webhook_count, bool delivered);
  // Deletes the event, with its deliveries and their outcomes.
  absl::Status DeleteEvent(int64_t key, int64_t webhook_count);
  // Deletes events from `from` on and below `before`: see Store::Purge. Moves `from` behind the last event
  // that was examined.
  absl::Status PurgeRange(int64_t& from, int64_t before, bool delivered, int limit, Purged& purged);
  // Deletes statistics of days before that of the key, a slice a call.
  absl::Status PurgeStats(int64_t before_key, Purged& purged);
  absl::Status BeginStatsLog(StatsWritten* written);
  // Shrinks the file by a slice of its free pages, if it has many; `shrinking_` is whether more are left.
  absl::Status Shrink();
  struct Answer {
    std::string bytes;           // see answer_codec.h
    std::string sealed_secrets;  // of the webhook in it
  };
  // The stored answer to an earlier call; empty if there is none.
  WriteResult<Answer> FindAnswer(int64_t project, const std::optional<RequestId>& request_id);
  absl::Status StoreAnswer(int64_t project, const RequestId& request_id, const Answer& answer);

  Database* const database_;
  Clock* const clock_;
  const SecretBox* const secrets_;
  const std::function<absl::Status()> check_room_;
  KeyGenerator keys_;
  UnwrittenDeliveries unwritten_;
  SqliteCheckpoints checkpoints_;
  // Where the next purge continues, below before_key and from there on.
  int64_t purged_to_ = 0;
  int64_t delivered_purged_to_ = 0;
  bool shrinking_ = false;  // the file has more free pages to give back
  ProjectPurge project_purge_;
  absl::flat_hash_map<std::string, int64_t> project_keys_;
};

// The columns of a webhook, in the order ReadWebhook takes them from a row; `w` and `p` are its row and its
// project's.
inline constexpr char kWebhookColumns[] =
    "w.key, w.revision, p.name, w.id, w.url, w.event_types, w.disabled, w.display_name, w.timeout_ms, "
    "w.create_time, w.update_time, w.ordered, w.max_concurrency, w.rate_per_second, w.rate_burst, "
    "w.max_attempts, w.min_backoff_ms, w.max_backoff_ms, w.backoff_multiplier, w.disable_reason, "
    "w.disable_time, w.failing_since, w.secrets, w.project FROM webhooks w JOIN projects p ON p.key = "
    "w.project";
// DATA_LOSS or FAILED_PRECONDITION if its secrets cannot be opened.
absl::StatusOr<Webhook> ReadWebhook(const Statement& row, const SecretBox& secrets);

// Seals again every secret that `secrets` would seal with another key. If its first key is not that of the
// last time, also rewrites the file, so that no old form of a secret is left in it or its log, not even of
// secrets that were deleted or replaced before. If the disk has no room for that, logs a warning and leaves
// it to the next start. `free_bytes` returns the disk's free space (null: asks the disk); `on_progress`,
// which may be null, is called from time to time.
absl::Status ResealSecrets(Database& database, const SecretBox& secrets,
                           const std::function<int64_t()>& free_bytes = nullptr,
                           const std::function<void()>& on_progress = nullptr);

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_WRITES_H_
