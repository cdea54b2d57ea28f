// What the store keeps: plain values, with no proto and no JSON of their own.
#ifndef HOOKD_STORE_RECORDS_H_
#define HOOKD_STORE_RECORDS_H_

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

// Types of event by number (hookd.v1.EventType); bit 0 is never set.
using EventTypes = std::bitset<64>;

// A webhook as it stands.
struct Webhook {
  int64_t key = 0;       // of this webhook alone: one deleted and created anew under its old id has another
  int64_t revision = 0;  // differs with every change; the etag
  std::string project;
  std::string id;  // unique among the project's webhooks
  std::string url;
  EventTypes event_types;
  bool disabled = false;
  std::string display_name;
  absl::Duration timeout;  // whole milliseconds
  absl::Time create_time;  // times are kept to the microsecond
  absl::Time update_time;
};

// An event to be accepted, and the webhooks it goes to.
struct NewEvent {
  int type = 0;
  std::string event;              // the serialised hookd.v1.Event, without name and emit_time; opaque here
  std::vector<int64_t> webhooks;  // keys; one delivery for each, in this order
};

// An event that is on disk. Its deliveries, in the order of NewEvent::webhooks, have the keys that follow its
// own.
struct AcceptedEvent {
  int64_t key = 0;
  absl::Time emit_time;  // that of its key
  int webhook_count = 0;
};

// A stored event.
struct Event {
  int64_t key = 0;
  int type = 0;
  std::string event;  // as in NewEvent
  absl::Time emit_time;
  int webhook_count = 0;
};

// Numbers are those of hookd.v1.DeliveryState.
enum class DeliveryState { kPending = 1, kDelivered = 2, kFailed = 3, kCanceled = 4 };

// One attempt; durations as in hookd.v1.Attempt, kept to the microsecond.
struct Attempt {
  int number = 1;
  absl::Time start_time;
  absl::Duration name_lookup, connect, tls, first_byte, total;
  int response_status = 0;
  std::string error;
  std::string response_body;  // the first bytes; see limits::kMaxResponseBodyBytes
  bool response_body_truncated = false;
};

// What became of a delivery: its new state, and the attempt that led to it unless there was none.
struct Outcome {
  int64_t delivery_key = 0;
  DeliveryState state = DeliveryState::kPending;
  std::optional<Attempt> attempt;
  std::string error;  // for kFailed and kCanceled: why
};

// A stored delivery.
struct Delivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int64_t webhook_key = 0;
  std::string webhook_id;  // also of a webhook that has been deleted since
  int event_type = 0;
  DeliveryState state = DeliveryState::kPending;
  int attempt_count = 0;
  int response_status = 0;
  std::string error;
  std::vector<Attempt> attempts;  // only where asked for
};

// A delivery that waits, with all that an attempt needs.
struct WaitingDelivery {
  int64_t key = 0;
  int64_t event_key = 0;
  int attempt_count = 0;
  int event_type = 0;
  std::string event;  // as in NewEvent
};

// Which deliveries to list: those of a project that satisfy every condition set, newest (greatest key) first.
struct DeliveryQuery {
  std::string project;
  std::optional<std::string> webhook_id;  // every webhook that has or had the id
  std::optional<int64_t> event_key;
  std::optional<int> event_type;
  std::optional<DeliveryState> state;
  std::optional<int64_t> min_key;  // inclusive
  std::optional<int64_t> max_key;  // inclusive
  int limit = 0;                   // at most so many, at least 1
};

}  // namespace hookd

#endif  // HOOKD_STORE_RECORDS_H_
