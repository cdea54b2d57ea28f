// The values of an event's content that events can be searched by (ContentField): those of its user, its
// campaign and its message. Read from the serialized event without parsing the rest of it, as the search
// index reads every event.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_EVENT_CONTENT_H_
#define HOOKD_API_CONVERSION_EVENT_CONTENT_H_

#include "absl/strings/string_view.h"
#include "store/search/content.h"

namespace hookd {

// A search::ContentReader of serialized hookd.v1.Events.
void ReadEventContent(absl::string_view event, search::ContentSink sink);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_EVENT_CONTENT_H_
