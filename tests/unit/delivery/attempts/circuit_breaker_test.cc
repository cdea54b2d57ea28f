#include "delivery/attempts/circuit_breaker.h"

#include "base/limits.h"
#include "gtest/gtest.h"

namespace hookd {
namespace {

const absl::Time kNow = absl::UnixEpoch() + absl::Hours(1);

// One that has just opened, at kNow.
CircuitBreaker Opened() {
  CircuitBreaker circuit;
  for (int i = 0; i < limits::kCircuitFailures - 1; ++i) {
    circuit.OnFailure(kNow - limits::kCircuitStretch, false);
  }
  circuit.OnFailure(kNow, false);
  return circuit;
}

TEST(CircuitBreakerTest, StaysClosedForFewFailuresHoweverLongTheyTake) {
  CircuitBreaker circuit;
  for (int i = 0; i < limits::kCircuitFailures - 1; ++i) circuit.OnFailure(kNow + absl::Hours(i), false);
  EXPECT_TRUE(circuit.closed());
}

TEST(CircuitBreakerTest, StaysClosedForManyFailuresInAShortTime) {
  CircuitBreaker circuit;
  for (int i = 0; i < 1000; ++i) circuit.OnFailure(kNow, false);
  EXPECT_TRUE(circuit.closed());
}

TEST(CircuitBreakerTest, ASuccessBeginsTheCountAnew) {
  CircuitBreaker circuit;
  for (int i = 0; i < limits::kCircuitFailures - 1; ++i) {
    circuit.OnFailure(kNow - limits::kCircuitStretch, false);
  }
  circuit.OnSuccess();
  circuit.OnFailure(kNow, false);
  EXPECT_TRUE(circuit.closed());
}

TEST(CircuitBreakerTest, OpensForAPauseOnceNothingButFailuresCame) {
  EXPECT_FALSE(Opened().closed());
  EXPECT_EQ(Opened().ReadyAt(), kNow + limits::kCircuitMinPause);
}

TEST(CircuitBreakerTest, AfterThePauseOneProbeGoesThrough) {
  CircuitBreaker circuit = Opened();
  EXPECT_TRUE(circuit.Begin());
  EXPECT_EQ(circuit.ReadyAt(), absl::InfiniteFuture());
}

TEST(CircuitBreakerTest, EveryProbeThatFailsDoublesThePauseUpToABound) {
  CircuitBreaker circuit = Opened();
  absl::Duration pause = limits::kCircuitMinPause;
  for (int i = 0; i < 20; ++i) {
    circuit.OnFailure(kNow, circuit.Begin());
    pause = std::min(pause * 2, limits::kCircuitMaxPause);
    EXPECT_EQ(circuit.ReadyAt(), kNow + pause);
  }
}

TEST(CircuitBreakerTest, AttemptsFromBeforeItOpenedDoNotLengthenThePause) {
  CircuitBreaker circuit = Opened();
  circuit.OnFailure(kNow, false);
  EXPECT_EQ(circuit.ReadyAt(), kNow + limits::kCircuitMinPause);
}

TEST(CircuitBreakerTest, AfterAProbeThatShowedNothingAnotherMayBegin) {
  CircuitBreaker circuit = Opened();
  circuit.OnAbandoned(kNow, circuit.Begin());
  EXPECT_EQ(circuit.ReadyAt(), kNow);
  EXPECT_FALSE(circuit.closed());
  // An attempt that was no probe changes nothing.
  circuit.Begin();
  circuit.OnAbandoned(kNow, false);
  EXPECT_EQ(circuit.ReadyAt(), absl::InfiniteFuture());
}

TEST(CircuitBreakerTest, OneAbusiveAttemptOpensIt) {
  CircuitBreaker circuit;
  circuit.OnFailure(kNow, false, /*abusive=*/true);
  EXPECT_EQ(circuit.ReadyAt(), kNow + limits::kCircuitMinPause);
}

TEST(CircuitBreakerTest, ASuccessClosesIt) {
  CircuitBreaker circuit = Opened();
  circuit.Begin();
  circuit.OnSuccess();
  EXPECT_TRUE(circuit.closed());
  EXPECT_FALSE(circuit.Begin());
}

}  // namespace
}  // namespace hookd
