// Chance, asked for through an interface so that tests own it.
//
// Thread-safe. `Random::Real()` lives for the whole process.
#ifndef HOOKD_BASE_RANDOM_H_
#define HOOKD_BASE_RANDOM_H_

namespace hookd {

class Random {
 public:
  virtual ~Random() = default;

  // Evenly from [0, 1). Good enough to spread load; not for secrets.
  virtual double Uniform() = 0;

  static Random* Real();
};

}  // namespace hookd

#endif  // HOOKD_BASE_RANDOM_H_
