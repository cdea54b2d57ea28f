// Shows what callers send to a meter before gRPC parses it, so that a connection can be ended in time.
//
// gRPC 1.51 has no such place, and no defence against callers that reset calls (CVE-2023-44487) or send
// metadata without end (CVE-2023-33953): it allocates and parses as fast as a connection delivers. So two of
// its functions are replaced when hookd is linked (server/CMakeLists.txt): the one that makes an HTTP/2
// transport of a connection, after the TLS handshake, and the one that parses what the transport has read.
// Remove when gRPC >= 1.60, which limits both itself.
//
// Thread-safe.
#ifndef HOOKD_GRPC_TRANSPORT_HOOKS_H_
#define HOOKD_GRPC_TRANSPORT_HOOKS_H_

#include <memory>

#include "absl/strings/string_view.h"

namespace hookd {

// Is shown the bytes of one connection, decrypted, by one thread at a time.
class TransportMeter {
 public:
  virtual ~TransportMeter() = default;
  // False if gRPC is to close the connection without parsing them. Must not block.
  virtual bool Receive(absl::string_view bytes) = 0;
};

// Whether the functions were replaced in this program.
bool HasTransportHooks();

// Shows `meter` what arrives on the connection of `descriptor`, which is about to be given to gRPC.
void WatchTransport(int descriptor, std::shared_ptr<TransportMeter> meter);

// The connection with that meter is over. `descriptor` may belong to another one by now.
void UnwatchTransport(int descriptor, const TransportMeter* meter);

}  // namespace hookd

#endif  // HOOKD_GRPC_TRANSPORT_HOOKS_H_
