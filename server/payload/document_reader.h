// Reads the documented JSON of an event: the inverse of ToJson (payload.h).
//
// Thread-safe; no state.
#ifndef HOOKD_PAYLOAD_DOCUMENT_READER_H_
#define HOOKD_PAYLOAD_DOCUMENT_READER_H_

#include "absl/strings/string_view.h"
#include "hookd/v1/event.pb.h"
#include "payload/json_members.h"

namespace hookd {

// Sets `event` to the event whose documented JSON is `json`, whose keys can be in any order. Returns false,
// after at least one call of `refuse`, if it is not the documented JSON of an event; `event` is then
// unspecified. `refuse` is called for everything that is wrong, in the words of the document:
// `campaign.trigger-event: expected a string, got 12`.
//
// `type` selects the type. A key is unknown or has a value of one JSON type: there is no documented null, so
// null is refused; a key without a value is omitted. Numbers are integers without a fraction and an exponent.
// Free-form data becomes JSON text with its bytes unchanged, so that it keeps its order and every digit.
//
// Limits of values, such as the length of a string or names in free-form data, are not checked here: validate
// the event. The path of a violation is then that of DocumentKey (document_keys.h).
bool ReadDocument(absl::string_view json, v1::Event& event, RefuseMember refuse);

}  // namespace hookd

#endif  // HOOKD_PAYLOAD_DOCUMENT_READER_H_
