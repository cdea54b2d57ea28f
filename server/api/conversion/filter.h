// Reads the filters of list and watch methods: a subset of AIP-160. Conditions are joined by AND. A condition
// is a comparison, `field operator value`, or several comparisons of one field that are joined by OR, which
// can be in parentheses. OR binds more strongly than AND, as in AIP-160: `a = 1 AND b = 2 OR b = 3` is two
// conditions.
//
// A value is a bare word, such as BOUNCED, 5xx, true, 123 or 2026-01-31T00:00:00Z, or a string in double or
// single quotes, in which a backslash precedes a backslash or quote that is part of the string.
//
// A method describes its fields in a table of FilterField; filter_fields.h has those that several methods
// use.
//
// Thread-safe; no state.
#ifndef HOOKD_API_CONVERSION_FILTER_H_
#define HOOKD_API_CONVERSION_FILTER_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "api/validation/field_violations.h"

namespace hookd {

// The right side of a comparison.
struct FilterValue {
  std::string text;             // without quotes and escapes
  bool quoted = false;          // a string in quotes, not a bare word
  absl::string_view operation;  // before it: one of those that the kind of the field has
};

// A field that a method can filter by.
struct FilterField {
  enum class Kind {
    kAnyOf,   // compared with =; in one condition, which may join values by OR
    kSingle,  // compared with =; in one comparison
    kRange,   // compared with >, >=, < and <=; in any number of comparisons, which OR cannot join
  };
  absl::string_view name;
  Kind kind = Kind::kAnyOf;
  // Takes a value into the method's query. Returns what is wrong with the value, or an empty string.
  std::function<std::string(const FilterValue&)> take;
};

// Reads a filter: gives each value to its field's `take`, in order. An empty filter has no conditions. Adds
// errors to `violations` under `filter`, with their position in bytes from 1; the query must not be used
// then.
void ReadFilter(absl::string_view filter, const std::vector<FilterField>& fields,
                FieldViolations& violations);

}  // namespace hookd

#endif  // HOOKD_API_CONVERSION_FILTER_H_
