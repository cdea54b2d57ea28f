// The store in PostgreSQL: any number of hookd processes have it open at once.
//
// Every process writes through one connection, by one thread with group commit, and reads through a few.
// Tables are in the first schema of the user's search path, and made and brought to the newest version when
// it is opened. While the server is away, calls are answered UNAVAILABLE at once, and outcomes are kept until
// it is back.
#ifndef HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_
#define HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/commit_queue.h"
#include "store/postgres/cluster.h"
#include "store/postgres/node.h"
#include "store/postgres/purge.h"
#include "store/postgres/session.h"
#include "store/postgres/shares.h"
#include "store/postgres/writes.h"
#include "store/queued_store.h"
#include "store/read_pool.h"
#include "store/secret_box.h"

namespace hookd {

class PostgresStore : public QueuedStore {
 public:
  struct Options {
    std::string url;  // see PostgresConnection::Open
    Clock* clock =
        nullptr;  // whose time keys and records tell; null: the server's, which all processes share
    size_t max_uncommitted_bytes = limits::kMaxUncommittedBytes;
    std::function<void(const CommitQueue::Commit&)> on_commit;  // see CommitQueue; null: tells nobody
    SecretBox secrets = {};                                     // seals the webhooks' secrets
    absl::Duration lease = limits::kClusterLease;  // for how long shards are held without a sign of life
  };

  // FAILED_PRECONDITION or UNAVAILABLE, with one sentence for the operator, if the server cannot be reached
  // or used, its tables are of a newer version, or all places for processes are taken. Warns of settings of
  // the server that can lose what was acknowledged.
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Create(Options options);
  ~PostgresStore() override;

  Cluster* cluster() override { return cluster_.get(); }

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
  absl::Time opened_at_least() const override { return opened_at_least_; }

 private:
  explicit PostgresStore(Options options);
  // Connects, and makes the store's tables ready.
  absl::Status Open();
  // A new connection that is to write: whatever the one before it had under way is over.
  absl::Status PrepareWriter(PostgresConnection& connection);

  // Reads with a connection of the pool's.
  template <typename T>
  void Read(std::function<absl::StatusOr<T>(PostgresConnection&)> read, Done<absl::StatusOr<T>> done);
  // With a connection of its own, and at once.
  template <typename T>
  absl::StatusOr<T> ReadNow(std::function<absl::StatusOr<T>(PostgresConnection&)> read);

  const Options options_;
  absl::Time opened_at_least_ = absl::InfinitePast();  // the server's time when it was opened
  PostgresNode node_;
  PostgresShares shares_;
  const std::string writer_name_;  // of its connections: of this process alone
  std::unique_ptr<PostgresSession> writer_;
  std::unique_ptr<PostgresWrites> writes_;  // used on the commit queue's thread
  absl::Mutex purge_mutex_;
  PostgresPurge purge_ ABSL_GUARDED_BY(purge_mutex_);
  std::unique_ptr<ReadPool<PostgresSession>> reads_;
  std::unique_ptr<PostgresCluster> cluster_;  // last: its thread uses the members above
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_
