#include "delivery/liveness.h"

#include <utility>

namespace hookd {

void PingStore(Store& store, std::function<void()> done) {
  store.Purge(0, 0, /*limit=*/0, [&store, done = std::move(done)](const absl::StatusOr<Purged>&) {
    store.GetEvent("", 0, [done](const absl::StatusOr<Event>&) { done(); });
  });
}

}  // namespace hookd
