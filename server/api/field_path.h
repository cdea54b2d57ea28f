// Where a walk through a message stands: links on the stack, from each level to the one above. They cost next
// to nothing until a path has to be written.
//
// Not thread-safe; views what it is given, which must outlive it.
#ifndef HOOKD_API_FIELD_PATH_H_
#define HOOKD_API_FIELD_PATH_H_

#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

class FieldPath {
 public:
  // The beginning, written as it is: `event`, or nothing.
  explicit FieldPath(absl::string_view root) : text_(root) {}

  // One level down from here: to a field, to the value of a map's key, to an element of a list.
  FieldPath Field(absl::string_view name) const { return FieldPath(this, kField, name, 0); }
  FieldPath Key(absl::string_view key) const { return FieldPath(this, kKey, key, 0); }
  FieldPath Index(int index) const { return FieldPath(this, kIndex, "", index); }

  // `event.user.properties["plan"]["seats"][2]`. Keys are escaped, and abbreviated if long.
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

#endif  // HOOKD_API_FIELD_PATH_H_
