#include "store/codec/header_codec.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace hookd {

std::string EncodeHeaders(const HttpHeaders& headers) {
  std::string bytes;
  for (const auto& [name, value] : headers) absl::StrAppend(&bytes, name, ": ", value, "\n");
  return bytes;
}

HttpHeaders DecodeHeaders(absl::string_view bytes) {
  HttpHeaders headers;
  for (absl::string_view line : absl::StrSplit(bytes, '\n', absl::SkipEmpty())) {
    headers.push_back(absl::StrSplit(line, absl::MaxSplits(": ", 1)));
  }
  return headers;
}

}  // namespace hookd
