#include "store/search/segment_builder.h"

#include <algorithm>
#include <cassert>

namespace hookd::search {

void SegmentBuilder::Add(const EventRow& event, const Terms& terms, const ContentReader& read) {
  assert(events() < kMaxSegmentEvents && sorted_runs_.empty());
  const int ordinal = events();
  keys_.push_back(static_cast<uint64_t>(event.key));
  const auto add = [&](uint64_t hash) { entries_.push_back(MakeEntry(hash, ordinal)); };
  add(terms.Project(event.project));
  add(terms.Type(event.project, event.type));
  read(event.event, [&](ContentField field, bool is_number, absl::string_view value) {
    add(terms.Content(event.project, field, is_number, value));
  });
}

void SegmentBuilder::Append(const std::vector<uint64_t>& keys, const std::vector<uint64_t>& entries) {
  assert(keys_.size() + keys.size() <= static_cast<size_t>(kMaxSegmentEvents));
  const uint64_t before = keys_.size();
  keys_.insert(keys_.end(), keys.begin(), keys.end());
  sorted_runs_.push_back(entries_.size());
  // A greater ordinal is a smaller entry; the order of the run stays.
  for (const uint64_t entry : entries) entries_.push_back(entry - before);
}

std::vector<std::string> SegmentBuilder::Encode() {
  if (sorted_runs_.empty()) {
    std::sort(entries_.begin(), entries_.end());
  } else {
    // Merges neighbours, then the merged ones: faster than sorting all.
    std::vector<size_t> ends(sorted_runs_.begin() + 1, sorted_runs_.end());
    ends.push_back(entries_.size());
    while (ends.size() > 1) {
      std::vector<size_t> merged;
      size_t begin = 0;
      for (size_t i = 0; i < ends.size(); i += 2) {
        const size_t end = ends[std::min(i + 1, ends.size() - 1)];
        const auto at = [this](size_t place) { return entries_.begin() + static_cast<ptrdiff_t>(place); };
        std::inplace_merge(at(begin), at(ends[i]), at(end));
        merged.push_back(begin = end);
      }
      ends = std::move(merged);
    }
  }
  std::vector<std::string> blocks = EncodeSegment(keys_, entries_);
  keys_.clear();
  entries_.clear();
  sorted_runs_.clear();
  return blocks;
}

}  // namespace hookd::search
