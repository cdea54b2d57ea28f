#include "store/search/indexer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "base/secure_random.h"
#include "base/status_macros.h"
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
  HOOKD_ASSIGN_OR_RETURN(auto directory, directories.Get(reads, segment.id));
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
    return true;
  }
  return Expire(tables, std::move(index));
}

absl::StatusOr<bool> Indexer::DeleteIndex(IndexTables& tables, const Index& index) {
  if (index.segments.empty() && index.position == 0) return false;
  IndexChange change = NextChange(index);
  change.index.position = 0;
  change.put = Dead(index.segments);
  HOOKD_RETURN_IF_ERROR(tables.Write(std::move(change)));
  return true;
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
    if (builder.events() + run.events > options_.merged_events) break;
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
  if (index.segments.empty()) return false;
  HOOKD_ASSIGN_OR_RETURN(const auto oldest, tables.OldestEvent());
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
