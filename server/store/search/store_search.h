// The search of a store, as all engines have it: they bring the reads and the tables.
//
// Thread-safe, but Index is called by one thread at a time. All but figures() block.
#ifndef HOOKD_STORE_SEARCH_STORE_SEARCH_H_
#define HOOKD_STORE_SEARCH_STORE_SEARCH_H_

#include <atomic>
#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "store/delivery_query.h"
#include "store/search/event_search.h"
#include "store/search/indexer.h"
#include "store/upkeep_store.h"

namespace hookd::search {

class StoreSearch {
 public:
  StoreSearch(Indexer::Options options, Clock* clock);

  absl::StatusOr<EventPage> ListEvents(SearchReads& reads, const EventQuery& query) {
    return SearchEvents(parts_, reads, query);
  }
  absl::StatusOr<DeliveryPage> ListDeliveries(SearchReads& reads, const DeliveryQuery& query) {
    return SearchDeliveries(parts_, reads, query);
  }

  // Indexer::Step.
  absl::StatusOr<bool> Index(IndexTables& tables);

  UpkeepStore::SearchFigures figures() const { return {.indexed_to = position_, .damages = damages_}; }

 private:
  void OnDamage(const absl::Status& damage);

  Indexer indexer_;
  DirectoryCache directories_;
  std::atomic<int64_t> position_ = 0;
  std::atomic<int64_t> damages_ = 0;
  const SearchParts parts_;
};

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_STORE_SEARCH_H_
