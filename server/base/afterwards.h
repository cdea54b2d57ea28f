// What is done once after many things that happen together, rather than after each: put off to the end of a
// scope on the same thread.
//
// Thread-safe: a scope is its thread's own.
#ifndef HOOKD_BASE_AFTERWARDS_H_
#define HOOKD_BASE_AFTERWARDS_H_

#include <functional>
#include <utility>
#include <vector>

namespace hookd {

class Afterwards {
 public:
  // Puts off until its end what Do is given on this thread, and then does that, in order. Within another one
  // it leaves that to the other.
  class Scope {
   public:
    Scope() : outermost_(waiting_ == nullptr) {
      if (outermost_) waiting_ = &mine_;
    }
    ~Scope() {
      if (!outermost_) return;
      waiting_ = nullptr;
      for (const auto& what : mine_) what();
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    const bool outermost_;
    std::vector<std::function<void()>> mine_;
  };

  // Whether this thread is in a scope.
  static bool Within() { return waiting_ != nullptr; }

  // Does it at the end of this thread's scope; now, if there is none.
  static void Do(std::function<void()> what) {
    if (waiting_ == nullptr) return what();
    waiting_->push_back(std::move(what));
  }

 private:
  static inline thread_local std::vector<std::function<void()>>* waiting_ = nullptr;
};

}  // namespace hookd

#endif  // HOOKD_BASE_AFTERWARDS_H_
