// The error messages for free-form properties that exceed their limits (event.proto), whether they are sent
// as a Struct or as JSON text.
//
// Thread-safe; no state.
#ifndef HOOKD_API_VALIDATION_FREE_FORM_LIMITS_H_
#define HOOKD_API_VALIDATION_FREE_FORM_LIMITS_H_

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/limits.h"

namespace hookd {

inline std::string TooLongString(size_t bytes) {
  return absl::StrCat("must be at most ", limits::kMaxStringBytes, " bytes, not ", bytes);
}

inline std::string TooLongName(size_t bytes) {
  return absl::StrCat("has a name that is too long: at most ", limits::kMaxPropertyNameBytes, " bytes, not ",
                      bytes);
}

inline std::string TooDeep() {
  return absl::StrCat("is nested too deeply: at most ", limits::kMaxNesting, " levels are allowed");
}

inline std::string Overwrites(absl::string_view name) {
  return absl::StrCat("cannot be a property: it would overwrite the documented ", name);
}

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_FREE_FORM_LIMITS_H_
