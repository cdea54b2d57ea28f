// The writes of the store in PostgreSQL, each within the current transaction. See StoreWrites.
//
// Frequent writes are gathered and sent as a few statements of many rows: a transaction with nothing else
// takes two round trips. The other writes run statement by statement, after what was gathered before them.
//
// Not thread-safe, except for SkipKeysTo: the commit queue's thread uses it.
#ifndef HOOKD_STORE_POSTGRES_WRITES_H_
#define HOOKD_STORE_POSTGRES_WRITES_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/ids.h"
#include "store/codec/secret_box.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/cluster/notices.h"
#include "store/postgres/cluster/shards.h"
#include "store/postgres/partitions.h"
#include "store/postgres/session.h"
#include "store/store_writes.h"

namespace hookd {

namespace postgres {

// Records a batch of outcomes, and brings their deliveries up to date; see outcome_writes.cc.
std::string RecordOutcomesSql();

}  // namespace postgres

class PostgresWrites : public StoreWrites {
 public:
  // All must outlive it. `clock`, for tests, replaces the server's clock for keys and records; it may be
  // null.
  PostgresWrites(PostgresNode* node, PostgresShards* shards, Clock* clock, const SecretBox* secrets)
      : node_(node), shards_(shards), clock_(clock), secrets_(secrets) {}

  // The session to write with. To be called once, before the methods below.
  void Use(PostgresSession* session) { session_ = session; }

  absl::Status Begin() override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TryWrite() override;

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

  // All keys are above this one from now on. Thread-safe: a new connection finds the greatest key.
  void SkipKeysTo(int64_t key);

 private:
  struct Known {
    std::string bytes;  // an answer; see answer_codec.h
    std::string fingerprint;
  };
  using RequestKey = std::pair<std::string, std::string>;  // project and id

  using OnRows = std::function<void(const PostgresRows&)>;

  // The error of a process whose lease on its slot expired.
  static absl::Status LostSlot();

  // The first round trip: begins the transaction, and reads what the gathered writes need.
  absl::Status BeginAndRead();
  void QueueBegin(bool& holds_slot);
  void QueueProjects();
  // Queues the creation of these projects, unless they exist.
  void QueueNewProjects(const std::vector<std::string>& ids);
  void QueueRequestIds();
  void QueueMaybeRecorded(absl::flat_hash_set<int64_t>& recorded);
  // Queues the gathered rows; the next round trip sends them.
  absl::Status QueueGathered();
  void QueueEvents();
  void QueueOutcomes();
  void QueueRequestExpiry(int kept);
  // Whether it is refused or repeated, and so has an answer already.
  bool IsAnswered(Accept& accept);
  // Queues a statement for the next round trip; `on_rows` gets its rows.
  void Queue(const std::string& sql, PostgresParameters parameters = {}, OnRows on_rows = nullptr);
  absl::Status SendQueued();
  // Begins the transaction, if it is not begun, and writes what is gathered.
  absl::Status Flush();
  // Flushes, and runs a statement.
  absl::StatusOr<PostgresRows> Run(const std::string& sql, PostgresParameters parameters = {});

  // The key of a project, which is created if it is new. Locks it, so that it is not deleted before the
  // commit.
  absl::StatusOr<int64_t> ProjectKey(const std::string& project);
  WriteResult<Project> FindProject(const std::string& id, absl::string_view lock);
  WriteResult<Webhook> FindWebhook(const std::string& project, const std::string& id);
  absl::Status NotifyTokenChange();
  absl::Status BeginStatsLog(StatsWritten* written);
  absl::Status AddStatsRows(const StatsBatch& batch, int slot, int& damaged);
  absl::Status AddStatsGap(const StatsGap& gap);
  // The keys of the projects of a batch that exist, by name.
  absl::StatusOr<absl::flat_hash_map<std::string, int64_t>> StatsProjects(const StatsBatch& batch);
  int64_t TakeKeys(int64_t count);

  PostgresSession* session_ = nullptr;
  PostgresNode* const node_;
  PostgresShards* const shards_;
  Clock* const clock_;
  const SecretBox* const secrets_;
  std::atomic<int64_t> skip_keys_to_ = 0;
  KeyGenerator keys_{0};
  int slot_ = -1;  // of keys_
  int64_t slot_generation_ = 0;
  Partitions partitions_;
  absl::flat_hash_map<std::string, int64_t> project_keys_;
  int64_t project_deletions_ = 0;  // when project_keys_ was empty: of all processes

  // The transaction.
  PostgresConnection* connection_ = nullptr;
  bool begun_ = false;
  bool committing_ = false;  // the commit was sent and has no answer
  absl::Time now_;
  absl::Time now_read_;  // when now_ was read, by the machine's steady clock
  std::vector<Accept*> accepts_;
  std::vector<Record*> records_;
  absl::flat_hash_set<int64_t> recorded_deliveries_;  // of records_
  std::vector<Record*> records_sent_;  // those of the transaction that are not in records_ any more
  absl::flat_hash_map<RequestKey, Known> known_;  // first answers to what is gathered
  std::vector<OnRows> on_rows_;                   // of the statements that are queued
  PostgresNotices notices_;                       // to be sent with the commit
  bool accepted_ = false;                         // there are events in it
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_WRITES_H_
