// The W3C Trace Context (https://www.w3.org/TR/trace-context/) a caller gave, on its way to the endpoints:
// the headers traceparent and tracestate. hookd records no spans of its own, so it passes both on as they
// came.
//
// Thread-safe; no state.
#ifndef HOOKD_BASE_TRACE_CONTEXT_H_
#define HOOKD_BASE_TRACE_CONTEXT_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace hookd {

struct TraceContext {
  std::string parent;  // traceparent, of version 00
  std::string state;   // tracestate; empty if there is none
  bool operator==(const TraceContext&) const = default;
};

// The context of these headers; nothing if `traceparent` is not one by its grammar. Of a later version, what
// version 00 has of it. A `tracestate` that is not one is left out; of one that is longer than
// limits::kMaxTraceStateBytes, the last members.
std::optional<TraceContext> ReadTraceContext(absl::string_view traceparent, absl::string_view tracestate);

// The 32 digits that name the trace; none for null.
absl::string_view TraceIdOf(const TraceContext* context);

}  // namespace hookd

#endif  // HOOKD_BASE_TRACE_CONTEXT_H_
