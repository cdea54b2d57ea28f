// The webhooks of all projects in memory, as they are in the store, enabled or not, so that an event is
// matched without a query. Adding and removing one costs the same however many there are.
//
// Thread-safe. A Webhook that was found never changes: a change replaces it.
#ifndef HOOKD_DELIVERY_WEBHOOK_TABLE_H_
#define HOOKD_DELIVERY_WEBHOOK_TABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "store/records.h"

namespace hookd {

class WebhookTable {
 public:
  // The keys of the project's enabled webhooks that want events of the type, ascending, or their number.
  std::vector<int64_t> Wanting(absl::string_view project, int event_type) const ABSL_LOCKS_EXCLUDED(mutex_);
  size_t CountWanting(absl::string_view project, int event_type) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The project's webhooks with ids above `after_id`, by id, at most `limit`.
  std::vector<std::shared_ptr<const Webhook>> List(absl::string_view project, absl::string_view after_id,
                                                   size_t limit) const ABSL_LOCKS_EXCLUDED(mutex_);

  // The webhooks of all projects that come after the project and id, by project and id, at most `limit`.
  std::vector<std::shared_ptr<const Webhook>> ListAll(absl::string_view after_project,
                                                      absl::string_view after_id, size_t limit) const
      ABSL_LOCKS_EXCLUDED(mutex_);

  // How many webhooks the project has, disabled ones included.
  size_t Count(absl::string_view project) const ABSL_LOCKS_EXCLUDED(mutex_);

  // A webhook by name or key; null if there is none.
  std::shared_ptr<const Webhook> Find(absl::string_view project, absl::string_view id) const
      ABSL_LOCKS_EXCLUDED(mutex_);
  std::shared_ptr<const Webhook> Find(int64_t key) const ABSL_LOCKS_EXCLUDED(mutex_);

  // Adds webhooks, or replaces those of the same names, unless they are of later revisions.
  void Put(std::vector<Webhook> webhooks) ABSL_LOCKS_EXCLUDED(mutex_);

  // Removes the webhook, if the table has it.
  void Remove(const Webhook& webhook) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Project {
    absl::btree_map<std::string, std::shared_ptr<const Webhook>> by_id;
    // Keys, ascending, by the number of the type. Keys ascend as webhooks are created, so that a new one is
    // added at the end.
    std::array<std::vector<int64_t>, EventTypes().size()> wanting;
  };

  // Adds a webhook to the lists of its event types, and removes it from all lists, if it is in them.
  static void Enlist(Project& project, const Webhook& webhook);
  static void Unlist(Project& project, const Webhook& webhook);
  const std::vector<int64_t>* FindWanting(absl::string_view project, int event_type) const
      ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, Project> projects_ ABSL_GUARDED_BY(mutex_);
  absl::btree_set<std::string> project_ids_ ABSL_GUARDED_BY(mutex_);  // of projects_, in order
  absl::flat_hash_map<int64_t, std::shared_ptr<const Webhook>> by_key_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_TABLE_H_
