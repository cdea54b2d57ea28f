// Collects the events and terms of a segment, and encodes it. Not thread-safe.
#ifndef HOOKD_STORE_SEARCH_SEGMENT_BUILDER_H_
#define HOOKD_STORE_SEARCH_SEGMENT_BUILDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "store/search/content.h"
#include "store/search/index_tables.h"
#include "store/search/segment_codec.h"
#include "store/search/terms.h"

namespace hookd::search {

class SegmentBuilder {
 public:
  // Adds the next event by key, and its terms. Requires: fewer than kMaxSegmentEvents were added.
  void Add(const EventRow& event, const Terms& terms, const ContentReader& read);

  // Adds all events of another segment, whose keys follow: the numbers of its blocks of keys and entries.
  // Requires: no more than kMaxSegmentEvents in all.
  void Append(const std::vector<uint64_t>& keys, const std::vector<uint64_t>& entries);

  int events() const { return static_cast<int>(keys_.size()); }

  // The blocks of the segment. The builder is empty afterwards.
  std::vector<std::string> Encode();

 private:
  std::vector<uint64_t> keys_;
  std::vector<uint64_t> entries_;
  std::vector<size_t> sorted_runs_;  // where each begins in entries_, if segments were appended
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_SEGMENT_BUILDER_H_
