// The size of a store that is on another machine: measured by its server once a minute, so that reading it
// costs nothing and works while the server cannot be reached.
//
// Thread-safe; no method blocks. Owns neither the store nor the clock; the store must outlive it, and may
// answer a measurement after it is destroyed.
#ifndef HOOKD_STORE_BYTES_H_
#define HOOKD_STORE_BYTES_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/clock.h"
#include "store/store.h"

namespace hookd {

class StoreBytes {
 public:
  // Begins to measure.
  StoreBytes(Store* store, Clock* clock);

  // As last measured; nothing if it never was.
  std::optional<int64_t> Get() const;

 private:
  void Measure();

  Store* const store_;
  Clock* const clock_;
  const std::shared_ptr<std::atomic<int64_t>> bytes_;  // negative: not measured yet
  const std::unique_ptr<Timer> timer_;                 // last: calls Measure
};

}  // namespace hookd

#endif  // HOOKD_STORE_BYTES_H_
