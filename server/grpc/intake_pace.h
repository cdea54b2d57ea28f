// How a thread of gRPC's paces itself while events come fast, each in a message of its own.
//
// gRPC wakes a thread for every message that comes alone, which costs more than to take the event in. A
// thread that sees many, and had to wait for the one it has just taken, therefore rests a moment
// (tuning::kIntakeRest), and finds several when it looks again. One that finds the next event already there
// does not rest: how much can be taken in has no limit by this. The moment is short beside the one that a
// busy store gathers writes for (tuning::kBusyCommitInterval), and a caller that waits for each of its
// answers meets it only beside many others.
#ifndef HOOKD_GRPC_INTAKE_PACE_H_
#define HOOKD_GRPC_INTAKE_PACE_H_

#include <chrono>

namespace hookd {

// One thread's; not thread-safe.
class IntakePace {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // The thread took an event, and was done with it at `now`. Whether it is to rest before it looks for the
  // next.
  bool AfterEvent(Time now);

  // It did, until `now`.
  void Rested(Time now);

 private:
  Time last_;          // when the thread was done with the event before, or with the rest after it
  Time rested_;        // when the last rest ended
  Time counted_from_;  // when the first of these was taken
  int count_ = 0;      // events, up to tuning::kBusyIntakeEvents
  bool busy_ = false;  // the last so many came within tuning::kBusyIntakeSpan
};

// Has the calling thread, one of gRPC's that has just taken an event, rest if it should.
void PaceIntake();

}  // namespace hookd

#endif  // HOOKD_GRPC_INTAKE_PACE_H_
