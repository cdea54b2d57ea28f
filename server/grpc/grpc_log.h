// Writes gRPC's own log lines as hookd's: in its format, escaped, and limited in number and length. Callers
// can cause them by the thousand, and gRPC quotes what they sent.
#ifndef HOOKD_GRPC_LOG_H_
#define HOOKD_GRPC_LOG_H_

namespace hookd {

// From now on, in the whole process. Errors alone are written, whatever GRPC_VERBOSITY and GRPC_TRACE say:
// gRPC's traces contain tokens and payloads. Thread-safe.
void TakeOverGrpcLog();

}  // namespace hookd

#endif  // HOOKD_GRPC_LOG_H_
