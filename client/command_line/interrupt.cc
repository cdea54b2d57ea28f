#include "command_line/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <utility>

namespace command_line {
namespace {

// The write end of a pipe: writing to it is one of the few things a signal handler may do. Atomic because the
// handler runs on any thread.
std::atomic<int> write_end = -1;
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler must not take a lock");
constexpr char kInterrupted = 'i';
constexpr char kFinished = 'o';

void Put(char what) {
  const int error = errno;
  // The pipe is otherwise empty, so the write does not block.
  [[maybe_unused]] const ssize_t written = write(write_end, &what, 1);
  errno = error;
}

extern "C" void HandleSignal(int /*signal*/) { Put(kInterrupted); }

}  // namespace

Interrupt::Interrupt(std::function<void()> on_interrupt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return;  // Ctrl-C then ends the program as usual
  read_end_ = ends[0];
  write_end = ends[1];
  waiter_ = std::thread([read_end = read_end_, on_interrupt = std::move(on_interrupt)] {
    char what = 0;
    while (read(read_end, &what, 1) == 1 && what != kFinished) on_interrupt();
  });
  struct sigaction action {};
  action.sa_handler = HandleSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigaction(SIGINT, &action, &before_);
}

Interrupt::~Interrupt() {
  if (!waiter_.joinable()) return;
  sigaction(SIGINT, &before_, nullptr);
  Put(kFinished);
  waiter_.join();
  close(write_end.exchange(-1));
  close(read_end_);
}

}  // namespace command_line
