// Reads webhooks with their health: one of them, or those of one or all projects that satisfy conditions, in
// an order.
//
// A page costs time and memory for what it returns: of the other webhooks that are examined, only what the
// conditions and the order need is looked at, tuning::kWebhooksPerSlice of them at a time.
//
// Thread-safe; no method blocks. Owns nothing that it is given. `done` is called once, within the call or
// later on a thread of the store, and must not block.
#ifndef HOOKD_DELIVERY_WEBHOOK_LISTING_H_
#define HOOKD_DELIVERY_WEBHOOK_LISTING_H_

#include <bitset>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "delivery/health/health_board.h"
#include "delivery/webhook_table.h"
#include "store/store.h"

namespace hookd {

// The health of a webhook in one word. Numbers are those of hookd.v1.HealthState.
enum class HealthState { kUnknown = 0, kHealthy = 1, kFailing = 2 };
HealthState StateOf(const WebhookHealth& health);

// The state of a webhook's circuit breaker. Numbers are those of hookd.v1.CircuitState.
enum class CircuitState { kUnknown = 0, kClosed = 1, kOpen = 2, kHalfOpen = 3 };
CircuitState CircuitOf(const WebhookHealth& health, absl::Time now);

// A webhook with its health.
struct ListedWebhook {
  std::shared_ptr<const Webhook> webhook;
  WebhookHealth health;
  std::optional<absl::Time> oldest_pending_time;
};

// What webhooks are ordered by. All of them are ordered by id, those of all projects by project and id, where
// that is equal or unset.
enum class WebhookOrder {
  kId,
  kDisplayName,
  kCreateTime,
  kLastFailureTime,
  kFailingSince,
  kConsecutiveFailures,
  kPendingDeliveries,
};

// The place of a webhook in an order.
struct WebhookPosition {
  bool has_value = false;  // those without come last, in both directions
  int64_t number = 0;      // of numbers, and of times in microseconds
  std::string text;        // of kDisplayName
  std::string id;
  std::string project;  // only where all projects are listed
};

// Which webhooks to list: those that satisfy every condition set, after a position.
struct WebhookQuery {
  std::string project;
  bool all_projects = false;  // rather than `project`
  EventTypes event_types;     // those that want any of these; none is set: all
  std::optional<bool> enabled;
  std::bitset<3> states;    // by HealthState; none is set: all
  std::bitset<4> circuits;  // by CircuitState at `now`; none is set: all
  absl::Time now;
  WebhookOrder order = WebhookOrder::kId;
  bool descending = false;
  std::optional<WebhookPosition> after;
  int limit = 1;  // at most so many, at least 1

  // Whether a condition or the order is about health.
  bool needs_health() const {
    return states.any() || circuits.any() || order >= WebhookOrder::kLastFailureTime;
  }
};

class WebhookListing {
 public:
  struct Page {
    std::vector<ListedWebhook> webhooks;
    std::vector<WebhookPosition> positions;  // of these webhooks
    // Set if there are more: the position after which they begin.
    std::optional<WebhookPosition> next;
  };

  // All must outlive it and its calls.
  WebhookListing(const WebhookTable* table, const HealthBoard* health, Store* store)
      : table_(table), health_(health), store_(store) {}

  // NOT_FOUND if there is no webhook of that name; the errors of the store's reads.
  void Get(absl::string_view project, absl::string_view id, Done<absl::StatusOr<ListedWebhook>> done) const;

  // In the order kId, examines at most limits::kMaxWebhooksExamined webhooks, so that a page may be short or
  // empty. Otherwise FieldError("order_by") if there are more than limits::kMaxWebhooksOrdered. The errors of
  // the store's reads.
  void List(WebhookQuery query, Done<absl::StatusOr<Page>> done) const;

 private:
  class Call;

  // Fills in the health of webhooks, the oldest pending delivery included.
  void Complete(std::vector<ListedWebhook> webhooks,
                Done<absl::StatusOr<std::vector<ListedWebhook>>> done) const;

  const WebhookTable* const table_;
  const HealthBoard* const health_;
  Store* const store_;
};

}  // namespace hookd

#endif  // HOOKD_DELIVERY_WEBHOOK_LISTING_H_
