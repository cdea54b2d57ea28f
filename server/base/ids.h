// Keys of stored things, and the ids that stand for them in resource names.
//
// A key is a positive 64-bit integer: milliseconds since the Unix epoch in the upper 43 bits, a counter in
// the lower
// 20. Keys of one store only ever grow, so their order is the order of acceptance and a key tells its time.
// An event takes a run of keys: its own, then one for each of its deliveries.
//
// Where several processes write to one store, each has a slot of its own, and keys with the slot in the upper
// 6 bits of the counter: no two make the same key, and those of a process grow.
//
// An id is a key as 13 characters of Crockford's base 32 in lower case, which sort as the keys do.
#ifndef HOOKD_BASE_IDS_H_
#define HOOKD_BASE_IDS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace hookd {

// Slots that keys have room for.
inline constexpr int kKeySlots = 64;

// Keys in a row that one slot has.
inline constexpr int64_t kMaxKeyRun = int64_t{1} << 14;

// Makes keys. Not thread-safe: the store's writer owns the only one of its store, or of its slot.
class KeyGenerator {
 public:
  // `last_key` is the greatest key in the store, 0 for none: keys grow across restarts and clock jumps. With
  // a slot, from 0 to kKeySlots - 1, the keys are that slot's alone; without, they are of all.
  explicit KeyGenerator(int64_t last_key, std::optional<int> slot = std::nullopt)
      : last_key_(last_key), slot_(slot) {}

  // The first of `count` (at least 1; with a slot at most kMaxKeyRun) new keys in a row. `now` only moves
  // keys forward.
  int64_t Take(absl::Time now, int64_t count);

  // The greatest key so far.
  int64_t last() const { return last_key_; }

  // Keys are above this one too, from now on.
  void SkipTo(int64_t key);

 private:
  int64_t last_key_;
  std::optional<int> slot_;
};

// The slot of a key that was made with one.
int SlotOfKey(int64_t key);

// The least key of that moment; times before 1970 give 0. Keys of earlier moments are less, all others are
// not.
int64_t FirstKeyAt(absl::Time time);

// The moment of a key, to the millisecond.
absl::Time TimeOfKey(int64_t key);

// Key to id and back. Nothing if `id` is not one that EncodeId gives.
std::string EncodeId(int64_t key);
std::optional<int64_t> DecodeId(absl::string_view id);

}  // namespace hookd

#endif  // HOOKD_BASE_IDS_H_
