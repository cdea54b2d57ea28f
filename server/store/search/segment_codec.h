// The format of a segment of the search index: an immutable list of consecutive events, by key, and of the
// terms of each, by hash.
//
// An event has an ordinal in its segment: 0 for the oldest. An entry is one number: a term's hash, then how
// far the ordinal is below kMaxOrdinal. The sorted entries of a segment therefore have those of one term
// together, the newest event first.
//
// A segment is stored in numbered blocks: the directory, blocks of keys, and blocks of entries. The directory
// has the first key and the first entry of each block, so that a search reads one block for a rare term. Each
// block has a checksum: a damaged one is noticed.
//
// Thread-safe; no state. The format is stored: it must never change.
#ifndef HOOKD_STORE_SEARCH_SEGMENT_CODEC_H_
#define HOOKD_STORE_SEARCH_SEGMENT_CODEC_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "store/search/terms.h"

namespace hookd::search {

inline constexpr int kOrdinalBits = 17;
inline constexpr int kMaxOrdinal = (1 << kOrdinalBits) - 1;
inline constexpr int kMaxSegmentEvents = kMaxOrdinal + 1;

// The first number of a term's entries, which end before that of the next hash.
inline uint64_t FirstEntry(uint64_t hash) { return hash << kOrdinalBits; }
inline uint64_t MakeEntry(uint64_t hash, int ordinal) {
  return FirstEntry(hash) + static_cast<uint64_t>(kMaxOrdinal - ordinal);
}
inline uint64_t HashOf(uint64_t entry) { return entry >> kOrdinalBits; }
inline int OrdinalOf(uint64_t entry) { return kMaxOrdinal - static_cast<int>(entry & kMaxOrdinal); }

// The number of keys in a block, but for the last one: any key is found in one block.
inline constexpr size_t kKeysInBlock = 512;
// The size up to which a block is filled with entries: with its row, it fills one page of SQLite's.
inline constexpr size_t kBlockBytes = 4000;

struct Directory {
  std::vector<uint64_t> first_keys;     // of each block of keys
  std::vector<uint64_t> first_entries;  // of each block of entries

  // The numbers of blocks; the directory is block 0.
  int KeyBlock(size_t i) const { return 1 + static_cast<int>(i); }
  int EntryBlock(size_t i) const { return 1 + static_cast<int>(first_keys.size() + i); }
  int block_count() const { return 1 + static_cast<int>(first_keys.size() + first_entries.size()); }
  // The memory that it takes.
  size_t bytes() const { return (first_keys.size() + first_entries.size()) * sizeof(uint64_t); }
};

// The blocks of a segment by number. Requires: `keys` ascend, at most kMaxSegmentEvents; `entries` are
// sorted. An entry that occurs twice is stored once.
std::vector<std::string> EncodeSegment(const std::vector<uint64_t>& keys,
                                       const std::vector<uint64_t>& entries);

// Nothing if the block is damaged.
std::optional<Directory> DecodeDirectory(absl::string_view block);

// Adds the numbers of a block of keys or entries to `numbers`. False if the block is damaged.
bool DecodeNumbers(absl::string_view block, std::vector<uint64_t>& numbers);

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_SEGMENT_CODEC_H_
