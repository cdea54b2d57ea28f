// Where everything that must survive is kept. One implementation an engine; all pass
// tests/unit/store/conformance.
//
// Thread-safe. Every method but Load* returns at once; its `done` is called exactly once, later or from
// within the call, on a thread of the store's, and must not block. Records are values: the caller keeps
// nothing alive.
//
// Writes are durable when `done` has OK: on disk, and there after kill -9 or a power cut. All writes that
// arrive while a commit is under way share the next one (group commit), in the order of their calls; their
// `done`s are called in that order, after the commit. A write that is refused (ALREADY_EXISTS, ...) changes
// nothing and refuses no other.
//
// Errors of writes, besides those named: RESOURCE_EXHAUSTED when limits::kMaxUncommittedBytes wait already or
// the disk is full; UNAVAILABLE when the store cannot be written or is closed. The message says what an
// operator can do. Reads: UNAVAILABLE. A store that failed is tried afresh with the next call.
#ifndef HOOKD_STORE_STORE_H_
#define HOOKD_STORE_STORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "store/cluster.h"
#include "store/records.h"

namespace hookd {

// Makes a write idempotent. Scoped to a project; remembered for limits::kRequestIdLifetime at least.
struct RequestId {
  std::string id;
  std::string fingerprint;  // of the request's content; see base/fingerprint.h
};

class Store {
 public:
  template <typename T>
  using Done = std::function<void(T)>;

  // Changes a webhook in place or says why not. Called on the store's thread, with nothing else writing; may
  // be called again if the commit has to be repeated. Sets neither key, revision, project, id nor times.
  using WebhookEdit = std::function<absl::Status(Webhook&)>;

  // Where other processes can have the same store open: what is to be known of them. Null where they cannot.
  virtual Cluster* cluster() { return nullptr; }

  // Waits for the writes under way, then closes. Every `done` has been called when it returns.
  virtual ~Store() = default;

  // The latest time that the store knew of when it was opened, by its records or its server: the present is
  // not before it, whatever this machine's clock says. InfinitePast if it knew of none.
  virtual absl::Time opened_at_least() const { return absl::InfinitePast(); }

  // --- Webhooks ---

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

  // --- Tokens ---

  // Stores a new token; key and create time are set by the store. An empty `id` becomes EncodeId(key).
  // ALREADY_EXISTS if there is one of that id.
  virtual void CreateToken(Token token, Done<absl::StatusOr<Token>> done) = 0;

  // Deletes it. NOT_FOUND if there is none.
  virtual void DeleteToken(std::string id, Done<absl::StatusOr<Token>> done) = 0;

  // Notes when a token was last used. May be lost in a crash shortly after; one that is gone is no error.
  virtual void SetTokenUsed(int64_t key, absl::Time time) = 0;

  // Every token there is, in no order. Blocks: for start-up.
  virtual absl::StatusOr<std::vector<Token>> LoadTokens() = 0;

  // --- Events ---

  struct Accepted {
    std::vector<AcceptedEvent> events;  // in the order of the call
    bool repeated = false;  // the answer to an earlier call of the same request id: deliver nothing
  };

  // Stores the events and one pending delivery for each of their webhooks, all or none. Their keys are in the
  // order of commit and of the call. With a request id that is known: the first answer again;
  // FieldError("request_id") if its fingerprint differs. RESOURCE_EXHAUSTED when the store has grown to its
  // bound, or free space has shrunk to its reserve; that refuses no other write.
  virtual void AcceptEvents(std::string project, std::vector<NewEvent> events,
                            std::optional<RequestId> request_id, Done<absl::StatusOr<Accepted>> done) = 0;

  // The first answer to that request id, as AcceptEvents gives it again; NOT_FOUND if there is none,
  // FieldError("request_id") if its fingerprint differs. A read: it has an answer while writes are refused.
  virtual void FindAccepted(std::string project, RequestId request_id,
                            Done<absl::StatusOr<Accepted>> done) = 0;

  // NOT_FOUND if the project has no event of that key.
  virtual void GetEvent(std::string project, int64_t key, Done<absl::StatusOr<Event>> done) = 0;

  // --- Deliveries ---

  // Records what became of a delivery, and calls `done` with the outcome's key. Never refused: repeated by
  // the store until it is durable; if the store closes before, or the shard of its webhook is not held with
  // `outcome.epoch` any more (store/cluster.h), it is lost, `done` gets 0, and the delivery stands as it did.
  virtual void RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) = 0;

  // Outcomes as they were recorded: a page of the log, without the deliveries' attempts. Every outcome whose
  // `done` was called before this call is seen.
  virtual void ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) = 0;

  // Makes those of the deliveries that are not pending, and whose webhook is not deleted, wait again, to be
  // attempted at `next_attempt_time`; attempts made until now become earlier ones. Answers with these, as
  // they stand then; all others are left as they are.
  virtual void RetryDeliveries(std::string project, std::vector<int64_t> keys, absl::Time next_attempt_time,
                               Done<absl::StatusOr<std::vector<Delivery>>> done) = 0;

  // With its attempts. NOT_FOUND if the project has no delivery of that key.
  virtual void GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) = 0;

  // Without their attempts.
  virtual void ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) = 0;

  // Pending deliveries of a webhook.
  virtual void ReadWaiting(WaitingQuery query, Done<absl::StatusOr<WaitingPage>> done) = 0;

  // Of every webhook that has pending deliveries. Blocks: for start-up.
  virtual absl::StatusOr<std::vector<Backlog>> LoadBacklogs() = 0;

  // --- Retention ---

  // Deletes up to `limit` events with their deliveries and attempts: of those with keys below `before_key`
  // the ones of which no delivery is pending, of those below `delivered_before_key` the ones of which every
  // delivery was delivered. Looks at few more than it deletes, and goes on there with the next call. Their
  // space is used again.
  virtual void Purge(int64_t before_key, int64_t delivered_before_key, int limit,
                     Done<absl::StatusOr<Purged>> done) = 0;

  // --- Backup ---

  // Takes the next bytes of a copy, of `total` in all, and says whether to go on. Called without bytes from
  // time to time while there are none yet.
  using BackupSink = std::function<bool(absl::string_view data, int64_t total)>;

  // Gives a copy of the store as it stands at one moment to `sink`: what a new store can be opened on. Blocks
  // for as long as that takes, but no other call. RESOURCE_EXHAUSTED if the disk has no room for the copy,
  // CANCELLED if the sink said so, UNIMPLEMENTED where the engine has its own ways.
  virtual absl::Status Backup(const BackupSink& sink) = 0;
};

}  // namespace hookd

#endif  // HOOKD_STORE_STORE_H_
