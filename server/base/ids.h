// Keys of stored records, and the ids that represent them in resource names.
//
// A key is a positive 64-bit integer: milliseconds since the Unix epoch in the upper 43 bits and a counter in
// the lower 20. The keys of one store only increase, so their order is the order of acceptance, and a key
// contains its time. An event takes a run of keys: its own, then one for each of its deliveries.
//
// If several processes write to one store, each has its own slot, which is in the upper 6 bits of the counter
// of its keys. No two processes make the same key, and the keys of a process increase.
//
// An id is a key as 13 characters of Crockford's base 32 in lower case. Ids sort like keys.
#ifndef HOOKD_BASE_IDS_H_
#define HOOKD_BASE_IDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "base/limits.h"

namespace hookd {

// The number of slots in a key: one for each process.
inline constexpr int kKeySlots = limits::kMaxProcesses;

// The maximum number of consecutive keys in one slot.
inline constexpr int64_t kMaxKeyRun = int64_t{1} << 14;

// Generates keys. Not thread-safe: the store's writer owns the only generator of its store or slot.
class KeyGenerator {
 public:
  // `last_key` is the largest key in the store, 0 for none, so that keys increase across restarts and clock
  // jumps. With a slot, from 0 to kKeySlots - 1, all keys belong to that slot; without, they use all slots.
  explicit KeyGenerator(int64_t last_key, std::optional<int> slot = std::nullopt)
      : last_key_(last_key), slot_(slot) {}

  // Returns the first of `count` new consecutive keys; at least 1, and with a slot at most kMaxKeyRun. `now`
  // only moves keys forward.
  int64_t Take(absl::Time now, int64_t count);

  // The largest key so far.
  int64_t last() const { return last_key_; }

  // Makes all later keys larger than `key`.
  void SkipTo(int64_t key);

 private:
  int64_t last_key_;
  std::optional<int> slot_;
};

// Returns the slot of a key that was generated with one.
int SlotOfKey(int64_t key);

// Returns the smallest key of that time, 0 for times before 1970. Only keys of earlier times are smaller.
int64_t FirstKeyAt(absl::Time time);

// Returns the time of a key, to the millisecond.
absl::Time TimeOfKey(int64_t key);

// Converts a key to an id and back. DecodeId returns nothing if `id` is not from EncodeId.
std::string EncodeId(int64_t key);
std::optional<int64_t> DecodeId(absl::string_view id);

}  // namespace hookd

#endif  // HOOKD_BASE_IDS_H_
