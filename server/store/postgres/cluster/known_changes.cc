#include "store/postgres/cluster/known_changes.h"

#include <algorithm>
#include <utility>

namespace hookd {

void KnownChanges::Await(int64_t webhook_key, int64_t revision, std::set<int> slots, absl::Time deadline,
                         std::function<void()> done) {
  std::erase_if(slots, [&](int slot) {
    const auto known = known_.find({webhook_key, slot});
    return known != known_.end() && known->second >= revision;
  });
  if (slots.empty()) return done();
  awaited_.push_back({webhook_key, revision, std::move(slots), deadline, std::move(done)});
}

void KnownChanges::Known(int slot, int64_t webhook_key, int64_t revision) {
  int64_t& latest = known_[{webhook_key, slot}];
  latest = std::max(latest, revision);
  std::vector<std::function<void()>> done;
  for (Awaited& each : awaited_) {
    if (each.webhook_key != webhook_key || each.revision > revision) continue;
    each.missing.erase(slot);
    if (each.missing.empty()) done.push_back(std::move(each.done));
  }
  std::erase_if(awaited_, [](const Awaited& each) { return each.missing.empty(); });
  for (const auto& each : done) each();
}

int KnownChanges::End(absl::Time now, int64_t forget) {
  std::erase_if(known_, [forget](const auto& known) { return known.second < forget; });
  const auto late = std::stable_partition(awaited_.begin(), awaited_.end(),
                                          [now](const Awaited& each) { return each.deadline > now; });
  std::vector<Awaited> ended(std::make_move_iterator(late), std::make_move_iterator(awaited_.end()));
  awaited_.erase(late, awaited_.end());
  for (const Awaited& each : ended) each.done();
  return static_cast<int>(ended.size());
}

}  // namespace hookd
