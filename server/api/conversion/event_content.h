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
// The values of an event's content that events and deliveries can be searched by.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_EVENT_CONTENT_H_
#define HOOKD_API_CONVERSION_EVENT_CONTENT_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "hookd/v1/event.pb.h"
#include "store/records.h"

namespace hookd {

// Calls `take` for each value of the searchable fields of the event, as in ContentKey; perhaps twice for the
// same value.
void ReadContent(const v1::Event& event,
                 absl::FunctionRef<void(ContentField field, bool is_number, absl::string_view value)> take);

// Whether the event has one of the keys of every field that `keys` contain.
bool HasContent(const v1::Event& event, const std::vector<ContentKey>& keys);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_EVENT_CONTENT_H_
