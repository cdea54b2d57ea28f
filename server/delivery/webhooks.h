// Manages webhooks: every change goes to the store first, then to the table, then to the dispatcher. Changes
// that other processes make come from the store.
//
// Thread-safe; owns nothing that it is given. No method blocks; `done` is called once, on a thread of the
// store's or within the call, and must not block.
#ifndef HOOKD_DELIVERY_WEBHOOKS_H_
#define HOOKD_DELIVERY_WEBHOOKS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "delivery/webhook_table.h"
#include "store/store.h"

namespace hookd {

class Dispatcher;

class Webhooks {
 public:
  using Done = std::function<void(absl::StatusOr<Webhook>)>;

  // All must outlive the Webhooks and its calls.
  Webhooks(Store* store, WebhookTable* table, Dispatcher* dispatcher)
      : store_(store), table_(table), dispatcher_(dispatcher) {}

  // See Store::CreateWebhook. Create and Update answer once every process on the store knows the change
  // (Cluster::AwaitKnown).
  void Create(Webhook webhook, std::optional<RequestId> request_id, Done done);

  // Null if there is no webhook of that name.
  std::shared_ptr<const Webhook> Get(absl::string_view project, absl::string_view id) const {
    return table_->Find(project, id);
  }

  // The project's webhooks with ids above `after_id`, by id, at most `limit`.
  std::vector<std::shared_ptr<const Webhook>> List(absl::string_view project, absl::string_view after_id,
                                                   int limit) const {
    return table_->List(project, after_id, static_cast<size_t>(limit));
  }

  // See Store::UpdateWebhook. ABORTED if `etag` is neither empty nor that of the stored webhook. With
  // `validate_only` nothing is stored, and the answer is the webhook as it would be.
  void Update(std::string project, std::string id, std::string etag, Store::WebhookEdit edit,
              bool validate_only, Done done);

  // See Store::DeleteWebhook; `etag` and `validate_only` as above.
  void Delete(std::string project, std::string id, std::string etag, bool validate_only, Done done);

  // See Cluster::Listener.
  void OnChanged(const Webhook& webhook);
  void OnDeleted(int64_t key);

 private:
  // Calls `done` once every process on the store knows the webhook.
  void AnswerWhenKnown(Webhook webhook, Done done);

  Store* const store_;
  WebhookTable* const table_;
  Dispatcher* const dispatcher_;
};

// Disables or enables a webhook, with the reason and the time. If it is disabled already, it keeps both.
void SetDisabled(Webhook& webhook, bool disabled, DisableReason reason, absl::Time now);

// The resource name of a webhook: "projects/p/webhooks/w".
std::string NameOf(const Webhook& webhook);

// The etag of a webhook, which differs with every change.
std::string EtagOf(const Webhook& webhook);

// Returns ABORTED if `etag` is neither empty nor that of the webhook.
absl::Status CheckEtag(const Webhook& webhook, absl::string_view etag);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOKS_H_
