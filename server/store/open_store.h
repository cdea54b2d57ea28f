// The one place that chooses an engine.
#ifndef HOOKD_STORE_OPEN_STORE_H_
#define HOOKD_STORE_OPEN_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "base/limits.h"
#include "store/codec/secret_box.h"
#include "store/commit/commit_queue.h"
#include "store/search/indexer.h"
#include "store/store.h"

namespace hookd {

struct StoreOptions {
  std::string url;         // of the PostgreSQL database; empty: the embedded store in `data_dir`
  std::string data_dir;    // created if it does not exist
  SecretBox secrets = {};  // encrypts the webhooks' secrets
  search::Indexer::Options search = {};                       // of the search index
  std::function<void(const CommitQueue::Commit&)> on_commit;  // see CommitQueue; may be null

  // Of the embedded store.
  Clock* clock = Clock::Real();
  int64_t max_bytes = 0;                           // of the store; 0: the disk's size
  int64_t min_free_bytes = limits::kMinFreeBytes;  // of its disk, kept in reserve
  // Called when events begin to be refused for lack of room, and when they are accepted again. May be null.
  std::function<void(bool has_room)> on_room;
  std::function<void()> on_slow_start;  // called from time to time while opening takes long; may be null

  // Of the store in PostgreSQL.
  absl::Duration lease = limits::kClusterLease;  // how long shards are held without a heartbeat
};

// Opens the store. FAILED_PRECONDITION or UNAVAILABLE, with one sentence for the operator, if it cannot be.
absl::StatusOr<std::unique_ptr<Store>> OpenStore(StoreOptions options);

// Where the store is, for people to read: without user and password.
std::string DescribeStore(const std::string& url, const std::string& data_dir);

}  // namespace hookd

#endif  // HOOKD_STORE_OPEN_STORE_H_
