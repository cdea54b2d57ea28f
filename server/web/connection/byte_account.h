// Limits the memory that the input of all connections uses.
//
// ByteAccount is thread-safe and outlives its charges. A charge is used by one thread at a time.
#ifndef HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_
#define HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hookd {

class ByteAccount {
 public:
  // A part of the account, returned when the charge is destroyed.
  class Charge {
   public:
    explicit Charge(ByteAccount* account) : account_(account) {}
    ~Charge() { Set(0); }
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;

    // Changes the charge to `bytes`. Returns false if a larger charge would exceed the limit; it then stays.
    bool Set(size_t bytes) {
      const int64_t more = static_cast<int64_t>(bytes) - bytes_;
      if (more == 0) return true;
      const int64_t used = account_->used_.fetch_add(more, std::memory_order_relaxed) + more;
      if (more > 0 && used > account_->limit_) {
        account_->used_.fetch_sub(more, std::memory_order_relaxed);
        return false;
      }
      bytes_ += more;
      return true;
    }

   private:
    ByteAccount* const account_;
    int64_t bytes_ = 0;
  };

  explicit ByteAccount(int64_t limit) : limit_(limit) {}

  int64_t used() const { return used_.load(std::memory_order_relaxed); }

 private:
  const int64_t limit_;
  std::atomic<int64_t> used_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_WEB_CONNECTION_BYTE_ACCOUNT_H_
