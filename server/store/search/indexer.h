// Keeps the search index up to date, a short slice at a time: indexes new events in runs, merges runs into
// segments, and deletes segments whose events are all deleted. What a slice wrote is durable; a process that
// crashes or loses the work to another one leaves at most blocks that the next slice deletes.
//
// An index whose rows are invalid (index_check.h) is rebuilt: it is reset in one transaction, with which
// searches read the events, then what is left of it is deleted, and all events are indexed. Logs when the
// index is current for the first time, and after it was rebuilt.
//
// A search reads one block for each term and segment: without merges it would read 32 times as many. See
// decisions/0011-search-index.md.
//
// Not thread-safe.
#ifndef HOOKD_STORE_SEARCH_INDEXER_H_
#define HOOKD_STORE_SEARCH_INDEXER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/tuning.h"
#include "store/search/content.h"
#include "store/search/index_tables.h"
#include "store/search/segment_codec.h"

namespace hookd::search {

class Indexer {
 public:
  struct Options {
    bool enabled = true;  // otherwise the index is deleted
    ContentReader read_content = [](absl::string_view, ContentSink) {};
    int run_events = tuning::kSearchRunEvents;
    int merged_events = kMaxSegmentEvents;  // a multiple of run_events
  };

  explicit Indexer(Options options) : options_(std::move(options)) {}

  // Does the next slice. Returns whether there is more to do. Blocks for some milliseconds; while a merge
  // begins, for about a tenth of a second. ABORTED if another process changed the index: to be repeated.
  absl::StatusOr<bool> Step(IndexTables& tables);

  // The greatest key that is indexed, as of the last slice.
  int64_t position() const { return position_; }

 private:
  struct Merge {
    Segment segment;
    std::vector<Segment> runs;
    std::vector<std::string> blocks;
    size_t next = 0;      // the first block that is not written
    int64_t version = 0;  // of the index, as this merge left it
  };

  // Deletes the index but for its blocks. Logs the reason, unless it is OK.
  absl::Status Reset(IndexTables& tables, const Index& index, const absl::Status& reason);
  // Deletes blocks that a reset left. Returns whether there were any.
  absl::StatusOr<bool> DeleteLeftBlocks(IndexTables& tables, const Index& index);
  absl::StatusOr<bool> DeleteIndex(IndexTables& tables, const Index& index);
  void ReportCurrent(const Index& index);
  absl::Status AddRun(IndexTables& tables, Index index);
  absl::Status BeginMerge(IndexTables& tables, Index index);
  absl::Status ContinueMerge(IndexTables& tables, Index index);
  // Deletes the segments whose events are all deleted. Resets an index that lacks the oldest events. Returns
  // whether it changed anything.
  absl::StatusOr<bool> Expire(IndexTables& tables, Index index);

  const Options options_;
  std::optional<Merge> merge_;
  int64_t position_ = 0;
  bool seed_checked_ = false;
  bool current_ = false;   // since the start, or the last reset
  bool building_ = false;  // there was something to do until then
  // The version of the deleted index that had no blocks: until it changes, the table is not read.
  std::optional<int64_t> without_blocks_;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_INDEXER_H_
