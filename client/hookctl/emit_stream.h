// hookctl emit --stream.
#ifndef HOOKCTL_EMIT_STREAM_H_
#define HOOKCTL_EMIT_STREAM_H_

#include <cstdint>
#include <istream>
#include <string>

#include "hookctl/session.h"

namespace hookctl {

// Sends the events of `in`, one per line, as they are read, and prints the results. `bytes` is the size of
// `in`, or 0 if it is unknown. Each event has the request id `<request_id>-<line number>`. A line that
// hookctl or hookd refuses is reported on stderr and does not end the stream. Returns the exit code.
int EmitStream(Session& session, std::istream& in, int64_t bytes, const std::string& request_id);

}  // namespace hookctl

#endif  // HOOKCTL_EMIT_STREAM_H_
