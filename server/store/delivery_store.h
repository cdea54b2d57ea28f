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
#include "store/delivery_query.h"
#include "store/done.h"
#include "store/records.h"

namespace hookd {

class DeliveryStore {
 public:
  // Records the outcome of an attempt, and calls `done` with the outcome's key. Never refused: the store
  // retries it until it is durable. If the store closes before, or the shard of the webhook is no longer held
  // with `outcome.epoch` (store/cluster.h), the outcome is lost, `done` gets 0, and the delivery is
  // unchanged.
  virtual void RecordOutcome(Outcome outcome, std::function<void(int64_t key)> done) = 0;

  // A page of the log of outcomes, without the attempts of the deliveries. Includes every outcome whose
  // `done` was called before this call.
  virtual void ReadOutcomes(OutcomeQuery query, Done<absl::StatusOr<OutcomePage>> done) = 0;

  // Makes deliveries pending again, with their next attempt at `next_attempt_time`: those that are not
  // pending and whose webhook is not deleted. Their attempts so far become earlier ones. Answers with the
  // deliveries that were changed, as they are then.
  virtual void RetryDeliveries(std::string project, std::vector<int64_t> keys, absl::Time next_attempt_time,
                               Done<absl::StatusOr<std::vector<Delivery>>> done) = 0;

  // A delivery with its attempts. NOT_FOUND if the project has no delivery with that key.
  virtual void GetDelivery(std::string project, int64_t key, Done<absl::StatusOr<Delivery>> done) = 0;

  // Deliveries without their attempts.
  virtual void ListDeliveries(DeliveryQuery query, Done<absl::StatusOr<DeliveryPage>> done) = 0;

  // Pending deliveries of a webhook.
  virtual void ReadPending(PendingQuery query, Done<absl::StatusOr<PendingPage>> done) = 0;

  // The backlog of every webhook that has pending deliveries. Blocks: for the start.
  virtual absl::StatusOr<std::vector<Backlog>> LoadBacklogs() = 0;

 protected:
  virtual ~DeliveryStore() = default;
};

}  // namespace hookd

#endif  // HOOKD_STORE_DELIVERY_STORE_H_
