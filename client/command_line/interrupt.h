// Lets a command handle Ctrl-C.
#ifndef HOOKCTL_INTERRUPT_H_
#define HOOKCTL_INTERRUPT_H_

#include <csignal>
#include <functional>
#include <thread>

namespace hookctl {

// While the object lives, the first SIGINT calls `on_interrupt` on a separate thread. The second has its
// usual effect, so that a command that hangs can be ended. At most one object may exist in a process at a
// time.
class Interrupt {
 public:
  explicit Interrupt(std::function<void()> on_interrupt);
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

 private:
  struct sigaction before_ {};
  int read_end_ = -1;
  std::thread waiter_;
};

}  // namespace hookctl

#endif  // HOOKCTL_INTERRUPT_H_
