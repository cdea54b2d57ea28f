// The labels of a project as text: a line each, `key=value`, by key. Thread-safe; no state.
//
// Requires: keys and values have neither `=` nor a line break, which the API does not allow in them.
#ifndef HOOKD_STORE_CODEC_LABEL_CODEC_H_
#define HOOKD_STORE_CODEC_LABEL_CODEC_H_

#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace hookd {

inline std::string EncodeLabels(const std::map<std::string, std::string>& labels) {
  return absl::StrJoin(labels, "\n", absl::PairFormatter("="));
}

inline std::map<std::string, std::string> DecodeLabels(absl::string_view text) {
  std::map<std::string, std::string> labels;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> label = absl::StrSplit(line, absl::MaxSplits('=', 1));
    labels.insert(label);
  }
  return labels;
}

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_LABEL_CODEC_H_
