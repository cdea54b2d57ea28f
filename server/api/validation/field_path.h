// The path of a field in a message, as a list on the stack that links each level to the level above. It costs
// almost nothing until ToString is called.
//
// Immutable. Owns neither its parent nor its texts, which must outlive it.
#ifndef HOOKD_API_VALIDATION_FIELD_PATH_H_
#define HOOKD_API_VALIDATION_FIELD_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

class FieldPath {
 public:
  // The beginning of a path, unescaped: `event`, or an empty string.
  explicit FieldPath(absl::string_view root) : text_(root) {}

  // The path one level down: of a field, of the value of a key in a map, of an element of a list.
  FieldPath Field(absl::string_view name) const { return FieldPath(this, kField, name, 0); }
  FieldPath Key(absl::string_view key) const { return FieldPath(this, kKey, key, 0); }
  FieldPath Index(int index) const { return FieldPath(this, kIndex, "", index); }

  // Returns a path such as `event.user.properties["plan"]["seats"][2]`. Keys are escaped, and abbreviated if
  // long.
  std::string ToString() const;

 private:
  enum Kind { kRoot, kField, kKey, kIndex };

  FieldPath(const FieldPath* parent, Kind kind, absl::string_view text, int index)
      : parent_(parent), kind_(kind), index_(index), text_(text) {}

  void AppendTo(std::string& path) const;

  const FieldPath* parent_ = nullptr;
  Kind kind_ = kRoot;
  int index_ = 0;
  absl::string_view text_;
};

}  // namespace hookd

#endif  // HOOKD_API_VALIDATION_FIELD_PATH_H_
