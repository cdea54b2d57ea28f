// Compresses responses with gzip (RFC 1952). Thread-safe; no state.
#ifndef HOOKD_WEB_CONNECTION_COMPRESSION_H_
#define HOOKD_WEB_CONNECTION_COMPRESSION_H_

#include "web/web_request.h"

namespace hookd {

// Compresses the body, and adds the header that says so, if that makes it smaller, it is not compressed yet,
// and it has at least tuning::kMinCompressedBytes.
void Compress(WebResponse& response);

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_COMPRESSION_H_
