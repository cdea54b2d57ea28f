// The words of the errors about JSON: what was expected, what was found instead, and what may have been
// meant.
//
// Thread-safe; no state.
#ifndef HOOKD_WEB_JSON_JSON_HINTS_H_
#define HOOKD_WEB_JSON_JSON_HINTS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "web/json/json_scalar.h"
#include "web/json/json_type.h"

namespace hookd {

// Returns a sentence such as `expected an object such as {"number": 123}, got 12`. `element` says that the
// value is an element of the repeated field.
std::string ExpectedAnother(const JsonField& field, bool element, const JsonToken& got);
std::string ExpectedAnother(absl::string_view expected, const JsonToken& got);

// Returns `; did you mean bounced?` if a field of the type has a name like this one, otherwise an empty
// string. `prefix` is written before the name.
std::string DidYouMean(const JsonType& type, absl::string_view name, absl::string_view prefix = "");

}  // namespace hookd

#endif  // HOOKD_WEB_JSON_JSON_HINTS_H_
