// A sequence of values as bytes to be stored: each value as its length, a colon, and its text (netstrings
// without the comma). Thread-safe, except for Fields.
#ifndef HOOKD_STORE_CODEC_FIELD_CODEC_H_
#define HOOKD_STORE_CODEC_FIELD_CODEC_H_

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace hookd {

inline void PutField(absl::string_view text, std::string& bytes) {
  absl::StrAppend(&bytes, text.size(), ":", text);
}
inline void PutField(int64_t value, std::string& bytes) { PutField(absl::StrCat(value), bytes); }
// With all the digits that distinguish it from other doubles.
inline void PutField(double value, std::string& bytes) { PutField(absl::StrFormat("%.17g", value), bytes); }

// Reads the values back. Each method returns whether the next value is of that type; after one returned
// false, all do.
class Fields {
 public:
  // `bytes` must outlive it.
  explicit Fields(absl::string_view bytes) : rest_(bytes) {}

  bool Get(std::string& text) {
    const size_t colon = rest_.find(':');
    size_t length = 0;
    if (colon == absl::string_view::npos || !absl::SimpleAtoi(rest_.substr(0, colon), &length) ||
        rest_.size() - colon - 1 < length) {
      return Fail();
    }
    text = std::string(rest_.substr(colon + 1, length));
    rest_.remove_prefix(colon + 1 + length);
    return true;
  }

  bool Get(int64_t& value) {
    std::string text;
    return Get(text) && (absl::SimpleAtoi(text, &value) || Fail());
  }

  bool Get(double& value) {
    std::string text;
    return Get(text) && (absl::SimpleAtod(text, &value) || Fail());
  }

  bool Is(absl::string_view expected) {
    std::string text;
    return Get(text) && (text == expected || Fail());
  }

  bool AtEnd() const { return rest_.empty() && !failed_; }

 private:
  bool Fail() {
    rest_ = {};
    failed_ = true;
    return false;
  }

  absl::string_view rest_;
  bool failed_ = false;
};

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_FIELD_CODEC_H_
