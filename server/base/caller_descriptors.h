// How many connections of callers the file descriptors of the process suffice for. Thread-safe; no state.
//
// Deliveries have a reserve of their own (http/descriptor_reserve.h), and tuning::kOtherDescriptors are for
// the store, logs and name servers. Of what is left, gRPC's callers have three quarters, and HTTP's the rest.
#ifndef HOOKD_BASE_CALLER_DESCRIPTORS_H_
#define HOOKD_BASE_CALLER_DESCRIPTORS_H_

namespace hookd {

// The connections that hookd has closed and that gRPC still has open, beside `connections`, at the most.
constexpr int ClosingConnections(int connections) { return connections / 8; }

struct CallerDescriptors {
  int grpc_connections;  // at most limits::kMaxConnections; each has two descriptors, its closing ones too
  int http_connections;  // at most limits::kMaxHttpConnections; what gRPC does not need included
};

// Returns the numbers for the process's current limit of descriptors. Each is at least 16.
CallerDescriptors DivideCallerDescriptors();

}  // namespace hookd

#endif  // HOOKD_BASE_CALLER_DESCRIPTORS_H_
