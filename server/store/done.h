// How a call of the store ends.
#ifndef HOOKD_STORE_DONE_H_
#define HOOKD_STORE_DONE_H_

#include <functional>

namespace hookd {

// Called exactly once with the result of a call of the store. Must not block.
template <typename T>
using Done = std::function<void(T)>;

}  // namespace hookd

#endif  // HOOKD_STORE_DONE_H_
