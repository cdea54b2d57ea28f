// An event as the documented JSON, and the documented samples. Thread-safe; no state.
//
// A type of event is one message (protos/hookd/v1/event.proto), one writer (writers.cc) and one sample
// (protos/hookd/v1/samples/<type>.json).
#ifndef HOOKD_PAYLOAD_PAYLOAD_H_
#define HOOKD_PAYLOAD_PAYLOAD_H_

#include <string>

#include "hookd/v1/event.pb.h"

namespace hookd {

// The type of an event, by its oneof; EVENT_TYPE_UNSPECIFIED if none is set.
v1::EventType TypeOf(const v1::Event& event);

// The documented name of a type, such as `user_created`; empty if it is not one.
std::string TypeName(v1::EventType type);

// The event as JSON: UTF-8, no white space, keys in the documented order. Fields that are not set are left
// out. Bytes that are not UTF-8 become U+FFFD. The event has a type, finite numbers and bounded nesting (api/
// checks).
std::string ToJson(const v1::Event& event);

// The documented sample of a type. Lives for the whole process. `type` is one of the twelve.
const v1::Event& Sample(v1::EventType type);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_PAYLOAD_H_
