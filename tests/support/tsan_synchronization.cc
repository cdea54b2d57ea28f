// Tells the thread sanitizer about absl::Mutex, absl::CondVar and absl::Notification. Linked into every
// program of the tsan preset alone.
//
// Debian's Abseil is not built with the sanitizer, so it sees none of the order that its locks make and takes
// every guarded access for a race. A program's symbols come before a library's: these definitions stand in
// front of the library's, call them, and say what they made happen before what.
#include <dlfcn.h>
#include <sanitizer/tsan_interface.h>

#include <atomic>
#include <cstdlib>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"

namespace {

// The library's function of a mangled name.
template <typename Function>
Function* Library(const char* name) {
  void* const found = dlsym(RTLD_NEXT, name);
  if (found == nullptr) abort();
  return reinterpret_cast<Function*>(found);
}

// A condition that the library calls with the mutex held, by whichever thread: shown as a lock and an unlock
// of it.
struct Shown {
  absl::Mutex* mutex;
  const absl::Condition* condition;
};

// Not looked at itself: it reads the waiting thread's stack before it has shown the lock.
__attribute__((no_sanitize("thread"))) bool Eval(Shown* shown) {
  __tsan_acquire(shown->mutex);
  const bool holds = shown->condition->Eval();
  __tsan_release(shown->mutex);
  return holds;
}

// Of a notification's flag, as the sanitizer takes it.
void* Address(const std::atomic<bool>& flag) { return const_cast<std::atomic<bool>*>(&flag); }

}  // namespace

#define HOOKD_LIBRARY(type, suffix) static auto* const library = Library<type>("_ZN4absl7debian3" suffix)
#define HOOKD_CONST_LIBRARY(type, suffix) \
  static auto* const library = Library<type>("_ZNK4absl7debian3" suffix)

namespace absl {
ABSL_NAMESPACE_BEGIN

void Mutex::Lock() {
  HOOKD_LIBRARY(void(Mutex*), "5Mutex4LockEv");
  library(this);
  __tsan_acquire(this);
}

void Mutex::Unlock() {
  HOOKD_LIBRARY(void(Mutex*), "5Mutex6UnlockEv");
  __tsan_release(this);
  library(this);
}

bool Mutex::TryLock() {
  HOOKD_LIBRARY(bool(Mutex*), "5Mutex7TryLockEv");
  const bool locked = library(this);
  if (locked) __tsan_acquire(this);
  return locked;
}

void Mutex::ReaderLock() {
  HOOKD_LIBRARY(void(Mutex*), "5Mutex10ReaderLockEv");
  library(this);
  __tsan_acquire(this);
}

void Mutex::ReaderUnlock() {
  HOOKD_LIBRARY(void(Mutex*), "5Mutex12ReaderUnlockEv");
  __tsan_release(this);
  library(this);
}

void Mutex::LockWhen(const Condition& condition) {
  HOOKD_LIBRARY(void(Mutex*, const Condition&), "5Mutex8LockWhenERKNS0_9ConditionE");
  Shown shown = {this, &condition};
  __tsan_release(this);
  library(this, Condition(&Eval, &shown));
  __tsan_acquire(this);
}

bool Mutex::LockWhenWithTimeout(const Condition& condition, Duration timeout) {
  HOOKD_LIBRARY(bool(Mutex*, const Condition&, Duration),
                "5Mutex19LockWhenWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  Shown shown = {this, &condition};
  __tsan_release(this);
  const bool holds = library(this, Condition(&Eval, &shown), timeout);
  __tsan_acquire(this);
  return holds;
}

void Mutex::Await(const Condition& condition) {
  HOOKD_LIBRARY(void(Mutex*, const Condition&), "5Mutex5AwaitERKNS0_9ConditionE");
  Shown shown = {this, &condition};
  __tsan_release(this);
  library(this, Condition(&Eval, &shown));
  __tsan_acquire(this);
}

bool Mutex::AwaitWithTimeout(const Condition& condition, Duration timeout) {
  HOOKD_LIBRARY(bool(Mutex*, const Condition&, Duration),
                "5Mutex16AwaitWithTimeoutERKNS0_9ConditionENS0_8DurationE");
  Shown shown = {this, &condition};
  __tsan_release(this);
  const bool holds = library(this, Condition(&Eval, &shown), timeout);
  __tsan_acquire(this);
  return holds;
}

bool Mutex::AwaitWithDeadline(const Condition& condition, Time deadline) {
  HOOKD_LIBRARY(bool(Mutex*, const Condition&, Time),
                "5Mutex17AwaitWithDeadlineERKNS0_9ConditionENS0_4TimeE");
  Shown shown = {this, &condition};
  __tsan_release(this);
  const bool holds = library(this, Condition(&Eval, &shown), deadline);
  __tsan_acquire(this);
  return holds;
}

void CondVar::Wait(Mutex* mutex) {
  HOOKD_LIBRARY(void(CondVar*, Mutex*), "7CondVar4WaitEPNS0_5MutexE");
  __tsan_release(mutex);
  library(this, mutex);
  __tsan_acquire(mutex);
}

bool CondVar::WaitWithTimeout(Mutex* mutex, Duration timeout) {
  HOOKD_LIBRARY(bool(CondVar*, Mutex*, Duration), "7CondVar15WaitWithTimeoutEPNS0_5MutexENS0_8DurationE");
  __tsan_release(mutex);
  const bool timed_out = library(this, mutex, timeout);
  __tsan_acquire(mutex);
  return timed_out;
}

bool CondVar::WaitWithDeadline(Mutex* mutex, Time deadline) {
  HOOKD_LIBRARY(bool(CondVar*, Mutex*, Time), "7CondVar16WaitWithDeadlineEPNS0_5MutexENS0_4TimeE");
  __tsan_release(mutex);
  const bool timed_out = library(this, mutex, deadline);
  __tsan_acquire(mutex);
  return timed_out;
}

// A wait that begins after Notify takes no lock: the library reads its flag and returns. HasBeenNotified is
// inline and acquires the flag by itself.
void Notification::Notify() {
  HOOKD_LIBRARY(void(Notification*), "12Notification6NotifyEv");
  __tsan_release(Address(notified_yet_));
  library(this);
}

void Notification::WaitForNotification() const {
  HOOKD_CONST_LIBRARY(void(const Notification*), "12Notification19WaitForNotificationEv");
  library(this);
  __tsan_acquire(Address(notified_yet_));
}

bool Notification::WaitForNotificationWithTimeout(Duration timeout) const {
  HOOKD_CONST_LIBRARY(bool(const Notification*, Duration),
                      "12Notification30WaitForNotificationWithTimeoutENS0_8DurationE");
  const bool notified = library(this, timeout);
  if (notified) __tsan_acquire(Address(notified_yet_));
  return notified;
}

bool Notification::WaitForNotificationWithDeadline(Time deadline) const {
  HOOKD_CONST_LIBRARY(bool(const Notification*, Time),
                      "12Notification31WaitForNotificationWithDeadlineENS0_4TimeE");
  const bool notified = library(this, deadline);
  if (notified) __tsan_acquire(Address(notified_yet_));
  return notified;
}

ABSL_NAMESPACE_END
}  // namespace absl
