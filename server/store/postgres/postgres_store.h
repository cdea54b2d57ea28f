// The store in PostgreSQL, which several hookd processes can have open.
//
// Each process writes through one connection, by one thread with group commit, and reads through a few. The
// tables are in the first schema of the user's search path; opening the store creates or migrates them. While
// the server cannot be reached, calls are answered UNAVAILABLE at once, and outcomes are kept until it can.
#ifndef HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_
#define HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/codec/secret_box.h"
#include "store/commit/commit_queue.h"
#include "store/postgres/cluster/cluster.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/cluster/shards.h"
#include "store/postgres/event_log.h"
#include "store/postgres/purge.h"
#include "store/postgres/session.h"
#include "store/postgres/writes.h"
#include "store/queued_store.h"
#include "store/read_pool.h"
#include "store/search/store_search.h"

namespace hookd {

class PostgresStore : public QueuedStore {
 public:
  struct Options {
    std::string url;         // see PostgresConnection::Open
    Clock* clock = nullptr;  // for keys and records; null: the server's clock, which all processes share
    size_t max_uncommitted_bytes = limits::kMaxUncommittedBytes;
    std::function<void(const CommitQueue::Commit&)> on_commit;  // see CommitQueue; may be null
    SecretBox secrets = {};                                     // encrypts the webhooks' secrets
    absl::Duration lease = limits::kClusterLease;  // how long shards are held without a heartbeat
    search::Indexer::Options search = {};          // of the search index
  };

  // FAILED_PRECONDITION or UNAVAILABLE, with one sentence for the operator, if the server cannot be reached
  // or used, its tables have a newer version, or all slots for processes are in use. Logs a warning about
  // settings of the server that can lose acknowledged events.
  static absl::StatusOr<std::unique_ptr<PostgresStore>> Create(Options options);
  ~PostgresStore() override;

  Cluster* cluster() override { return cluster_.get(); }

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
  void MeasureBytes(Done<absl::StatusOr<int64_t>> done) override;
  SearchFigures search_figures() const override { return search_.figures(); }
  void ReadStats(StatsQuery query, Done<absl::StatusOr<StatsPage>> done) override;
  void ReadStatsLogs(Done<absl::StatusOr<std::vector<StatsLog>>> done) override;
  void ReadStatsRecords(StatsRecordsQuery query, Done<absl::StatusOr<StatsRecords>> done) override;
  absl::Time opened_at_least() const override { return opened_at_least_; }

 private:
  explicit PostgresStore(Options options);
  // Connects, and prepares the tables.
  absl::Status Open();
  // Prepares a new connection for writing: ends any transaction of the previous one.
  absl::Status PrepareWriter(PostgresConnection& connection);

  void PingReaders(std::function<void()> done) override {
    engine_reads_->Push([done = std::move(done)](PostgresSession&) { done(); });
  }

  // Where a read waits: of a pool, in the queue of a holder.
  struct Place {
    const std::unique_ptr<ReadPool<PostgresSession>>& pool;
    std::string holder;
  };

  // Reads with a connection of the pool.
  template <typename T>
  void Read(std::function<absl::StatusOr<T>(PostgresConnection&)> read, Done<absl::StatusOr<T>> done) {
    Read({reads_, ""}, std::move(read), std::move(done));
  }
  template <typename T>
  void Read(const Place& place, std::function<absl::StatusOr<T>(PostgresConnection&)> read,
            Done<absl::StatusOr<T>> done);
  // A pool of `count` connections.
  absl::StatusOr<std::unique_ptr<ReadPool<PostgresSession>>> OpenPool(int count, const std::string& name);
  // Reads with a new connection, and blocks.
  template <typename T>
  absl::StatusOr<T> ReadNow(std::function<absl::StatusOr<T>(PostgresConnection&)> read);

  const Options options_;
  absl::Time opened_at_least_ = absl::InfinitePast();  // the server's time when it was opened
  PostgresNode node_;
  PostgresShards shards_;
  const std::string writer_name_;  // the application_name of its connections, unique to this process
  std::unique_ptr<PostgresSession> writer_;
  std::unique_ptr<PostgresWrites> writes_;  // used on the commit queue's thread
  postgres::EventHorizon horizon_;
  absl::Mutex purge_mutex_;
  PostgresPurge purge_ ABSL_GUARDED_BY(purge_mutex_);
  search::StoreSearch search_;
  ProjectPurge project_purge_ ABSL_GUARDED_BY(purge_mutex_);
  // One thread each, so that they delay no other read: lists that examine many rows, and the log of events;
  // searches by content; what deliveries and the acceptance of events wait for; the indexer.
  std::unique_ptr<ReadPool<PostgresSession>> scans_, searches_, engine_reads_, indexing_;
  std::unique_ptr<ReadPool<PostgresSession>> reads_;  // that are short, and the background's
  std::unique_ptr<PostgresCluster> cluster_;          // last: its thread uses the members above
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_POSTGRES_STORE_H_
