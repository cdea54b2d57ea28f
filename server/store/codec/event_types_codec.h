// The event types of a webhook as the number that every engine stores: bit n is type n, and bit 0 is set if
// the webhook wants all types, those of later versions too.
//
// The bits of the types are set beside bit 0, because a hookd that shares the store and does not know bit 0
// goes by them. Thread-safe; no state.
#ifndef HOOKD_STORE_CODEC_EVENT_TYPES_CODEC_H_
#define HOOKD_STORE_CODEC_EVENT_TYPES_CODEC_H_

#include <cstdint>

#include "store/records.h"

namespace hookd {

inline int64_t EncodeEventTypes(const Webhook& webhook) {
  EventTypes types = webhook.event_types;
  types.set(0, webhook.all_event_types);
  return static_cast<int64_t>(types.to_ullong());
}

// Sets both fields. A webhook that wants all types gets those up to `last`, of which the process that stored
// it may have known fewer.
inline void DecodeEventTypes(int64_t stored, Webhook& webhook, int last = kLastEventType) {
  EventTypes types(static_cast<uint64_t>(stored));
  webhook.all_event_types = types[0];
  webhook.event_types = webhook.all_event_types ? AllEventTypes(last) : types;
}

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_EVENT_TYPES_CODEC_H_
