#include "base/random.h"

#include "absl/random/random.h"

namespace hookd {
namespace {

class RealRandom : public Random {
 public:
  double Uniform() override {
    thread_local absl::InsecureBitGen generator;
    return absl::Uniform(generator, 0.0, 1.0);
  }
};

}  // namespace

Random* Random::Real() {
  static auto* random = new RealRandom;
  return random;
}

}  // namespace hookd
