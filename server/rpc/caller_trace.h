// The trace context of a call's metadata (base/trace_context.h). Thread-safe; no state.
#ifndef HOOKD_RPC_CALLER_TRACE_H_
#define HOOKD_RPC_CALLER_TRACE_H_

#include <memory>

#include "base/trace_context.h"
#include "grpcpp/server_context.h"

namespace hookd {

// Null if the caller gave none, more than one, or none that is valid.
std::shared_ptr<const TraceContext> CallerTrace(const grpc::CallbackServerContext& context);

}  // namespace hookd

#endif  // HOOKD_RPC_CALLER_TRACE_H_
