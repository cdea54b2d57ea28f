// Validates an event against the rules that event.proto documents.
//
// The rules apply to kinds of fields (every string, every Id, every `*_at`), so that a new event type needs
// no code here. Thread-safe; no state.
#ifndef HOOKD_API_VALIDATION_EVENT_VALIDATION_H_
#define HOOKD_API_VALIDATION_EVENT_VALIDATION_H_

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "hookd/v1/event.pb.h"

namespace hookd {

// How the caller wrote an event: as the message, or as its documented JSON.
enum class EventForm { kMessage, kDocument };

// Adds everything that is wrong with `event`. `path` is its path in the request, such as `event` or
// `requests[3].event`. The paths of the violations are in the words of `form`:
// `event.bounced.campaign.trigger_event`, or `document.campaign.trigger-event`. Ignores output-only fields
// and the event's size as JSON.
void ValidateEvent(const v1::Event& event, absl::string_view path, FieldViolations& violations,
                   EventForm form = EventForm::kMessage);

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_EVENT_VALIDATION_H_
