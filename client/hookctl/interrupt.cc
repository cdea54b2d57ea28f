#include "hookctl/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace hookctl {
namespace {

// A signal handler may do next to nothing, but it may write to a pipe.
int pipe_ends[2] = {-1, -1};
constexpr char kInterrupted = 'i';
constexpr char kOver = 'o';

void Put(char what) {
  const int error = errno;
  // The pipe is empty but for this byte, and so has room.
  [[maybe_unused]] const ssize_t written = write(pipe_ends[1], &what, 1);
  errno = error;
}

extern "C" void HandleSignal(int /*signal*/) { Put(kInterrupted); }

}  // namespace

Interrupt::Interrupt(std::function<void()> on_interrupt) {
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return;  // Ctrl-C then ends the program as it always does
  waiter_ = std::thread([on_interrupt = std::move(on_interrupt)] {
    char what = 0;
    while (read(pipe_ends[0], &what, 1) == 1 && what != kOver) on_interrupt();
  });
  struct sigaction action {};
  action.sa_handler = HandleSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, &before_);
}

Interrupt::~Interrupt() {
  if (!waiter_.joinable()) return;
  sigaction(SIGINT, &before_, nullptr);
  Put(kOver);
  waiter_.join();
  for (int& end : pipe_ends) close(std::exchange(end, -1));
}

}  // namespace hookctl
