// Writes the documented JSON of events from the tables in documents.h. Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_DOCUMENT_WRITER_H_
#define HOOKD_PAYLOAD_DOCUMENT_WRITER_H_

#include "hookd/v1/event.pb.h"
#include "payload/json_writer.h"

namespace hookd {

// Writes the members of the event's documented JSON, without the braces; nothing if it has no type.
void WriteEvent(const v1::Event& event, JsonWriter& json);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_DOCUMENT_WRITER_H_
