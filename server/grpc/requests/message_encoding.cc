#include "grpc/requests/message_encoding.h"

#include <grpc/grpc.h>

#include <cstdint>

// No documented interface of gRPC has the flag for compression: the ByteBuffer does not contain the flag of
// the frame, and the metadata does not contain an unknown encoding. libgrpc 1.51 exports this function for
// its own tests (src/core/lib/surface/call_test_only.h). It is weak, so that hookd can be linked with a gRPC
// that does not have it; then nothing is checked. Remove when gRPC answers unknown encodings with
// UNIMPLEMENTED by itself.
__attribute__((weak)) uint32_t grpc_call_test_only_get_message_flags(grpc_call* call);

namespace hookd {
namespace {

// GRPC_WRITE_INTERNAL_COMPRESS of src/core/lib/transport/transport.h.
constexpr uint32_t kCompressed = 0x80000000U;

}  // namespace

absl::Status CheckMessageEncoding(const grpc::ServerContextBase& context) {
  if (grpc_call_test_only_get_message_flags == nullptr) return absl::OkStatus();
  // The default context of a unit test has no call.
  grpc_call* const call = const_cast<grpc::ServerContextBase&>(context).c_call();
  if (call == nullptr || (grpc_call_test_only_get_message_flags(call) & kCompressed) == 0) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError("the message is compressed: send it with grpc-encoding identity");
}

}  // namespace hookd
