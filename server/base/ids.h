// Keys of stored things, and the ids that stand for them in resource names.
//
// A key is a positive 64-bit integer: milliseconds since the Unix epoch in the upper 43 bits, a counter in
// the lower
// 20. Keys of one store only ever grow, so their order is the order of acceptance and a key tells its time.
// An event takes a run of keys: its own, then one for each of its deliveries.
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

// Makes keys. Not thread-safe: the store's writer owns the only one of its store.
class KeyGenerator {
 public:
  // `last_key` is the greatest key in the store, 0 for none: keys grow across restarts and clock jumps.
  explicit KeyGenerator(int64_t last_key) : last_key_(last_key) {}

  // The first of `count` (at least 1) new keys in a row. `now` only moves keys forward.
  int64_t Take(absl::Time now, int64_t count);

 private:
  int64_t last_key_;
};

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
