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
  // Changes a webhook in place or says why not. Called on the store's thread, with nothing else writing; may
  // be called again if the commit has to be repeated. Sets neither key, revision, project, id nor times.
  using WebhookEdit = std::function<absl::Status(Webhook&)>;

  struct Created {
    Webhook webhook;
    bool repeated =
        false;  // the answer to an earlier call of the same request id: nothing was created by this one
  };

  // Stores a new webhook; key, revision and times are set by the store. An empty `id` becomes EncodeId(key).
  // ALREADY_EXISTS if the project has one of that id. With a request id that is known: the first answer
  // again, as it was; FieldError("request_id") if its fingerprint differs.
  virtual void CreateWebhook(Webhook webhook, std::optional<RequestId> request_id,
                             Done<absl::StatusOr<Created>> done) = 0;

  // Applies `edit` to the stored webhook; on OK, gives it a new revision and update time, and answers with
  // it. NOT_FOUND if there is none; otherwise the edit's own error.
  virtual void UpdateWebhook(std::string project, std::string id, WebhookEdit edit,
                             Done<absl::StatusOr<Webhook>> done) = 0;

  // Deletes it if `check` says OK of it, and forgets all but its id and key, by which its deliveries stay
  // readable. Answers with what was deleted. NOT_FOUND if there is none; otherwise the check's own error.
  virtual void DeleteWebhook(std::string project, std::string id,
                             std::function<absl::Status(const Webhook&)> check,
                             Done<absl::StatusOr<Webhook>> done) = 0;

  // Notes since when every attempt to a webhook has failed; nothing: no longer. Changes neither revision nor
  // update time. May be lost in a crash shortly after; a webhook that is gone is no error.
  virtual void SetFailingSince(int64_t webhook_key, std::optional<absl::Time> failing_since) = 0;

  // Every webhook there is, in no order. Blocks: for start-up.
  virtual absl::StatusOr<std::vector<Webhook>> LoadWebhooks() = 0;

 protected:
  virtual ~WebhookStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_WEBHOOK_STORE_H_
