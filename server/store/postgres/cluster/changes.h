// What other processes changed in the store, read from its tables: the configuration, deliveries without a
// notice, and outcomes. Each read begins a little before the end of the last one, as a late commit has older
// keys, and skips what was reported.
//
// Not thread-safe. A read that fails is repeated by the next one, from the same position.
#ifndef HOOKD_STORE_POSTGRES_CLUSTER_CHANGES_H_
#define HOOKD_STORE_POSTGRES_CLUSTER_CHANGES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/cluster.h"
#include "store/codec/secret_box.h"
#include "store/postgres/connection.h"

namespace hookd {

class PostgresChanges {
 public:
  // Reports what is committed from now on. `secrets` must outlive it.
  static absl::StatusOr<std::unique_ptr<PostgresChanges>> Create(PostgresConnection& connection,
                                                                 const SecretBox* secrets);

  // Webhooks and tokens.
  absl::Status LookAtConfiguration(PostgresConnection& connection, Cluster::Listener& listener);
  // The keys and revisions of webhooks that were reported since ForgetReported; and the least revision that
  // can still be reported.
  const std::vector<std::pair<int64_t, int64_t>>& reported() const { return reported_; }
  void ForgetReported() { reported_.clear(); }
  int64_t oldest_revision() const;

  // Deliveries of these shards without an attempt, one second and ten seconds after they were stored.
  absl::Status LookAtArrivals(PostgresConnection& connection, const std::vector<int64_t>& shards,
                              Cluster::Listener& listener);

  // Outcomes of other slots; BeginOutcomes: only those that are committed from now on.
  absl::Status BeginOutcomes(PostgresConnection& connection, int slot);
  absl::Status LookAtOutcomes(PostgresConnection& connection, int slot, Cluster::Listener& listener);

 private:
  explicit PostgresChanges(const SecretBox* secrets) : secrets_(secrets) {}
  absl::Status LookAtTokens(PostgresConnection& connection, Cluster::Listener& listener);
  // Keys of outcomes of other slots from a moment on, that were not seen yet.
  absl::StatusOr<std::vector<int64_t>> NewOutcomes(PostgresConnection& connection, int slot, absl::Time from);

  const SecretBox* const secrets_;
  absl::Time now_;         // the server's time at the last read
  absl::Time configured_;  // the server's time at the last read of the configuration
  absl::flat_hash_map<int64_t, int64_t> revisions_;  // of webhooks, as they were reported
  std::vector<std::pair<int64_t, int64_t>> reported_;
  int64_t token_changes_ = 0;
  std::map<int64_t, std::string> tokens_;  // ids by key
  int64_t soon_key_ = 0, late_key_ = 0;    // where the two reads of arrivals continue
  absl::Time outcomes_, all_outcomes_;     // of the last read of new outcomes, and of late commits
  std::set<int64_t> seen_outcomes_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CLUSTER_CHANGES_H_
