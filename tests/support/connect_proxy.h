// An HTTP proxy on 127.0.0.1 that relays what CONNECT asks for, whatever the host's name, to that port of
// 127.0.0.1; or misbehaves as told.
//
// Thread-safe. Each connection has a thread, at most 1,024 at a time; those beyond are closed. The destructor
// closes every connection.
#ifndef HOOKD_TESTS_SUPPORT_CONNECT_PROXY_H_
#define HOOKD_TESTS_SUPPORT_CONNECT_PROXY_H_

#include <atomic>
#include <set>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace hookd {

class ConnectProxy {
 public:
  // What requests that arrive get.
  enum class Behaviour {
    kRelay,
    kSilence,                 // no answer
    kClose,                   // the end of the connection
    kAuthenticationRequired,  // 407
    kForbidden,               // 403
    kBadGateway,              // 502
  };

  // `port` 0: one that is free.
  explicit ConnectProxy(Behaviour behaviour, int port = 0);
  ~ConnectProxy();
  ConnectProxy(const ConnectProxy&) = delete;
  ConnectProxy& operator=(const ConnectProxy&) = delete;

  int port() const { return port_; }
  void Set(Behaviour behaviour) { behaviour_ = behaviour; }
  // Requests that arrived.
  int requests() const { return requests_; }

 private:
  void Accept() ABSL_LOCKS_EXCLUDED(mutex_);
  void Serve(int client) ABSL_LOCKS_EXCLUDED(mutex_);
  // Both return once the connection is over.
  void Answer(int client, const std::string& head) ABSL_LOCKS_EXCLUDED(mutex_);
  static void Relay(int client, int endpoint);

  std::atomic<Behaviour> behaviour_;
  std::atomic<int> requests_ = 0;
  const int listener_;
  const int port_;
  absl::Mutex mutex_;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  int serving_ ABSL_GUARDED_BY(mutex_) = 0;  // threads
  std::set<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::thread accepting_;  // last: uses the rest
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_CONNECT_PROXY_H_
