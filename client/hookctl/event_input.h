// Parses events from protobuf JSON of hookd.v1.Event.
#ifndef HOOKCTL_EVENT_INPUT_H_
#define HOOKCTL_EVENT_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hookd/v1/event.pb.h"

namespace hookctl {

struct InputEvent {
  hookd::v1::Event event;
  // The line of the input where it begins, from 1; 0 for a documented sample.
  int line = 0;
};

// Returns the events in `json`: objects or arrays of objects, any number of them, with or without newlines
// between. Returns INVALID_ARGUMENT, with the line and the reason, if any part cannot be parsed.
absl::StatusOr<std::vector<InputEvent>> ParseEvents(const std::string& json);

// Returns the documented sample. Requires: `type` is a documented event type.
InputEvent SampleEvent(const std::string& type);

}  // namespace hookctl

#endif  // HOOKCTL_EVENT_INPUT_H_
