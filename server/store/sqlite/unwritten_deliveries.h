// Deliveries of the embedded store that have no row yet.
//
// Most deliveries end with their first attempt, a moment after they were accepted. Their row is then written
// once, with the outcome, rather than written, listed among those that wait, changed, and taken from that
// list again. Until then the row of their event stands for them, which names its webhooks.
//
// What takes longer gets its row before: after a second, or when many have none. So does everything before
// a read or a deletion that looks at the rows. What has none after a crash gets it when the store is opened
// (WriteMissingDeliveries), so that nobody else knows of this.
//
// Not thread-safe but for oldest(): the commit queue's thread uses it.
#ifndef HOOKD_STORE_SQLITE_UNWRITTEN_DELIVERIES_H_
#define HOOKD_STORE_SQLITE_UNWRITTEN_DELIVERIES_H_

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/sqlite/database.h"

namespace hookd {

class UnwrittenDeliveries {
 public:
  // What a row has from its beginning.
  struct Delivery {
    int64_t event_key;
    int64_t webhook_key;
    int64_t project;
    int event_type;
  };

  // oldest(), when there are none.
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  // `database` must outlive it.
  explicit UnwrittenDeliveries(Database* database);

  // One that the transaction under way accepts. Its key is the greatest so far.
  void Add(int64_t key, const Delivery& delivery);

  // The delivery of that key, if it has no row: the caller writes it, in this transaction.
  std::optional<Delivery> Take(int64_t key);

  // Writes the rows of those with keys below `key`.
  absl::Status WriteBelow(int64_t key);

  // Writes the rows of those that have been without for long enough, or are too many. Belongs to the end of
  // every transaction; `last_key` is the greatest key that was ever made.
  absl::Status WriteOld(int64_t last_key);

  // The transaction was made, or was not: what it added and wrote stays, or is forgotten.
  void Committed();
  void RolledBack();

  // The least key of those that are committed and had no row then; kNone if there were none. Thread-safe.
  int64_t oldest() const { return oldest_; }

 private:
  // Writes its row, if its event is there. OK, too, if the row is refused, by a trigger or a bad page: then
  // it is kept apart, so that it holds up no other.
  absl::Status Write(int64_t key);
  // Tries rows that were refused again, now and then.
  absl::Status WriteRefused();
  // Takes those that are not refused any more from their table.
  absl::Status ForgetRefused();

  Database* const database_;
  absl::btree_map<int64_t, Delivery> deliveries_;
  absl::btree_map<int64_t, Delivery> refused_;  // as the table refused_deliveries has them
  std::vector<int64_t> no_longer_refused_;
  absl::Time retry_;  // by Clock::Steady
  // What the transaction under way did.
  int64_t first_added_ = kNone;
  std::vector<std::pair<int64_t, Delivery>> taken_;
  std::atomic<int64_t> oldest_ = kNone;
};

// Writes the rows that a crash, or the end of a store, left unwritten.
absl::Status WriteMissingDeliveries(Database& database);

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_UNWRITTEN_DELIVERIES_H_
