// The tables of the search index, and the events, in memory. Not thread-safe.
#ifndef HOOKD_TESTS_UNIT_STORE_SEARCH_MEMORY_INDEX_H_
#define HOOKD_TESTS_UNIT_STORE_SEARCH_MEMORY_INDEX_H_

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "store/delivery_query.h"
#include "store/search/event_search.h"
#include "store/search/index_tables.h"
#include "tests/unit/store/search/content_format.h"

namespace hookd::search {

class MemoryIndex : public IndexTables {
 public:
  struct StoredEvent {
    int64_t project = 1;
    int type = 1;
    std::string event;
    int webhook_count = 0;
  };

  absl::StatusOr<Index> ReadIndex() override {
    Index index = state;
    for (const auto& [id, segment] : rows) index.segments.push_back(segment);
    std::sort(index.segments.begin(), index.segments.end(),
              [](const Segment& a, const Segment& b) { return a.last_key > b.last_key; });
    return index;
  }

  absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) override {
    ++blocks_read;
    on_block();
    const auto block = blocks.find({segment, number});
    return block == blocks.end() ? "" : block->second;
  }

  absl::Status Write(IndexChange change) override {
    const bool has_version = state.has_state && state.version >= 0 && state.version <= kMaxIndexVersion;
    if (change.reset && !has_version) state = {.version = change.index.version - 1};
    if (write_error.ok() && change.index.version != state.version + 1) return absl::AbortedError("");
    if (!write_error.ok()) return std::exchange(write_error, absl::OkStatus());
    ++writes;
    if (change.reset) rows.clear();
    if (change.delete_any_blocks) {
      for (int i = 0; i < kDeletedBlocks && !blocks.empty(); ++i) blocks.erase(blocks.begin());
    }
    for (const SegmentBlock& block : change.blocks) {
      bytes_written += block.data.size();
      if (!blocks.insert({{block.segment, block.number}, block.data}).second) {
        return absl::InternalError("a block was written twice");
      }
    }
    for (const Segment& segment : change.put) rows[segment.id] = segment;
    if (change.delete_blocks.has_value()) DeleteBlocks(*change.delete_blocks);
    state = change.index;
    return absl::OkStatus();
  }

  absl::StatusOr<bool> HasBlocks() override { return !blocks.empty(); }

  absl::StatusOr<bool> HasSettled(int64_t after_key, int count) override {
    return std::distance(events.upper_bound(after_key), events.end()) >= count;
  }

  absl::Status ReadLog(int64_t after_key, int count, absl::FunctionRef<void(const EventRow&)> take) override {
    for (auto it = events.upper_bound(after_key); it != events.end() && count > 0; ++it, --count) {
      take({.key = it->first,
            .last_key = it->first + it->second.webhook_count,
            .project = it->second.project,
            .type = it->second.type,
            .event = it->second.event});
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<int64_t>> OldestEvent() override {
    return events.empty() ? std::nullopt : std::optional(events.begin()->first);
  }

  // The segments that searches use.
  int live_segments(SegmentLevel level) const {
    return static_cast<int>(std::count_if(rows.begin(), rows.end(), [&](const auto& segment) {
      return segment.second.live && segment.second.level == level;
    }));
  }
  size_t segments() const { return rows.size(); }
  int64_t position() const { return state.position; }

  // The stored rows. Tests may damage them.
  Index state;
  std::map<int64_t, Segment> rows;  // of segments by id
  std::map<int64_t, StoredEvent> events;
  std::map<std::pair<int64_t, int>, std::string> blocks;
  absl::Status write_error;  // of the next write
  int writes = 0;
  int blocks_read = 0;
  std::function<void()> on_block = [] {};
  size_t bytes_written = 0;

 private:
  void DeleteBlocks(int64_t segment) {
    const auto begin = blocks.lower_bound({segment, 0});
    auto end = begin;
    for (int i = 0; i < kDeletedBlocks && end != blocks.end() && end->first.first == segment; ++i) ++end;
    blocks.erase(begin, end);
    const auto left = blocks.lower_bound({segment, 0});
    if (left == blocks.end() || left->first.first != segment) rows.erase(segment);
  }
};

// Reads of a MemoryIndex. It has the project "p", whose key is 1, and its webhook "w" of the key 1. Every
// event was sent to it as often as its webhook_count says.
class MemoryReads : public SearchReads {
 public:
  explicit MemoryReads(MemoryIndex* index) : index_(*index) {}

  absl::StatusOr<Index> ReadIndex() override { return index_.ReadIndex(); }
  absl::StatusOr<std::string> ReadBlock(int64_t segment, int number) override {
    return index_.ReadBlock(segment, number);
  }
  absl::StatusOr<std::optional<int64_t>> FindProject(const std::string& project) override {
    return project == "p" ? std::optional<int64_t>(1) : std::nullopt;
  }
  absl::StatusOr<Scanned> ScanEvents(const Scan& scan) override {
    Scanned scanned;
    on_read();
    for (auto it = index_.events.upper_bound(scan.max_key); it != index_.events.begin();) {
      --it;
      if (it->first < scan.min_key || scanned.examined == scan.limit) break;
      ++scanned.examined;
      scanned.last_key = it->first;
      if (it->second.project == scan.project) scanned.events.push_back(Make(*it));
    }
    events_scanned += scanned.examined;
    return scanned;
  }
  absl::StatusOr<std::vector<Event>> ReadEvents(int64_t project, const std::vector<int64_t>& keys) override {
    std::vector<Event> events;
    on_read();
    for (const int64_t key : keys) {
      ++events_read;
      const auto event = index_.events.find(key);
      if (event != index_.events.end() && event->second.project == project) events.push_back(Make(*event));
    }
    return events;
  }
  absl::StatusOr<WebhookKeys> FindWebhooks(const std::string& project,
                                           const std::vector<std::string>& ids) override {
    ++webhooks_found;
    return project == "p" && ids == std::vector<std::string>{"w"} ? WebhookKeys{1} : WebhookKeys();
  }
  absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(int64_t, const Event& event,
                                                         const DeliveryQuery& query,
                                                         const WebhookKeys*) override {
    ++deliveries_read;
    on_read();
    std::vector<Delivery> deliveries;
    for (int i = 0; i < std::min(event.webhook_count, query.limit); ++i) {
      deliveries.push_back({.key = event.key + event.webhook_count - i, .event_key = event.key});
    }
    return deliveries;
  }
  absl::StatusOr<DeliveryPage> ListDeliveries(const DeliveryQuery& query) override {
    listed.push_back(query);
    return DeliveryPage();
  }

  int events_scanned = 0;
  int events_read = 0;
  int webhooks_found = 0;
  int deliveries_read = 0;  // statements
  std::function<void()> on_read = [] {};
  std::vector<DeliveryQuery> listed;

 private:
  static Event Make(const std::pair<const int64_t, MemoryIndex::StoredEvent>& stored) {
    return {.key = stored.first,
            .type = stored.second.type,
            .event = stored.second.event,
            .webhook_count = stored.second.webhook_count};
  }

  MemoryIndex& index_;
};

}  // namespace hookd::search

#endif  // HOOKD_TESTS_UNIT_STORE_SEARCH_MEMORY_INDEX_H_
