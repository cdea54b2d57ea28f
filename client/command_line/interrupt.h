// Lets a command handle Ctrl-C.
#ifndef COMMAND_LINE_INTERRUPT_H_
#define COMMAND_LINE_INTERRUPT_H_

#include <csignal>
#include <functional>
#include <thread>

namespace command_line {

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

}  // namespace command_line

#endif  // COMMAND_LINE_INTERRUPT_H_
