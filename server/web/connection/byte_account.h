// Limits the memory that all connections use for one purpose.
//
// ByteAccount is thread-safe and outlives its charges. A charge is used by one thread at a time.
#ifndef HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_
#define HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>

namespace hookd {

class ByteAccount {
 public:
  // A part of the account, returned when the charge is destroyed.
  class Charge {
   public:
    // `make_room` is called if a larger charge would exceed the limit. It returns whether it reduced another
    // charge.
    explicit Charge(ByteAccount* account, std::function<bool()> make_room = nullptr)
        : account_(account), make_room_(std::move(make_room)) {}
    ~Charge() { Set(0); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

    // Changes the charge to `bytes`. Returns false if a larger charge would exceed the limit; it then stays.
    bool Set(size_t bytes) {
      const int64_t more = static_cast<int64_t>(bytes) - bytes_;
      if (more == 0) return true;
      while (!account_->Add(more)) {
        if (!make_room_ || !make_room_()) return false;
      }
      bytes_ += more;
      return true;
    }

   private:
    ByteAccount* const account_;
    const std::function<bool()> make_room_;
    int64_t bytes_ = 0;
  };

  explicit ByteAccount(int64_t limit) : limit_(limit) {}

  int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  // Returns false, without a change, if that would exceed the limit.
  bool Add(int64_t more) {
    const int64_t used = used_.fetch_add(more, std::memory_order_relaxed) + more;
    if (more <= 0 || used <= limit_) return true;
    used_.fetch_sub(more, std::memory_order_relaxed);
    return false;
  }

  const int64_t limit_;
  std::atomic<int64_t> used_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_
