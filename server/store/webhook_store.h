// The part of the store that keeps webhooks. See store.h for what holds for every part.
#ifndef HOOKD_STORE_WEBHOOK_STORE_H_
#define HOOKD_STORE_WEBHOOK_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class WebhookStore {
 public:
  // Changes a webhook in place, or returns why it does not. Called on the store's thread while nothing else
  // writes; called again if the commit has to be repeated. Leaves key, revision, project, id and times alone.
  using WebhookEdit = std::function<absl::Status(Webhook&)>;

  struct Created {
    Webhook webhook;
    bool repeated = false;  // true: this is the answer to an earlier call with the same request id
  };

  // Stores a new webhook. The store sets key, revision and times; an empty `id` becomes EncodeId(key).
  // ALREADY_EXISTS if the project has a webhook with that id. A known request id gets the first answer again,
  // unchanged, or FieldError("request_id") if its fingerprint differs.
  virtual void CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                             Done<absl::StatusOr<Created>> done) = 0;

  // Applies `edit` to the stored webhook. If it returns OK, the webhook gets a new revision and update time,
  // and is the answer. NOT_FOUND if there is no such webhook; otherwise the error of `edit`.
  virtual void UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                             Done<absl::StatusOr<Webhook>> done) = 0;

  // Deletes the webhook if `check` returns OK. Its id and key stay, so that its deliveries can be read. The
  // answer is what was deleted. NOT_FOUND if there is no such webhook; otherwise the error of `check`.
  virtual void DeleteWebhook(std::string project, std::string id,
                             std::function<absl::Status(const Webhook&)> check,
                             Done<absl::StatusOr<Webhook>> done) = 0;

  // Stores since when every attempt of a webhook has failed; nullopt if that is no longer so. Changes neither
  // revision nor update time. A crash shortly afterwards may lose it. Does nothing if the webhook is gone.
  virtual void SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) = 0;

  // All webhooks, in no particular order. Blocks: for the start.
  virtual absl::StatusOr<std::vector<Webhook>> LoadWebhooks() = 0;

 protected:
  virtual ~WebhookStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_WEBHOOK_STORE_H_
