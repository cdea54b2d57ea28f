// Passes the input of callers to a meter before gRPC parses it, so that a connection can be closed in time.
//
// gRPC 1.51 has no interface for this, and no defence against callers that reset calls (CVE-2023-44487) or
// send endless metadata (CVE-2023-33953): it allocates and parses as fast as a connection delivers. So two of
// its functions are replaced when hookd is linked (server/CMakeLists.txt): the function that creates the
// HTTP/2 transport of a connection, after the TLS handshake, and the function that parses the transport's
// input. Remove when gRPC >= 1.60, which limits both itself.
//
// Thread-safe.
#ifndef HOOKD_GRPC_LIMITS_TRANSPORT_HOOKS_H_
#define HOOKD_GRPC_LIMITS_TRANSPORT_HOOKS_H_

#include <memory>

#include "absl/strings/string_view.h"

namespace hookd {

// Receives the decrypted input of one connection, from one thread at a time.
class TransportMeter {
 public:
  virtual ~TransportMeter() = default;
  // Returns false if gRPC must close the connection without parsing the bytes. Must not block.
  virtual bool Receive(absl::string_view bytes) = 0;
};

// Returns whether the functions were replaced in this program.
bool HasTransportHooks();

// Passes the input of the connection with this descriptor to `meter`. Call it before gRPC gets the
// connection.
void WatchTransport(int descriptor, std::shared_ptr<TransportMeter> meter);

// Ends this for a connection that has ended. `descriptor` may belong to another connection already.
void UnwatchTransport(int descriptor, const TransportMeter* meter);

}  // namespace hookd

#endif  // HOOKD_GRPC_LIMITS_TRANSPORT_HOOKS_H_
