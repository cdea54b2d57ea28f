// Ctrl-C as something a command can end on by itself.
#ifndef HOOKCTL_INTERRUPT_H_
#define HOOKCTL_INTERRUPT_H_

#include <csignal>
#include <functional>
#include <thread>

namespace hookctl {

// While it lives, the first SIGINT calls `on_interrupt`, on a thread of its own; the second does what it
// always does, so that a command that hangs can be ended. One at a time in a process.
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
