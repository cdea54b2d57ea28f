// Preloaded into a hookd, it shifts the wall clock by the seconds in HOOKD_CLOCK_SHIFT, so that a test can
// emit events of yesterday.
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = syscall(SYS_clock_gettime, clock, time);
  const char* shift = getenv("HOOKD_CLOCK_SHIFT");
  if (clock == CLOCK_REALTIME && shift != nullptr) time->tv_sec += strtol(shift, nullptr, 10);
  return static_cast<int>(result);
}
