// Converts events to the documented JSON, and has the documented samples. Thread-safe; no state.
//
// An event type is one message (protos/hookd/v1/event.proto), one table (documents.h) and one sample
// (protos/hookd/v1/samples/<type>.json). document_reader.h has the way back.
#ifndef HOOKD_PAYLOAD_PAYLOAD_H_
#define HOOKD_PAYLOAD_PAYLOAD_H_

#include <string>

#include "hookd/v1/event.pb.h"

namespace hookd {

// Returns the type of an event, by its oneof; EVENT_TYPE_UNSPECIFIED if none is set.
v1::EventType TypeOf(const v1::Event& event);

// Returns the documented name of a type, such as `user_created`; empty if it is not a type.
std::string TypeName(v1::EventType type);

// Returns the event as JSON: UTF-8, no white space, keys in the documented order, without unset fields.
// Invalid UTF-8 becomes U+FFFD. Requires: the event was validated, so it has a type, finite numbers and
// bounded nesting.
std::string ToJson(const v1::Event& event);

// Returns the documented sample of a type. Lives for the whole process. Requires: `type` is one of the twelve
// types.
const v1::Event& Sample(v1::EventType type);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_PAYLOAD_H_
