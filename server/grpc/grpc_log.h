// Writes gRPC's log lines to hookd's log: in its format, escaped, and limited in number and length, because
// callers can cause thousands of lines and gRPC quotes their input. Remove when gRPC >= 1.66, which logs
// through Abseil: an absl::LogSink does the same.
#ifndef HOOKD_GRPC_LOG_H_
#define HOOKD_GRPC_LOG_H_

namespace hookd {

// Redirects gRPC's log in the whole process, from now on. Only errors are written, regardless of
// GRPC_VERBOSITY and GRPC_TRACE, because gRPC's traces contain tokens and payloads. Thread-safe.
void RouteGrpcLog();

}  // namespace hookd

#endif  // HOOKD_GRPC_LOG_H_
