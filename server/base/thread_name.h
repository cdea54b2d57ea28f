// Thread names, as `top -H` and debuggers show them.
#ifndef HOOKD_BASE_THREAD_NAME_H_
#define HOOKD_BASE_THREAD_NAME_H_

#include <pthread.h>

namespace hookd {

// Names the calling thread. Requires: at most 15 bytes.
inline void NameThread(const char* name) { pthread_setname_np(pthread_self(), name); }

}  // namespace hookd

#endif  // HOOKD_BASE_THREAD_NAME_H_
