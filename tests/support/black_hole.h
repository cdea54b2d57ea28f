// A listener on a loopback address that swallows SYNs: its backlog is full, and the kernel drops what comes.
//
// Thread-safe. Has no thread of its own.
#ifndef HOOKD_TESTS_SUPPORT_BLACK_HOLE_H_
#define HOOKD_TESTS_SUPPORT_BLACK_HOLE_H_

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace hookd {

class BlackHole {
 public:
  // `port` 0: one that is free. Returns once SYNs are dropped.
  explicit BlackHole(const std::string& address = "127.0.0.1", int port = 0);
  ~BlackHole();
  BlackHole(const BlackHole&) = delete;
  BlackHole& operator=(const BlackHole&) = delete;

  int port() const { return port_; }

 private:
  int listener_;
  int port_;
  std::vector<int> fillers_;  // connections that nobody accepts
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_BLACK_HOLE_H_
