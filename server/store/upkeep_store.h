// The part of the store that operates it: retention, health and size. See store.h for what holds for every
// part.
#ifndef HOOKD_STORE_UPKEEP_STORE_H_
#define HOOKD_STORE_UPKEEP_STORE_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class UpkeepStore {
 public:
  // The latest time that the store knew of when it was opened, by its records or its server: the present is
  // not before it, whatever this machine's clock says. InfinitePast if it knew of none.
  virtual absl::Time opened_at_least() const { return absl::InfinitePast(); }

  // Deletes up to `limit` events with their deliveries and attempts: of those with keys below `before_key`
  // the ones of which no delivery is pending, of those below `delivered_before_key` the ones of which every
  // delivery was delivered. Looks at few more than it deletes, and goes on there with the next call. Their
  // space is used again.
  virtual void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                     Done<absl::StatusOr<Purged>> done) = 0;

 protected:
  virtual ~UpkeepStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_UPKEEP_STORE_H_
