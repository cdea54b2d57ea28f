// Randomness behind an interface, so that tests control it.
//
// Thread-safe. `Random::Real()` lives for the whole process.
#ifndef HOOKD_BASE_RANDOM_H_
#define HOOKD_BASE_RANDOM_H_

namespace hookd {

class Random {
 public:
  virtual ~Random() = default;

  // Returns a uniformly distributed number in [0, 1). Not for secrets.
  virtual double Uniform() = 0;

  static Random* Real();
};

}  // namespace hookd

#endif  // HOOKD_BASE_RANDOM_H_
