// Whether JSON text that a caller gave for a free-form field keeps to what event.proto documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_JSON_TEXT_VALIDATION_H_
#define HOOKD_API_JSON_TEXT_VALIDATION_H_

#include <functional>

#include "absl/strings/string_view.h"
#include "api/field_path.h"
#include "api/field_violations.h"

namespace hookd {

// Adds what is wrong with `text`, which stands at `path`: it is no JSON object, is too long, nests too
// deeply, or has a name or a string that is too long, or a name twice. `documented` says whether a name of
// the outermost object is a documented one, which free-form members must not overwrite.
void ValidateJsonText(absl::string_view text, const FieldPath& path,
                      const std::function<bool(absl::string_view name)>& documented,
                      FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_JSON_TEXT_VALIDATION_H_
