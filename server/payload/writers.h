// One writer for each event type, which defines the keys of its JSON and their order. Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_WRITERS_H_
#define HOOKD_PAYLOAD_WRITERS_H_

#include "hookd/v1/event.pb.h"
#include "payload/json_writer.h"

namespace hookd {

// Writes the members of the event's documented JSON, without the braces; nothing if it has no type.
void WriteEvent(const v1::Event& event, JsonWriter& json);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_WRITERS_H_
