// The W3C Trace Context (https://www.w3.org/TR/trace-context/) of a caller, which hookd sends to the
// endpoints: the headers traceparent and tracestate. hookd records no spans, so it forwards both unchanged.
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

// Parses the headers; returns nothing if `traceparent` is invalid. A later version is reduced to version 00.
// An invalid `tracestate` is dropped, and the last members of one longer than limits::kMaxTraceStateBytes.
std::optional<TraceContext> ReadTraceContext(absl::string_view traceparent, absl::string_view tracestate);

// Returns the trace id, 32 digits; empty for null.
absl::string_view TraceIdOf(const TraceContext* context);

}  // namespace hookd

#endif  // HOOKD_BASE_TRACE_CONTEXT_H_
