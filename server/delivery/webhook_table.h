// The enabled and disabled webhooks of every project, in memory, as the store has them, so that matching an
// event queries nothing. Putting or removing one costs the same however many there are.
//
// Thread-safe. A Webhook that was found never changes: a change puts another in its place.
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

class WebhookTable {
 public:
  // Keys of the project's enabled webhooks that want events of the type, ascending; or only how many.
  std::vector<int64_t> Wanting(absl::string_view project, int event_type) const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t CountWanting(absl::string_view project, int event_type) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The project's webhooks with ids above `after_id`, by id, at most `limit`.
  std::vector<std::shared_ptr<const Webhook>> List(absl::string_view project, absl::string_view after_id,
                                                   size_t limit) const ABSL_LOCKS_EXCLUDED(mutex_);

  // One webhook by name or key; null if there is none.
  std::shared_ptr<const Webhook> Find(absl::string_view project, absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const Webhook> Find(int64_t key) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds webhooks, or replaces those of the same names, unless theirs is a later revision.
  void Put(std::vector<Webhook> webhooks) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes it if it is there.
  void Remove(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Project {
    absl::btree_map<std::string, std::shared_ptr<const Webhook>> by_id;
    // Ascending, by the number of the type. Keys ascend as webhooks are created, so a new one goes to the
    // end.
    std::array<std::vector<int64_t>, EventTypes().size()> wanting;
  };

  // Puts a webhook among those that want its event types, and takes it out, whether or not it is there.
  static void Enlist(Project& project, const Webhook& webhook);
  static void Unlist(Project& project, const Webhook& webhook);
  const std::vector<int64_t>* FindWanting(absl::string_view project, int event_type) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Project> projects_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<int64_t, std::shared_ptr<const Webhook>> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_TABLE_H_
