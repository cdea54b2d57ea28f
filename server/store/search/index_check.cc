#include "store/search/index_check.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "store/search/segment_codec.h"
#include "store/search/segment_reader.h"
#include "store/search/terms.h"

namespace hookd::search {
namespace {

template <typename... Parts>
absl::Status Invalid(const Parts&... parts) {
  return absl::DataLossError(absl::StrCat(parts...));
}

bool IsBetween(int64_t value, int64_t least, int64_t greatest) { return least <= value && value <= greatest; }

absl::Status CheckState(const Index& index) {
  if (!index.has_state) return Invalid("the table search_index does not have one row");
  if (!index.seed.empty() && index.seed.size() != kSipKeyBytes) {
    return Invalid("its seed has ", index.seed.size(), " bytes");
  }
  if (index.seed.empty() && (index.position != 0 || !index.segments.empty())) {
    return Invalid("it has no seed");
  }
  if (!IsBetween(index.version, 0, kMaxIndexVersion)) return Invalid("its version is ", index.version);
  if (!IsBetween(index.next_segment, 1, kMaxSegmentId)) {
    return Invalid("its next segment is ", index.next_segment);
  }
  if (!IsBetween(index.position, 0, std::numeric_limits<int64_t>::max() - 1)) {
    return Invalid("its position is ", index.position);
  }
  return absl::OkStatus();
}

// The live segment that covers the key; null if there is none.
const Segment* FindSegment(const Index& index, int64_t key) {
  for (const Segment& segment : index.segments) {
    if (segment.live && segment.first_key <= key && key <= segment.last_key) return &segment;
  }
  return nullptr;
}

}  // namespace

absl::Status CheckIndex(const Index& index) {
  HOOKD_RETURN_IF_ERROR(CheckState(index));
  int64_t end = index.position;  // the last key of the next live segment
  for (const Segment& segment : index.segments) {
    if (!IsBetween(segment.id, 1, index.next_segment - 1)) {
      return Invalid("segment ", segment.id, " is not below the next one, ", index.next_segment);
    }
    if ((segment.level != SegmentLevel::kRun && segment.level != SegmentLevel::kMerged) ||
        !IsBetween(segment.events, 1, kMaxSegmentEvents) || segment.first_key < 1 ||
        segment.last_key < segment.first_key) {
      return Invalid("segment ", segment.id, " has invalid values");
    }
    if (!segment.live) continue;
    if (segment.last_key != end) {
      return Invalid("segment ", segment.id, " ends with key ", segment.last_key, " instead of ", end);
    }
    end = segment.first_key - 1;
  }
  return absl::OkStatus();
}

absl::Status CheckSeed(IndexTables& tables, const Index& index) {
  // The oldest: a process that did not notice a damaged seed wrote newer segments with it.
  int64_t project = 0;
  const Segment* segment = nullptr;
  HOOKD_RETURN_IF_ERROR(tables.ReadLog(FirstCoveredKey(index) - 1, 1, [&](const EventRow& event) {
    project = event.project;
    segment = FindSegment(index, event.key);
  }));
  if (segment == nullptr) return absl::OkStatus();  // nothing of what exists is indexed
  DirectoryCache directories;
  int blocks_read = 0;
  auto directory = directories.Get(tables, index.seed, segment->id);
  if (absl::IsDataLoss(directory.status())) return absl::OkStatus();
  HOOKD_RETURN_IF_ERROR(directory.status());
  SegmentReader reader(&tables, *segment, *std::move(directory), &blocks_read);
  const uint64_t hash = Terms(ReadSipKey(index.seed)).Project(project);
  const auto found = TermCursor(&reader, hash).SeekAtMost(kMaxOrdinal);
  if (absl::IsDataLoss(found.status())) return absl::OkStatus();
  HOOKD_RETURN_IF_ERROR(found.status());
  if (*found < 0) return Invalid("segment ", segment->id, " was not written with its seed");
  return absl::OkStatus();
}

int64_t FirstCoveredKey(const Index& index) {
  int64_t first = index.position + 1;
  for (const Segment& segment : index.segments) {
    if (segment.live) first = segment.first_key;
  }
  return first;
}

}  // namespace hookd::search
