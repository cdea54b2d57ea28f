// Deliveries of the embedded store that have no row yet.
//
// Most deliveries end with their first attempt, a moment after they were accepted. Their row is written once,
// with the outcome, rather than inserted, indexed as pending, updated, and removed from that index. Until
// then the row of their event represents them, as it names the webhooks.
//
// A delivery that takes longer gets its row earlier: after a second, or when many have none. All of them get
// theirs before a read or a deletion that uses the rows. After a crash the missing rows are written when the
// store is opened (WriteMissingDeliveries), so that no other part of hookd knows of this.
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
  // The columns that a row has from the beginning.
  struct Delivery {
    int64_t event_key;
    int64_t webhook_key;
    int64_t project;
    int event_type;
  };

  // The value of oldest() when every delivery has its row.
  static constexpr int64_t kNone = std::numeric_limits<int64_t>::max();

  // `database` must outlive it.
  explicit UnwrittenDeliveries(Database* database);

  // A delivery that the current transaction accepts. Requires: its key is the greatest so far.
  void Add(int64_t key, const Delivery& delivery);

  // Removes and returns the delivery of that key, if it has no row: the caller writes it in this transaction.
  std::optional<Delivery> Take(int64_t key);

  // Writes the rows of deliveries with keys below `key`.
  absl::Status WriteBelow(int64_t key);

  // Writes the rows of deliveries that have had none for long enough, or that are too many. To be called at
  // the end of every transaction; `last_key` is the greatest key that was ever used.
  absl::Status WriteOld(int64_t last_key);

  // The transaction was committed or rolled back: its changes stay or are undone.
  void Committed();
  void RolledBack();

  // The least key of the committed deliveries without a row; kNone if there are none. Thread-safe.
  int64_t oldest() const { return oldest_; }

 private:
  // Writes the row, if the event exists. Also OK if the row is refused, by a trigger or a bad page: it is
  // then kept separately, so that it delays no other.
  absl::Status Write(int64_t key);
  // Retries refused rows from time to time.
  absl::Status WriteRefused();
  // Deletes rows that are no longer refused from refused_deliveries.
  absl::Status ForgetRefused();

  Database* const database_;
  absl::btree_map<int64_t, Delivery> deliveries_;
  absl::btree_map<int64_t, Delivery> refused_;  // the content of the table refused_deliveries
  std::vector<int64_t> no_longer_refused_;
  absl::Time retry_;  // by Clock::Steady
  // The changes of the current transaction.
  int64_t first_added_ = kNone;
  std::vector<std::pair<int64_t, Delivery>> taken_;
  std::atomic<int64_t> oldest_ = kNone;
};

// Writes the rows that were not written before a crash or before the store was closed.
absl::Status WriteMissingDeliveries(Database& database);

}  // namespace hookd

#endif  // HOOKD_STORE_SQLITE_UNWRITTEN_DELIVERIES_H_
