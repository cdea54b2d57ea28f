// HTTP headers as bytes to be stored: one line for each, "name: value". Thread-safe; no state.
#ifndef HOOKD_STORE_CODEC_HEADER_CODEC_H_
#define HOOKD_STORE_CODEC_HEADER_CODEC_H_

#include <string>

#include "absl/strings/string_view.h"
#include "store/records.h"

namespace hookd {

// Requires: no name or value contains a line end, no name a colon (RFC 9110, 5).
std::string EncodeHeaders(const HttpHeaders& headers);
HttpHeaders DecodeHeaders(absl::string_view bytes);

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_HEADER_CODEC_H_
