#include "store/search/store_search.h"

#include "base/log.h"

namespace hookd::search {

StoreSearch::StoreSearch(Indexer::Options options, Clock* clock)
    : indexer_(options),
      parts_({.use_index = options.enabled,
              .read_content = options.read_content,
              .directories = &directories_,
              .clock = clock,
              .on_damage = [this](const absl::Status& damage) { OnDamage(damage); }}) {}

absl::StatusOr<bool> StoreSearch::Index(IndexTables& tables) {
  auto more = indexer_.Step(tables);
  position_ = indexer_.position();
  return more;
}

void StoreSearch::OnDamage(const absl::Status& damage) {
  // Every search of the segment would find it again.
  if (++damages_ > 1) return;
  LogError(
      "search index damaged: searches read the events instead, which takes longer; check the disk, and make "
      "a new index by starting hookd once with --search_index=off",
      {{"error", damage.message()}});
}

}  // namespace hookd::search
