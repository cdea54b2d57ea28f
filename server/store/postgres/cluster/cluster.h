// The Cluster of the store in PostgreSQL: a thread with its own connection renews this process's lease,
// listens to the other processes, and reads what they changed.
//
// Thread-safe.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_CLUSTER_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_CLUSTER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/cluster.h"
#include "store/postgres/cluster/changes.h"
#include "store/postgres/cluster/known_changes.h"
#include "store/postgres/cluster/node.h"
#include "store/postgres/cluster/shards.h"
#include "store/postgres/session.h"

namespace hookd {

class PostgresCluster : public Cluster {
 public:
  struct Parts {
    PostgresNode* node;
    PostgresShards* shards;
    const SecretBox* secrets;
    // Reads with a connection of the store, later and on another thread.
    std::function<void(std::function<void(absl::StatusOr<PostgresConnection*>)>)> read;
    // Called when the process has a new slot.
    std::function<void(PostgresConnection&)> on_slot;
  };

  // Renews the lease from now on. The parts must outlive it.
  static absl::StatusOr<std::unique_ptr<PostgresCluster>> Create(const std::string& url, Parts parts);

  // As Leave.
  ~PostgresCluster() override;

  void Join(const std::string& address, Listener* listener) override;
  void LoadShards(std::vector<int> shards, std::function<void(absl::StatusOr<ShardContents>)> done) override;
  void Release(const std::vector<int>& shards) override;
  void SetWatched(bool watched, std::function<void()> done) override;
  void AwaitKnown(int64_t webhook_key, int64_t revision, std::function<void()> done) override;
  std::string node_id() const override { return parts_.node->id(); }
  void ListNodes(std::function<void(absl::StatusOr<std::vector<Node>>)> done) override;
  void SetAble(bool able) override;
  void Retire() override;
  void Leave(absl::Duration at_most) override;

 private:
  struct Awaited {
    int64_t webhook_key = 0;
    int64_t revision = 0;
    absl::Time deadline;
    std::function<void()> done;
  };
  // The calls since the thread's last round.
  struct Commands {
    std::vector<int64_t> handed_over;
    std::vector<std::pair<bool, std::function<void()>>> watched;
    std::vector<Awaited> awaited;
    bool heartbeat = false;  // is due now
  };
  struct Held {
    int64_t epoch = 0;
    bool handing_over = false;
  };

  PostgresCluster(Parts parts);
  void Wake();
  void Run() ABSL_LOCKS_EXCLUDED(mutex_);

  // One round: does what is due. An error is the server's.
  absl::Status Round(PostgresConnection& connection) ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status DoHeartbeat(PostgresConnection& connection);
  // Renews the lease, takes a slot if there is none, and loses shards that other processes have.
  absl::StatusOr<postgres::ClusterView> RenewLease(PostgresConnection& connection, bool takes_part)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Releases shards that are this process's in the store, and that it does not hold.
  absl::Status ReleaseUnheld(PostgresConnection& connection, const postgres::ClusterView& view);
  // Makes the others read the nodes and shards now.
  absl::Status NotifyOthers(PostgresConnection& connection);
  absl::Status Notify(PostgresConnection& connection, absl::string_view text);
  absl::Status DoCommands(PostgresConnection& connection) ABSL_LOCKS_EXCLUDED(mutex_);
  // Begins to wait until the others know changes; and ends waits that took too long.
  absl::Status AwaitOthers(PostgresConnection& connection, std::vector<Awaited>& awaited);
  void EndLate() ABSL_LOCKS_EXCLUDED(mutex_);
  // Reads changes of the configuration, and confirms them to the others.
  absl::Status ReadConfiguration(PostgresConnection& connection);
  // Takes or releases shards, until this process has its part of them.
  absl::Status Balance(PostgresConnection& connection, const postgres::ClusterView& view);
  void Lose(const std::vector<int>& shards);
  void LoseAll();
  void Hear(PostgresConnection& connection);
  // Notices may be missing: reports all pending deliveries again.
  absl::Status CatchUp(PostgresConnection& connection);
  std::vector<int64_t> HeldShards() const;
  void Depart(absl::Duration patience);

  const Parts parts_;
  Clock* const clock_ = Clock::Real();
  int wake_ = -1;  // eventfd
  std::unique_ptr<PostgresSession> session_;
  std::atomic<int> connections_ = 0;  // how many were made

  absl::Mutex mutex_;
  Commands commands_ ABSL_GUARDED_BY(mutex_);
  std::string address_ ABSL_GUARDED_BY(mutex_);
  Listener* joined_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool able_ ABSL_GUARDED_BY(mutex_) = true;
  bool retired_ ABSL_GUARDED_BY(mutex_) = false;
  bool leaving_ ABSL_GUARDED_BY(mutex_) = false;
  bool left_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration leave_patience_ ABSL_GUARDED_BY(mutex_);

  // The members below are used by the thread alone.
  Listener* listener_ = nullptr;
  std::map<int, Held> held_;
  std::unique_ptr<PostgresChanges> changes_;
  KnownChanges known_;
  int heard_connection_ = 0;  // the one of connections_ on which notices were received
  bool reachable_ = true;
  bool watched_ = false;
  bool takes_part_ = false;                      // as of the last heartbeat
  std::string reported_waiting_;                 // as JSON, with the last heartbeat
  absl::Time lease_end_ = absl::InfinitePast();  // all times are Clock::Steady's
  absl::Time next_heartbeat_ = absl::InfinitePast();
  absl::Time next_look_ = absl::InfinitePast();
  absl::Time next_arrivals_ = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_CLUSTER_H_
