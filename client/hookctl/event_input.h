// Parses events: documented JSON, or protobuf JSON of hookd.v1.Event.
#ifndef HOOKCTL_EVENT_INPUT_H_
#define HOOKCTL_EVENT_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "hookd/v1/event.pb.h"

namespace hookctl {

// An event has either the message or the document.
struct InputEvent {
  hookd::v1::Event event;
  // The event as its documented JSON, unchanged: hookd validates it. Empty if `event` is set.
  std::string document;
  // The type, such as `bounced`. That of a document is what it says, which need not be an event type.
  std::string type;
  // The line of the input where it begins, from 1; 0 for a documented sample.
  int line = 0;
};

// Returns the events in `json`: objects or arrays of objects, any number of them, with or without newlines
// between. An object with the key `type` is a document: an Event has no such field. Returns INVALID_ARGUMENT,
// with the line and the reason, if any part cannot be parsed.
absl::StatusOr<std::vector<InputEvent>> ParseEvents(const std::string& json);

// Returns the documented sample. Requires: `type` is a documented event type.
InputEvent SampleEvent(const std::string& type);

// Sets the field `event` or `document` of a request: an EmitEventRequest or a TestWebhookRequest.
template <typename Request>
void SetEvent(const InputEvent& input, Request& request) {
  if (input.document.empty()) {
    *request.mutable_event() = input.event;
  } else {
    request.set_document(input.document);
  }
}

}  // namespace hookctl

#endif  // HOOKCTL_EVENT_INPUT_H_
