// Whether hookd does its work, for whoever would start it anew if it did not.
#ifndef HOOKD_DELIVERY_LIVENESS_H_
#define HOOKD_DELIVERY_LIVENESS_H_

#include <functional>

#include "store/store.h"

namespace hookd {

// Calls `done`, on a thread of the store's, once a write that changes nothing was committed and after it a
// read was answered; never if either hangs. An error is an answer: a new start mends no disk. The store must
// outlive the call's answer.
void PingStore(Store& store, std::function<void()> done);

}  // namespace hookd

#endif  // HOOKD_DELIVERY_LIVENESS_H_
