// A queue whose holders take turns, so that one with many values does not delay the others. Not thread-safe.
#ifndef HOOKD_STORE_FAIR_QUEUE_H_
#define HOOKD_STORE_FAIR_QUEUE_H_

#include <deque>
#include <string>
#include <utility>

#include "absl/base/macros.h"
#include "absl/container/flat_hash_map.h"

namespace hookd {

// The values of a holder are in the order of Push.
template <typename T>
class FairQueue {
 public:
  bool empty() const { return turns_.empty(); }

  void Push(const std::string& holder, T value) {
    std::deque<T>& values = values_[holder];
    if (values.empty()) turns_.push_back(holder);
    values.push_back(std::move(value));
  }

  // Removes the next value: the first one of the holder whose turn it is. Requires: not empty.
  T Pop() {
    ABSL_ASSERT(!empty());
    std::string holder = std::move(turns_.front());
    turns_.pop_front();
    const auto found = values_.find(holder);
    std::deque<T>& values = found->second;
    T value = std::move(values.front());
    values.pop_front();
    if (!values.empty()) {
      turns_.push_back(std::move(holder));
    } else if (!holder.empty()) {
      values_.erase(found);  // the holder without a name stays, which saves allocations
    }
    return value;
  }

 private:
  std::deque<std::string> turns_;  // the holders that have values; the first one is next
  absl::flat_hash_map<std::string, std::deque<T>> values_;
};

}  // namespace hookd

#endif  // HOOKD_STORE_FAIR_QUEUE_H_
