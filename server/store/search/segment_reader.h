// Reads one segment of the search index: the events of terms, the newest first, and their keys.
//
// Not thread-safe, apart from DirectoryCache. Every method may read blocks, and block. Errors: those of the
// reads, and DATA_LOSS if a block is missing or damaged.
#ifndef HOOKD_STORE_SEARCH_SEGMENT_READER_H_
#define HOOKD_STORE_SEARCH_SEGMENT_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "store/search/index_tables.h"
#include "store/search/segment_codec.h"

namespace hookd::search {

// Keeps the directories of segments in memory, up to tuning::kSearchDirectoryBytes. Thread-safe.
class DirectoryCache {
 public:
  // The directory of a segment of the index with this seed. Directories of another seed are forgotten: its
  // segments may have had the same ids.
  absl::StatusOr<std::shared_ptr<const Directory>> Get(BlockReads& reads, const std::string& seed,
                                                       int64_t segment) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  std::string seed_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<int64_t, std::shared_ptr<const Directory>> directories_ ABSL_GUARDED_BY(mutex_);
};

class SegmentReader {
 public:
  // `reads` must outlive it. The number of blocks that are read is added to `blocks_read`.
  SegmentReader(BlockReads* reads, const Segment& segment, std::shared_ptr<const Directory> directory,
                int* blocks_read)
      : reads_(reads), segment_(segment), directory_(std::move(directory)), blocks_read_(blocks_read) {}

  const Segment& segment() const { return segment_; }
  const Directory& directory() const { return *directory_; }

  // The key of the event with that ordinal.
  absl::StatusOr<int64_t> KeyOf(int ordinal);

  // The number of events with keys below `key`: the ordinal of the first one that is not. If `key` is above
  // all, it may be more than that.
  absl::StatusOr<int> CountBelow(int64_t key);

  // The numbers of a block.
  absl::StatusOr<std::vector<uint64_t>> ReadNumbers(int number);

 private:
  absl::Status ReadKeys(size_t block);

  BlockReads* const reads_;
  const Segment segment_;
  const std::shared_ptr<const Directory> directory_;
  int* const blocks_read_;
  std::optional<size_t> keys_block_;  // that keys_ are of
  std::vector<uint64_t> keys_;
};

// The events of one term in a segment, from the newest to the oldest.
class TermCursor {
 public:
  TermCursor(SegmentReader* segment, uint64_t hash) : segment_(segment), hash_(hash) {}

  // The greatest ordinal up to `ordinal`; -1 if there is none.
  absl::StatusOr<int> SeekAtMost(int ordinal);

 private:
  absl::Status ReadBlock(size_t block);

  SegmentReader* const segment_;
  const uint64_t hash_;
  std::optional<size_t> block_;  // that numbers_ are of
  std::vector<uint64_t> numbers_;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_SEGMENT_READER_H_
