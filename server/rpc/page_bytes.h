// How much an answer may hold: gRPC's clients refuse messages over 4 MiB unless they are told otherwise.
//
// Not thread-safe.
#ifndef HOOKD_RPC_PAGE_BYTES_H_
#define HOOKD_RPC_PAGE_BYTES_H_

#include <cstddef>

#include "google/protobuf/message_lite.h"

namespace hookd {

class PageBytes {
 public:
  static constexpr size_t kMax = size_t{3} << 20;

  // Whether it still fits, and counts it. The first one always does: no resource is that large.
  bool Take(const google::protobuf::MessageLite& item) {
    const size_t size = item.ByteSizeLong() + kItemOverhead;
    if (taken_ > 0 && taken_ + size > kMax) return false;
    taken_ += size;
    return true;
  }

 private:
  static constexpr size_t kItemOverhead = 8;  // its field and its length

  size_t taken_ = 0;
};

}  // namespace hookd

#endif  // HOOKD_RPC_PAGE_BYTES_H_
