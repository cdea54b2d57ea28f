// What other processes changed in the store, read from its tables: the configuration, deliveries that nobody
// told of, and outcomes. Each is read from a little before where the last look ended, as what is committed
// late has an older key, and what was seen is remembered.
//
// Not thread-safe. A look that fails is made again, from where it began, with the next.
#ifndef HOOKD_STORE_POSTGRES_CHANGES_H_
#define HOOKD_STORE_POSTGRES_CHANGES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/cluster.h"
#include "store/postgres/connection.h"
#include "store/secret_box.h"

namespace hookd {

class PostgresChanges {
 public:
  // What happens from now on is looked for. `secrets` must outlive it.
  static absl::StatusOr<std::unique_ptr<PostgresChanges>> Create(PostgresConnection& connection,
                                                                 const SecretBox* secrets);

  // Webhooks and tokens.
  absl::Status LookAtConfiguration(PostgresConnection& connection, Cluster::Listener& listener);
  // Webhooks, by their keys, and their revisions that the listener was told since ForgetTold; and the least
  // revision that can still be told.
  const std::vector<std::pair<int64_t, int64_t>>& told() const { return told_; }
  void ForgetTold() { told_.clear(); }
  int64_t oldest_revision() const;

  // Deliveries of these shards that wait for their first attempt, a second after they were stored, and ten.
  absl::Status LookAtArrivals(PostgresConnection& connection, const std::vector<int64_t>& shards,
                              Cluster::Listener& listener);

  // Outcomes of other slots. Begin: what is committed from now on.
  absl::Status BeginOutcomes(PostgresConnection& connection, int slot);
  absl::Status LookAtOutcomes(PostgresConnection& connection, int slot, Cluster::Listener& listener);

 private:
  explicit PostgresChanges(const SecretBox* secrets) : secrets_(secrets) {}
  absl::Status LookAtTokens(PostgresConnection& connection, Cluster::Listener& listener);
  // Keys of outcomes of other slots from a moment on, that were not seen yet.
  absl::StatusOr<std::vector<int64_t>> NewOutcomes(PostgresConnection& connection, int slot, absl::Time from);

  const SecretBox* const secrets_;
  absl::Time now_;                                   // the server's, when it was last looked
  absl::Time configured_;                            // the server's, of the last look at the configuration
  absl::flat_hash_map<int64_t, int64_t> revisions_;  // of webhooks, as they were told
  std::vector<std::pair<int64_t, int64_t>> told_;
  int64_t token_changes_ = 0;
  std::map<int64_t, std::string> tokens_;  // ids by key
  int64_t soon_key_ = 0, late_key_ = 0;    // where the looks at arrivals go on
  absl::Time outcomes_, all_outcomes_;  // when they were looked at: what is new, and what was committed late
  std::set<int64_t> seen_outcomes_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_POSTGRES_CHANGES_H_
