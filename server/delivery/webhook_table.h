// The enabled and disabled webhooks of every project, in memory, as the store has them.
//
// Thread-safe. Readers get snapshots that never change: a change replaces a project's as a whole, so matching
// an event copies one pointer under a lock and queries nothing.
#ifndef HOOKD_DELIVERY_WEBHOOK_TABLE_H_
#define HOOKD_DELIVERY_WEBHOOK_TABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "store/records.h"

namespace hookd {

// A project's webhooks at one moment. Immutable.
struct ProjectWebhooks {
  absl::btree_map<std::string, std::shared_ptr<const Webhook>> by_id;
  // Keys of the enabled webhooks that want a type, by its number.
  std::array<std::vector<int64_t>, EventTypes().size()> enabled_by_type;
};

class WebhookTable {
 public:
  // The project's webhooks; never null.
  std::shared_ptr<const ProjectWebhooks> Project(absl::string_view project) const ABSL_LOCKS_EXCLUDED(mutex_);

  // One webhook by name or key; null if there is none.
  std::shared_ptr<const Webhook> Find(absl::string_view project, absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const Webhook> Find(int64_t key) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds webhooks, or replaces those of the same names.
  void Put(std::vector<Webhook> webhooks) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes it if it is there.
  void Remove(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<const ProjectWebhooks>> projects_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<int64_t, std::shared_ptr<const Webhook>> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_TABLE_H_
