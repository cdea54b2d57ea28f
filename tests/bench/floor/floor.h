// What the floor's programs share: the body they work with, and what they print.
#ifndef HOOKD_TESTS_BENCH_FLOOR_FLOOR_H_
#define HOOKD_TESTS_BENCH_FLOOR_FLOOR_H_

#include <sys/resource.h>

#include <cstdint>
#include <cstdio>

#include "hookd/v1/event.pb.h"
#include "payload/payload.h"

namespace hookd::bench {

// The event that the benchmark emits everywhere.
inline v1::Event FloorEvent() {
  v1::Event event = Sample(v1::EVENT_TYPE_SENT);
  event.clear_name();
  event.clear_emit_time();
  event.mutable_sent()->set_message_id("b-1234567");
  return event;
}

// Of this process until now, in the system too.
inline double CpuMicroseconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

inline void PrintPerEvent(double cpu_microseconds, int64_t events) {
  std::printf("{\"cpu_us\":%.3f,\"events\":%lld}\n", cpu_microseconds / static_cast<double>(events),
              static_cast<long long>(events));
}

}  // namespace hookd::bench

#endif  // HOOKD_TESTS_BENCH_FLOOR_FLOOR_H_
