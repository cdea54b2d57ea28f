// Chance as a test wants it. Thread-safe.
#ifndef HOOKD_TESTS_SUPPORT_FAKE_RANDOM_H_
#define HOOKD_TESTS_SUPPORT_FAKE_RANDOM_H_

#include <atomic>

#include "base/random.h"

namespace hookd {

class FakeRandom : public Random {
 public:
  double Uniform() override { return next_; }

  // What Uniform gives from now on, in [0, 1).
  void Set(double next) { next_ = next; }

 private:
  std::atomic<double> next_ = 0.5;
};

}  // namespace hookd

#endif  // HOOKD_TESTS_SUPPORT_FAKE_RANDOM_H_
