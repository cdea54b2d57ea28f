// Batches events that arrive fast in separate messages, by short pauses of gRPC's threads.
//
// gRPC wakes a thread for every message that arrives alone, which costs more than accepting the event. So a
// thread that receives many events, and had to wait for the last one, pauses for tuning::kIntakeRest, and
// finds several events afterwards. A thread that finds the next event immediately does not pause, so this
// does not limit the throughput. The pause is short compared with the interval in which a busy store batches
// writes (tuning::kBusyCommitInterval), and affects a caller that waits for each response only while there
// are many other callers. It saves a streamed event 13 % of its CPU and a unary one 5 % (tests/bench). Remove
// when gRPC >= 1.60, whose event engine polls differently, if it saves less than 3 % there.
#ifndef HOOKD_GRPC_INTAKE_PACE_H_
#define HOOKD_GRPC_INTAKE_PACE_H_

#include <chrono>

namespace hookd {

// The state of one thread. Not thread-safe.
class IntakePace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The thread has handled an event, until `now`. Returns whether it should pause before the next one.
  bool AfterEvent(Time now);

  // The thread has paused, until `now`.
  void AfterPause(Time now);

 private:
  Time last_;          // end of the previous event or of the pause after it
  Time paused_;        // end of the last pause
  Time counted_from_;  // time of the first of these events
  int count_ = 0;      // events, up to tuning::kBusyIntakeEvents
  bool busy_ = false;  // the last kBusyIntakeEvents arrived within tuning::kBusyIntakeSpan
};

// Pauses the calling thread, which is one of gRPC's and has just handled an event, if it should pause. Blocks
// for tuning::kIntakeRest at most.
void PaceIntake();

}  // namespace hookd

#endif  // HOOKD_GRPC_INTAKE_PACE_H_
