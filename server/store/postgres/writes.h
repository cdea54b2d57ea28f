// The writes of the store in PostgreSQL, each within the transaction that is under way.
//
// What is written often is gathered, and sent as a few statements of many rows: a transaction of nothing else
// takes two trips to the server. The rest runs statement by statement, after what was gathered before it. An
// error is the server's, and the transaction is to be rolled back; a refusal (ALREADY_EXISTS, ...) is the
// value, and nothing was written.
//
// Not thread-safe: the commit queue's thread uses it.
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
#include "store/postgres/node.h"
#include "store/postgres/notices.h"
#include "store/postgres/partitions.h"
#include "store/postgres/session.h"
#include "store/postgres/shares.h"
#include "store/secret_box.h"
#include "store/store_writes.h"

namespace hookd {

namespace postgres {

// Records a batch of outcomes, and brings their deliveries up to date; see outcome_writes.cc.
std::string RecordOutcomesSql();

}  // namespace postgres

class PostgresWrites : public StoreWrites {
 public:
  // All must outlive it. The time of keys and records is the server's, or `clock`'s if there is one: for
  // tests.
  PostgresWrites(PostgresNode* node, PostgresShares* shares, Clock* clock, const SecretBox* secrets)
      : node_(node), shares_(shares), clock_(clock), secrets_(secrets) {}

  // Where to write, from now on. Once, before all below.
  void Use(PostgresSession* session) { session_ = session; }

  absl::Status Begin() override;
  absl::Status Commit() override;
  void Rollback() override;
  absl::Status TryWrite() override;

  absl::Status AcceptEvents(Accept* accept) override;
  absl::Status RecordOutcome(Record* record) override;
  Result<Store::Created> CreateWebhook(Webhook webhook, const std::optional<RequestId>& request_id) override;
  Result<Webhook> UpdateWebhook(const std::string& project, const std::string& id,
                                const Store::WebhookEdit& edit) override;
  Result<Webhook> DeleteWebhook(const std::string& project, const std::string& id,
                                const std::function<absl::Status(const Webhook&)>& check) override;
  absl::Status SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) override;
  Result<Token> CreateToken(Token token) override;
  Result<Token> DeleteToken(const std::string& id) override;
  absl::Status SetTokenUsed(int64_t key, absl::Time time) override;
  Result<std::vector<Delivery>> RetryDeliveries(const std::string& project, const std::vector<int64_t>& keys,
                                                absl::Time next_attempt_time) override;

  // Keys are above this one from now on. Thread-safe: a new connection finds the greatest there is.
  void SkipKeysTo(int64_t key);

 private:
  struct Known {
    std::string bytes;  // an answer; see answer_codec.h
    std::string fingerprint;
  };
  using RequestKey = std::pair<std::string, std::string>;  // project and id

  using OnRows = std::function<void(const PostgresRows&)>;

  // The first trip: begins the transaction, and reads what the gathered writes need.
  absl::Status Look();
  void QueueBegin(bool& holds_slot);
  void QueueProjects();
  void QueueRequestIds();
  void QueueMaybeRecorded(absl::flat_hash_set<int64_t>& recorded);
  // Queues the rows of what was gathered; the next trip sends them.
  absl::Status QueueGathered();
  void QueueEvents();
  void QueueOutcomes();
  void QueueRequestExpiry(int kept);
  // Whether it is refused or repeated, and so has its answer.
  bool IsAnswered(Accept& accept);
  // A statement of the next trip; `on_rows` is given its rows.
  void Queue(const std::string& sql, PostgresParameters parameters = {}, OnRows on_rows = nullptr);
  absl::Status SendQueued();
  // The transaction is begun, and what is gathered is written.
  absl::Status Settle();
  // Settles, and runs a statement.
  absl::StatusOr<PostgresRows> Run(const std::string& sql, PostgresParameters parameters = {});

  absl::StatusOr<int64_t> ProjectKey(const std::string& project);
  Result<Webhook> FindWebhook(const std::string& project, const std::string& id);
  absl::Status TellTokenChange();
  int64_t TakeKeys(int64_t count);

  PostgresSession* session_ = nullptr;
  PostgresNode* const node_;
  PostgresShares* const shares_;
  Clock* const clock_;
  const SecretBox* const secrets_;
  std::atomic<int64_t> skip_keys_to_ = 0;
  KeyGenerator keys_{0};
  int slot_ = -1;  // of keys_
  int64_t slot_epoch_ = 0;
  Partitions partitions_;
  absl::flat_hash_map<std::string, int64_t> project_keys_;

  // The transaction.
  PostgresConnection* connection_ = nullptr;
  bool begun_ = false;
  bool committing_ = false;  // the commit was sent, and not answered
  absl::Time now_;
  absl::Time looked_;  // by the machine's steady clock: now_ had come by then
  std::vector<Accept*> accepts_;
  std::vector<Record*> records_;
  absl::flat_hash_set<int64_t> recorded_deliveries_;  // of records_
  std::vector<Record*> records_sent_;  // those of the transaction that are not in records_ any more
  absl::flat_hash_map<RequestKey, Known> known_;  // first answers to what is gathered
  std::vector<OnRows> on_rows_;                   // of the statements that are queued
  PostgresNotices notices_;                       // to be told with its commit
  bool accepted_ = false;                         // there are events in it
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_WRITES_H_
