#include "grpc/limits/transport_hooks.h"

#include <dlfcn.h>
#include <grpc/slice.h>

#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

// Declarations from headers that gRPC does not install.
namespace grpc_core {
class ChannelArgs;
}  // namespace grpc_core
struct grpc_chttp2_transport;
struct grpc_endpoint;
struct grpc_transport;
int grpc_endpoint_get_fd(grpc_endpoint* endpoint);

// The linker options --wrap and --defsym make gRPC call __wrap_ functions instead of these two functions. If
// gRPC is linked from an archive, __real_ is gRPC's own function.
#define HOOKD_CREATE "_Z28grpc_create_chttp2_transportRKN9grpc_core11ChannelArgsEP13grpc_endpointb"
#define HOOKD_READ "_Z24grpc_chttp2_perform_readP21grpc_chttp2_transportRK10grpc_slice"

grpc_transport* WrappedCreate(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint,
                              bool is_client) asm("__wrap_" HOOKD_CREATE);
absl::Status WrappedRead(grpc_chttp2_transport* transport, const grpc_slice& slice) asm("__wrap_" HOOKD_READ);
[[gnu::weak]] grpc_transport* RealCreate(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint,
                                         bool is_client) asm("__real_" HOOKD_CREATE);
[[gnu::weak]] absl::Status RealRead(grpc_chttp2_transport* transport,
                                    const grpc_slice& slice) asm("__real_" HOOKD_READ);

namespace hookd {
namespace {

template <typename Function>
Function* Real(Function* linked, const char* name) {
  return linked != nullptr ? linked : reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

// The meters of connections: by descriptor until gRPC has created the connection's transport, then by
// transport.
class Meters {
 public:
  static Meters& Get() {
    static auto* const meters = new Meters();  // outlives gRPC's threads
    return *meters;
  }

  void Add(int descriptor, std::shared_ptr<TransportMeter> meter) {
    absl::MutexLock lock(&mutex_);
    by_descriptor_[descriptor] = std::move(meter);
  }

  void Remove(int descriptor, const TransportMeter* meter) {
    absl::MutexLock lock(&mutex_);
    const auto watched = by_descriptor_.find(descriptor);
    if (watched != by_descriptor_.end() && watched->second.get() == meter) by_descriptor_.erase(watched);
    absl::erase_if(by_transport_, [meter](const auto& entry) { return entry.second.get() == meter; });
  }

  void OnTransportCreated(int descriptor, const void* transport, bool is_client) {
    absl::MutexLock lock(&mutex_);
    // The memory of an earlier transport may be reused before its meter is removed.
    by_transport_.erase(transport);
    const auto watched = by_descriptor_.find(descriptor);
    if (is_client || watched == by_descriptor_.end()) return;
    by_transport_[transport] = std::move(watched->second);
    by_descriptor_.erase(watched);
  }

  std::shared_ptr<TransportMeter> Find(const void* transport) {
    absl::ReaderMutexLock lock(&mutex_);
    const auto meter = by_transport_.find(transport);
    return meter == by_transport_.end() ? nullptr : meter->second;
  }

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<int, std::shared_ptr<TransportMeter>> by_descriptor_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<const void*, std::shared_ptr<TransportMeter>> by_transport_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

bool HasTransportHooks() {
  return &RealRead != nullptr || dlsym(RTLD_DEFAULT, HOOKD_READ) == reinterpret_cast<void*>(&WrappedRead);
}

void WatchTransport(int descriptor, std::shared_ptr<TransportMeter> meter) {
  Meters::Get().Add(descriptor, std::move(meter));
}

void UnwatchTransport(int descriptor, const TransportMeter* meter) {
  Meters::Get().Remove(descriptor, meter);
}

}  // namespace hookd

grpc_transport* WrappedCreate(const grpc_core::ChannelArgs& args, grpc_endpoint* endpoint, bool is_client) {
  static auto* const real = hookd::Real(&RealCreate, HOOKD_CREATE);
  const int descriptor = grpc_endpoint_get_fd(endpoint);
  grpc_transport* const transport = real(args, endpoint, is_client);
  hookd::Meters::Get().OnTransportCreated(descriptor, transport, is_client);
  return transport;
}

absl::Status WrappedRead(grpc_chttp2_transport* transport, const grpc_slice& slice) {
  static auto* const real = hookd::Real(&RealRead, HOOKD_READ);
  const std::shared_ptr<hookd::TransportMeter> meter = hookd::Meters::Get().Find(transport);
  const absl::string_view bytes(reinterpret_cast<const char*>(GRPC_SLICE_START_PTR(slice)),
                                GRPC_SLICE_LENGTH(slice));
  if (meter != nullptr && !meter->Receive(bytes)) {
    return absl::ResourceExhaustedError("the connection exceeds the limits for callers");
  }
  return real(transport, slice);
}
