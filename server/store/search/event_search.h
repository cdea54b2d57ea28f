// Finds the events of a project by type, time, webhook and content, newest first: those that are indexed by
// the segments of the search index, the others by reading them. Every event that the index finds is compared
// with the query.
//
// The work and the time of one search are bounded; it then ends early, and says how far it got. A damaged
// segment does not fail a search: the events that it covers are read instead.
//
// Not thread-safe. Every function blocks. Errors: those of the reads.
#ifndef HOOKD_STORE_SEARCH_EVENT_SEARCH_H_
#define HOOKD_STORE_SEARCH_EVENT_SEARCH_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/tuning.h"
#include "store/delivery_query.h"
#include "store/delivery_sql.h"
#include "store/event_query.h"
#include "store/search/content.h"
#include "store/search/index_tables.h"
#include "store/search/segment_reader.h"

namespace hookd::search {

// Reads of events by an engine, of one moment, as those of the index.
class SearchReads : public BlockReads {
 public:
  // Events to read by key.
  struct Scan {
    int64_t project = 0;
    std::vector<int> event_types;      // empty: all
    int64_t min_key = 0, max_key = 0;  // inclusive
    int limit = 1;                     // events of any project and type
  };
  struct Scanned {
    std::vector<Event> events;  // of the project and the types, newest first
    int examined = 0;           // of any project and type; below the limit, there are no more
    int64_t last_key = 0;       // of the last one examined
  };

  // Nothing if no event or webhook was ever stored for the project.
  virtual absl::StatusOr<std::optional<int64_t>> FindProject(const std::string& project) = 0;

  virtual absl::StatusOr<Scanned> ScanEvents(const Scan& scan) = 0;

  // The events of the project that exist, in the order of `keys`.
  virtual absl::StatusOr<std::vector<Event>> ReadEvents(int64_t project,
                                                        const std::vector<int64_t>& keys) = 0;

  // The keys of the webhooks of the project that have or had one of the ids.
  virtual absl::StatusOr<WebhookKeys> FindWebhooks(const std::string& project,
                                                   const std::vector<std::string>& ids) = 0;

  // The deliveries of an event of the project that match the query, newest first, if they are of one of the
  // webhooks; null: of any. Costs one statement. Requires: the query names no webhooks and no content.
  virtual absl::StatusOr<std::vector<Delivery>> ReadDeliveriesOf(int64_t project, const Event& event,
                                                                 const DeliveryQuery& query,
                                                                 const WebhookKeys* webhooks) = 0;

  // As DeliveryStore::ListDeliveries. Requires: the query has no content.
  virtual absl::StatusOr<DeliveryPage> ListDeliveries(const DeliveryQuery& query) = 0;
};

// What a store's searches share. Must outlive them.
struct SearchParts {
  bool use_index = true;
  ContentReader read_content;
  DirectoryCache* directories = nullptr;
  Clock* clock = Clock::Real();
  std::function<void(const absl::Status& damage)> on_damage;
  int max_blocks = tuning::kSearchBlocks;  // that a search reads before it ends its page
};

absl::StatusOr<EventPage> SearchEvents(const SearchParts& parts, SearchReads& reads, const EventQuery& query);

// Finds the deliveries of the events whose content the query names. Requires: it names any.
absl::StatusOr<DeliveryPage> SearchDeliveries(const SearchParts& parts, SearchReads& reads,
                                              const DeliveryQuery& query);

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_EVENT_SEARCH_H_
