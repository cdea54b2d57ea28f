// The details of an attempt that no query selects by, as bytes to be stored in one column: a line for each
// that is set, a letter and the value. Readers skip lines that they do not know, so that a later version can
// add some.
//
// Thread-safe; no state.
#ifndef HOOKD_STORE_CODEC_ATTEMPT_CODEC_H_
#define HOOKD_STORE_CODEC_ATTEMPT_CODEC_H_

#include <string>

#include "absl/strings/string_view.h"
#include "store/records.h"

namespace hookd {

// Encodes trigger, node, http_version, remote_address, retry_after and url. Requires: none contains a line
// end.
std::string EncodeDetails(const Attempt& attempt);

// Sets these fields of `attempt`; leaves those that the bytes do not have.
void DecodeDetails(absl::string_view bytes, Attempt& attempt);

}  // namespace hookd

#endif  // HOOKD_STORE_CODEC_ATTEMPT_CODEC_H_
