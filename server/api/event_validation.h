// Whether an event keeps to what event.proto documents of its fields.
//
// Thread-safe; no state. The rules go by kinds of field (every string, every Id, every `*_at`), so that a new
// type of event has them without a line here.
#ifndef HOOKD_API_EVENT_VALIDATION_H_
#define HOOKD_API_EVENT_VALIDATION_H_

#include "absl/strings/string_view.h"
#include "api/field_violations.h"
#include "hookd/v1/event.pb.h"

namespace hookd {

// Adds everything that is wrong with `event`, which stands at `path` of its request: `event`,
// `requests[3].event`. What is output only is not looked at, nor is the event's size as JSON.
void ValidateEvent(const v1::Event& event, absl::string_view path, FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_EVENT_VALIDATION_H_
