// Splits the values of HTTP headers (RFC 9110, section 5.6). Thread-safe; no state.
#ifndef HOOKD_WEB_ROUTES_HEADER_VALUES_H_
#define HOOKD_WEB_ROUTES_HEADER_VALUES_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "web/web_request.h"

namespace hookd {

// The values of every header of this name.
absl::InlinedVector<absl::string_view, 2> HeaderValues(const WebHeaders& headers, absl::string_view name);

// The elements of a comma-separated list, in every header of this name, without white space around them and
// without empty elements. Commas in quoted strings do not separate.
std::vector<absl::string_view> HeaderElements(const WebHeaders& headers, absl::string_view name);

// A value with parameters, such as `application/json; charset="utf-8"`.
struct ParameterizedValue {
  std::string value;                                            // in lower case
  std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, values unquoted

  // The first parameter of this name; null if there is none.
  const std::string* Find(absl::string_view name) const;
};

// Parses such a value; nothing if it is malformed.
std::optional<ParameterizedValue> ParseParameterized(absl::string_view text);

}  // namespace hookd

#endif  // HOOKD_WEB_ROUTES_HEADER_VALUES_H_
