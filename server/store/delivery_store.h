// The part of the store that keeps deliveries and the outcomes of their attempts. See store.h for what holds
// for every part.
#ifndef HOOKD_STORE_DELIVERY_STORE_H_
#define HOOKD_STORE_DELIVERY_STORE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class DeliveryStore {
 public:
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

 protected:
  virtual ~DeliveryStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_STORE_H_
