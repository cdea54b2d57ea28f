#include "api/validation/field_path.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/utf8.h"

namespace hookd {

std::string FieldPath::ToString() const {
  std::string path;
  AppendTo(path);
  return path;
}

void FieldPath::AppendTo(std::string& path) const {
  // Enough of a key to recognize it.
  constexpr size_t kMaxKeyBytes = 64;
  if (parent_ != nullptr) parent_->AppendTo(path);
  switch (kind_) {
    case kRoot:
      path.append(text_.data(), text_.size());
      break;
    case kField:
      absl::StrAppend(&path, path.empty() ? "" : ".", text_);
      break;
    case kKey:
      absl::StrAppend(&path, "[\"", absl::Utf8SafeCEscape(AbbreviateUtf8(text_, kMaxKeyBytes)), "\"]");
      break;
    case kIndex:
      absl::StrAppend(&path, "[", index_, "]");
      break;
  }
}

}  // namespace hookd
