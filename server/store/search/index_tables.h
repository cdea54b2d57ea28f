// The tables of the search index, as an engine keeps them: what searches read, and what the indexer writes.
//
// The index covers the events with keys up to its position, with no gap: each segment covers the keys from
// the previous one's last key on. A segment is either live, which means that searches use it, or not: being
// written, or to be deleted. An index without a seed has no segments; blocks in the table are of a former
// one.
//
// Not thread-safe: one thread at a time uses an object. Every method blocks.
#ifndef HOOKD_STORE_SEARCH_INDEX_TABLES_H_
#define HOOKD_STORE_SEARCH_INDEX_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace hookd::search {

// How segments come about: a run is made of the log of events, a merged segment of runs.
enum class SegmentLevel { kRun = 0, kMerged = 1 };

struct Segment {
  int64_t id = 0;  // never used again
  SegmentLevel level = SegmentLevel::kRun;
  bool live = false;
  int64_t first_key = 0;  // of the keys that it covers, both inclusive: of events and of their deliveries
  int64_t last_key = 0;
  int events = 0;
};

struct Index {
  bool has_state = true;          // the index has one row; without it, this one has the default values
  std::string seed;               // of the terms' hashes; empty if nothing was indexed yet
  int64_t version = 0;            // counts the changes
  int64_t next_segment = 1;       // the id of the next segment
  int64_t position = 0;           // events with keys up to this are indexed
  std::vector<Segment> segments;  // of all, the newest keys first
};

struct SegmentBlock {
  int64_t segment = 0;
  int number = 0;
  std::string data;
};

// A change of the index: one transaction.
struct IndexChange {
  Index index;                       // as it is afterwards, its segments excepted
  std::vector<Segment> put;          // segments that are new, or change
  std::vector<SegmentBlock> blocks;  // to be added
  std::optional<int64_t>
      delete_blocks;               // of that segment: kDeletedBlocks of them; with the last, the segment
  bool delete_any_blocks = false;  // kDeletedBlocks of them, of any segment
  // Deletes all segments, and writes the index's row even if it is missing or invalid.
  bool reset = false;
};

// Greater versions and ids of segments are invalid: the key of a block has 47 bits for its segment.
inline constexpr int64_t kMaxIndexVersion = int64_t{1} << 60;
inline constexpr int64_t kMaxSegmentId = int64_t{1} << 40;

// How many blocks a change deletes at most: some milliseconds.
inline constexpr int kDeletedBlocks = 256;

// An event in the order of keys.
struct EventRow {
  int64_t key = 0;
  int64_t last_key = 0;  // of its deliveries
  int64_t project = 0;
  int type = 0;
  absl::string_view event;  // valid during the call
};

class BlockReads {
 public:
  virtual ~BlockReads() = default;

  virtual absl::StatusOr<Index> ReadIndex() = 0;

  // The block as it was written. Empty if there is none.
  virtual absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) = 0;
};

class IndexTables : public BlockReads {
 public:
  // Makes a change durable. ABORTED, with no change, unless the stored version is one below that of
  // `change.index`: another process changed the index.
  virtual absl::Status Write(IndexChange change) = 0;

  // Whether there are blocks of any segment.
  virtual absl::StatusOr<bool> HasBlocks() = 0;

  // Whether there are `count` events with keys above `after_key` that no event will be committed among any
  // more.
  virtual absl::StatusOr<bool> HasSettled(int64_t after_key, int count) = 0;

  // The first `count` events with keys above `after_key`, by key. Requires: HasSettled said that they exist.
  virtual absl::Status ReadLog(int64_t after_key, int count,
                               absl::FunctionRef<void(const EventRow&)> take) = 0;

  // The key of the oldest event; nothing if there is none.
  virtual absl::StatusOr<std::optional<int64_t>> OldestEvent() = 0;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_INDEX_TABLES_H_
