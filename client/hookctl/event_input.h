// Events as people write them: hookd.v1.Event as protobuf JSON.
#ifndef HOOKCTL_EVENT_INPUT_H_
#define HOOKCTL_EVENT_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hookd/v1/event.pb.h"

namespace hookctl {

struct InputEvent {
  hookd::v1::Event event;
  // Line of the input it begins on, from 1; 0 if it is a documented sample.
  int line = 0;
};

// The events in `json`: one object, an array of them, or any number of either one after the other, with or
// without newlines between. INVALID_ARGUMENT says what was not understood, and on which line; all of it or
// nothing.
absl::StatusOr<std::vector<InputEvent>> ParseEvents(const std::string& json);

// The documented sample of a type, which has to be one.
InputEvent SampleEvent(const std::string& type);

}  // namespace hookctl

#endif  // HOOKCTL_EVENT_INPUT_H_
