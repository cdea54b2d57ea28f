// What events can be searched by: the values of the fields of their content. The store keeps events without
// knowing their format; a ContentReader, which the caller of OpenStore provides, reads them.
//
// Thread-safe; no state.
#ifndef HOOKD_STORE_SEARCH_CONTENT_H_
#define HOOKD_STORE_SEARCH_CONTENT_H_

#include <functional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "store/records.h"

namespace hookd::search {

// Receives one value of an event's content, as in ContentKey.
using ContentSink = absl::FunctionRef<void(ContentField field, bool is_number, absl::string_view value)>;

// Calls the sink for each value of the searchable fields of a stored event, perhaps twice for the same one.
// Bytes that are not an event have none. Thread-safe.
using ContentReader = std::function<void(absl::string_view event, ContentSink sink)>;

// Whether the event has one of the keys of every field that `keys` contain.
bool HasContent(const ContentReader& read, absl::string_view event, const std::vector<ContentKey>& keys);

}  // namespace hookd::search

#endif  // HOOKD_STORE_SEARCH_CONTENT_H_
