// A TCP relay on 127.0.0.1 that can be cut: then nothing passes, either way, and nobody is told, as when a
// network drops everything. What was sent meanwhile passes once it is mended. Or it can be slow.
//
// Thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_TCP_PROXY_H_
#define HOOKD_TESTS_SUPPORT_TCP_PROXY_H_

#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace hookd {

class TcpProxy {
 public:
  // Relays to this port of 127.0.0.1.
  explicit TcpProxy(int to_port);
  // Closes every connection.
  ~TcpProxy();

  int port() const { return port_; }

  void Cut() ABSL_LOCKS_EXCLUDED(mutex_);
  void Mend() ABSL_LOCKS_EXCLUDED(mutex_);

  // From now on what is sent takes so long, each way.
  void SetDelay(absl::Duration delay) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Accept() ABSL_LOCKS_EXCLUDED(mutex_);
  void Relay(int from, int to) ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for the delay, and while it is cut; false once it ends.
  bool Passes() ABSL_LOCKS_EXCLUDED(mutex_);

  const int to_port_;
  int port_ = 0;
  int listener_;
  absl::Mutex mutex_;
  bool cut_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Duration delay_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> relays_ ABSL_GUARDED_BY(mutex_);
  std::thread accepting_;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_TCP_PROXY_H_
