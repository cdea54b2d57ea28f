// Reads the filters of events, which ListEventsRequest.filter documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_EVENT_FILTER_H_
#define HOOKD_API_CONVERSION_EVENT_FILTER_H_

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"
#include "store/event_query.h"

namespace hookd {

// Sets the conditions of `filter` in `query` and leaves its other fields unchanged. Names must be of
// `query.project`. Adds errors to `violations` under `filter`; `query` must not be used then.
void ReadEventFilter(absl::string_view filter, EventQuery& query, FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_EVENT_FILTER_H_
