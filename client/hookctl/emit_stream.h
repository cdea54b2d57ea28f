// hookctl emit --stream.
#ifndef HOOKCTL_EMIT_STREAM_H_
#define HOOKCTL_EMIT_STREAM_H_

#include <cstdint>
#include <istream>
#include <string>

#include "hookctl/session.h"

namespace hookctl {

// Sends the events of `in`, one a line, as they are read, and says what came of them. `bytes` is what `in`
// has in all; 0 if that is not known. Each event has the request id `<request_id>-<its line>`. A line that is
// refused, by hookctl or by hookd, is told on stderr and does not end it. Gives the exit code.
int EmitStream(Session& session, std::istream& in, int64_t bytes, const std::string& request_id);

}  // namespace hookctl

#endif  // HOOKCTL_EMIT_STREAM_H_
