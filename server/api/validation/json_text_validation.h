// Validates the JSON text of a free-form field against the rules that event.proto documents.
//
// Thread-safe; no state.
#ifndef HOOKD_API_VALIDATION_JSON_TEXT_VALIDATION_H_
#define HOOKD_API_VALIDATION_JSON_TEXT_VALIDATION_H_

#include <functional>

#include "absl/strings/string_view.h"
#include "api/validation/field_path.h"
#include "api/validation/field_violations.h"

namespace hookd {

// Adds everything that is wrong with `text`, whose path is `path`: it is not a JSON object, is too long, is
// nested too deeply, or has a name or a string that is too long, or a duplicate name. `documented` returns
// whether a name of the outermost object is that of a documented field, which free-form members must not
// overwrite.
void ValidateJsonText(absl::string_view text, const FieldPath& path,
                      const std::function<bool(absl::string_view name)>& documented,
                      FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_JSON_TEXT_VALIDATION_H_
