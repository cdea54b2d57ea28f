// The terms under which the search index lists events, as hashes: a project, a project's events of one type,
// and the values of their content. The index contains no value itself.
//
// The hashes have a key that is random for each store, so that no caller can choose values that collide. Two
// terms may still have the same hash: every event that the index finds is compared with the search.
//
// Thread-safe. The hashes are stored: they must never change.
#ifndef HOOKD_STORE_SEARCH_TERMS_H_
#define HOOKD_STORE_SEARCH_TERMS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/sip_hash.h"
#include "store/records.h"

namespace hookd::search {

// With 36 bits, one in 100,000 searches of a segment finds an event of another term, and an entry has five
// bytes.
inline constexpr int kHashBits = 36;

class Terms {
 public:
  explicit Terms(const SipKey& key) : key_(key) {}

  // Each differs between projects, which are identified by their keys.
  uint64_t Project(int64_t project) const { return Hash(project, kProject, ""); }
  uint64_t Type(int64_t project, int type) const { return Hash(project, kType + type, ""); }
  uint64_t Content(int64_t project, ContentField field, bool is_number, absl::string_view value) const {
    return Hash(project, kContent + 2 * static_cast<int>(field) + (is_number ? 1 : 0), value);
  }

 private:
  // Kinds of terms: types have up to 64 numbers.
  static constexpr int kProject = 0, kType = 1, kContent = 128;

  uint64_t Hash(int64_t project, int kind, absl::string_view value) const {
    return SipHash(key_, static_cast<uint64_t>(project) << 8 | static_cast<uint64_t>(kind), value) >>
           (64 - kHashBits);
  }

  SipKey key_;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_TERMS_H_
