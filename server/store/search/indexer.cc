#include "store/search/indexer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/log.h"
#include "base/secure_random.h"
#include "base/status_macros.h"
#include "store/search/index_check.h"
#include "store/search/segment_builder.h"
#include "store/search/segment_reader.h"

namespace hookd::search {
namespace {

// The live runs, oldest first.
std::vector<Segment> RunsOf(const Index& index) {
  std::vector<Segment> runs;
  for (auto segment = index.segments.rbegin(); segment != index.segments.rend(); ++segment) {
    if (segment->live && segment->level == SegmentLevel::kRun) runs.push_back(*segment);
  }
  return runs;
}

// The change to that index, as its next version.
IndexChange NextChange(Index index) {
  IndexChange change;
  ++index.version;
  index.segments.clear();
  change.index = std::move(index);
  return change;
}

// The segments as they are to be deleted.
std::vector<Segment> Dead(std::vector<Segment> segments) {
  for (Segment& segment : segments) segment.live = false;
  return segments;
}

// Adds all events of a segment to the builder.
absl::Status AppendSegment(BlockReads& reads, const Segment& segment, SegmentBuilder& builder) {
  DirectoryCache directories;
  int blocks_read = 0;
  HOOKD_ASSIGN_OR_RETURN(auto directory, directories.Get(reads, "", segment.id));
  SegmentReader reader(&reads, segment, directory, &blocks_read);
  std::vector<uint64_t> keys, entries;
  for (int block = 1; block < directory->block_count(); ++block) {
    HOOKD_ASSIGN_OR_RETURN(const auto numbers, reader.ReadNumbers(block));
    auto& all = block < directory->EntryBlock(0) ? keys : entries;
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  if (keys.size() != static_cast<size_t>(segment.events)) {
    return absl::DataLossError("a search segment has another number of events than it was written with");
  }
  builder.Append(keys, entries);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> Indexer::Step(IndexTables& tables) {
  HOOKD_ASSIGN_OR_RETURN(Index index, tables.ReadIndex());
  position_ = index.position;
  if (const absl::Status valid = CheckIndex(index); !valid.ok()) {
    HOOKD_RETURN_IF_ERROR(Reset(tables, index, valid));
    return true;
  }
  if (merge_.has_value() && merge_->version != index.version) merge_.reset();
  for (const Segment& segment : index.segments) {
    if (segment.live || (merge_.has_value() && segment.id == merge_->segment.id)) continue;
    merge_.reset();  // its version would be outdated
    IndexChange change = NextChange(index);
    change.delete_blocks = segment.id;
    HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
    return true;
  }
  if (!options_.enabled) return DeleteIndex(tables, index);
  if (index.seed.empty()) {
    HOOKD_ASSIGN_OR_RETURN(const bool deleted, DeleteLeftBlocks(tables, index));
    if (deleted) return true;
  } else if (!seed_checked_) {
    const absl::Status valid = CheckSeed(tables, index);
    if (absl::IsDataLoss(valid)) {
      HOOKD_RETURN_IF_ERROR(Reset(tables, index, valid));
      return true;
    }
    HOOKD_RETURN_IF_ERROR(valid);
    seed_checked_ = true;
  }
  if (merge_.has_value()) {
    HOOKD_RETURN_IF_ERROR(ContinueMerge(tables, std::move(index)));
    return true;
  }
  const int merged_runs = options_.merged_events / options_.run_events;
  if (RunsOf(index).size() >= static_cast<size_t>(merged_runs)) {
    HOOKD_RETURN_IF_ERROR(BeginMerge(tables, std::move(index)));
    return true;
  }
  HOOKD_ASSIGN_OR_RETURN(const bool settled, tables.HasSettled(index.position, options_.run_events));
  if (settled) {
    HOOKD_RETURN_IF_ERROR(AddRun(tables, std::move(index)));
    building_ = building_ || !current_;
    return true;
  }
  HOOKD_ASSIGN_OR_RETURN(const bool expired, Expire(tables, index));
  if (!expired) ReportCurrent(index);
  return expired;
}

absl::Status Indexer::Reset(IndexTables& tables, const Index& index, const absl::Status& reason) {
  merge_.reset();
  IndexChange change;
  const bool has_version = index.version >= 0 && index.version <= kMaxIndexVersion;
  change.index.version = (has_version ? index.version : 0) + 1;
  // Other processes may still use a segment.
  int64_t next = index.next_segment;
  for (const Segment& segment : index.segments) {
    if (segment.id < kMaxSegmentId) next = std::max(next, segment.id + 1);
  }
  change.index.next_segment = next >= 1 && next <= kMaxSegmentId ? next : 1;
  change.reset = true;
  HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
  if (!reason.ok()) {
    LogWarning("search index invalid: rebuilding; until then searches read the events, which takes longer",
               {{"error", reason.message()}});
  }
  position_ = 0;
  current_ = false;
  building_ = true;
  return absl::OkStatus();
}

absl::StatusOr<bool> Indexer::DeleteLeftBlocks(IndexTables& tables, const Index& index) {
  if (!options_.enabled && without_blocks_ == index.version) return false;
  HOOKD_ASSIGN_OR_RETURN(const bool left, tables.HasBlocks());
  if (!left) {
    without_blocks_ = index.version;
    return false;
  }
  IndexChange change = NextChange(index);
  change.delete_any_blocks = true;
  HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
  return true;
}

void Indexer::ReportCurrent(const Index& index) {
  if (building_) {
    int64_t events = 0;
    for (const Segment& segment : index.segments) events += segment.events;
    LogInfo("search index current", {{"events", events}, {"segments", index.segments.size()}});
  }
  current_ = true;
  building_ = false;
}

absl::StatusOr<bool> Indexer::DeleteIndex(IndexTables& tables, const Index& index) {
  if (!index.seed.empty()) {
    HOOKD_RETURN_IF_ERROR(Reset(tables, index, absl::OkStatus()));
    return true;
  }
  HOOKD_ASSIGN_OR_RETURN(const bool deleted, DeleteLeftBlocks(tables, index));
  if (!deleted && building_) LogInfo("search index deleted");
  building_ = deleted;
  return deleted;
}

absl::Status Indexer::AddRun(IndexTables& tables, Index index) {
  if (index.seed.empty()) index.seed = SecureRandomBytes(kSipKeyBytes);
  const Terms terms(ReadSipKey(index.seed));
  SegmentBuilder builder;
  Segment run{
      .id = index.next_segment, .level = SegmentLevel::kRun, .live = true, .first_key = index.position + 1};
  HOOKD_RETURN_IF_ERROR(tables.ReadLog(index.position, options_.run_events, [&](const EventRow& event) {
    builder.Add(event, terms, options_.read_content);
    run.last_key = event.last_key;
  }));
  run.events = builder.events();
  // They were deleted meanwhile.
  if (run.events == 0) return absl::OkStatus();
  IndexChange change = NextChange(std::move(index));
  ++change.index.next_segment;
  change.index.position = run.last_key;
  change.put = {run};
  int number = 0;
  for (std::string& block : builder.Encode()) {
    change.blocks.push_back({.segment = run.id, .number = number++, .data = std::move(block)});
  }
  HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
  position_ = run.last_key;
  return absl::OkStatus();
}

absl::Status Indexer::BeginMerge(IndexTables& tables, Index index) {
  std::vector<Segment> runs = RunsOf(index);
  Merge merge;
  SegmentBuilder builder;
  for (Segment& run : runs) {
    if (!merge.runs.empty() && builder.events() + run.events > options_.merged_events) break;
    // A damaged run that stays is between them: no other segment may cover its keys.
    if (!merge.runs.empty() && run.first_key != merge.runs.back().last_key + 1) break;
    const absl::Status appended = AppendSegment(tables, run, builder);
    if (absl::IsDataLoss(appended)) {
      // It stays as it is: a search reads the events that it covers.
      run.level = SegmentLevel::kMerged;
      IndexChange change = NextChange(std::move(index));
      change.put = {run};
      return tables.Write(std::move(change));
    }
    HOOKD_RETURN_IF_ERROR(appended);
    merge.runs.push_back(run);
  }
  merge.segment = {.id = index.next_segment,
                   .level = SegmentLevel::kMerged,
                   .live = false,
                   .first_key = merge.runs.front().first_key,
                   .last_key = merge.runs.back().last_key,
                   .events = builder.events()};
  merge.blocks = builder.Encode();
  merge_ = std::move(merge);
  ++index.next_segment;
  return ContinueMerge(tables, std::move(index));
}

absl::Status Indexer::ContinueMerge(IndexTables& tables, Index index) {
  IndexChange change = NextChange(std::move(index));
  const int64_t version = change.index.version;
  size_t next = merge_->next, bytes = 0;
  for (; next < merge_->blocks.size() && bytes < tuning::kSearchWriteBytes; ++next) {
    bytes += merge_->blocks[next].size();
    change.blocks.push_back(
        {.segment = merge_->segment.id, .number = static_cast<int>(next), .data = merge_->blocks[next]});
  }
  const bool last = next == merge_->blocks.size();
  if (last) {
    change.put = Dead(merge_->runs);
    merge_->segment.live = true;
  }
  change.put.push_back(merge_->segment);
  const absl::Status written = tables.Write(std::move(change));
  if (last || !written.ok()) {
    merge_.reset();
    return written;
  }
  merge_->next = next;
  merge_->version = version;
  return absl::OkStatus();
}

absl::StatusOr<bool> Indexer::Expire(IndexTables& tables, Index index) {
  if (index.position == 0) return false;
  HOOKD_ASSIGN_OR_RETURN(const auto oldest, tables.OldestEvent());
  if (oldest.has_value() && *oldest < FirstCoveredKey(index)) {
    HOOKD_RETURN_IF_ERROR(
        Reset(tables, index, absl::DataLossError("it has no segment for the oldest events")));
    return true;
  }
  std::vector<Segment> expired;
  for (const Segment& segment : index.segments) {
    if (!oldest.has_value() || segment.last_key < *oldest) expired.push_back(segment);
  }
  if (expired.empty()) return false;
  IndexChange change = NextChange(std::move(index));
  change.put = Dead(std::move(expired));
  HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
  return true;
}

}  // namespace hookd::search
